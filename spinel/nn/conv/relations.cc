#include "spinel/nn/conv/relations.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {

void check_relations(const at::Tensor& edge_type, const Adjacency& edges, int64_t num_relations,
                     std::string_view owner) {
  const int64_t count = edges.num_edges();
  require(at::isIntegralType(edge_type.scalar_type(), false) && edge_type.dim() == 1 && edge_type.size(0) == count,
          "{}: edge_type has the sizes [{}] but edge_index has {} edges; one integer for each is needed", owner,
          join_text(edge_type.sizes(), ", "), count);
  if (count == 0) return;
  const auto [least, greatest] = at::aminmax(edge_type);
  const int64_t low = least.item<int64_t>(), high = greatest.item<int64_t>();
  require(low >= 0 && high < num_relations, "{}: edge_type holds {}; it must lie in [0, {})", owner,
          low < 0 ? low : high, num_relations);
}

std::vector<at::Tensor> edges_by_relation(const Adjacency& edges, const at::Tensor& edge_type, int64_t num_relations,
                                          std::string_view owner) {
  check_relations(edge_type, edges, num_relations, owner);
  const at::Tensor list = edge_list(edges);
  const std::string key = format("{} relations of {}", num_relations, remembered_number(list));
  return *remembered(edge_type, key, [&] {
    const graph::Groups by_type = graph::Groups::from_index(edge_type, num_relations, owner);
    const at::Tensor perm = by_type.perm();
    const at::Tensor sorted = perm.defined() ? list.index_select(1, perm) : list;
    const at::Tensor ptr = by_type.ptr();
    const int64_t* const first = ptr.const_data_ptr<int64_t>();
    std::vector<at::Tensor> parts;
    for (int64_t r = 0; r < num_relations; ++r) {
      parts.push_back(sorted.narrow(1, first[r], first[r + 1] - first[r]).contiguous());
    }
    return parts;
  });
}

}  // namespace spinel::nn
