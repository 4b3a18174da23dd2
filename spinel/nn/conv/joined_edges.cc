#include "spinel/nn/conv/joined_edges.h"

#include <ATen/ATen.h>

#include <string>

#include "spinel/base/format.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
at::Tensor joined_edges(const std::vector<PlacedEdges>& parts) {
  if (parts.empty()) return at::empty({2, 0}, at::kLong);
  std::string key = "joined";
  for (const PlacedEdges& part : parts) {
    key += format(" {}+{},{}", remembered_number(part.edge_index), part.first_source, part.first_target);
  }
  return *remembered(parts[0].edge_index, key, [&] {
    std::vector<at::Tensor> lists;
    for (const PlacedEdges& part : parts) {
      const at::Tensor list = part.edge_index.variable_data().to(at::kLong);
      const at::Tensor offset = at::tensor({part.first_source, part.first_target}, list.options()).unsqueeze(1);
      lists.push_back(list + offset);
    }
    return at::cat(lists, 1);
  });
}

at::Tensor types_by_rank(const std::vector<PlacedEdges>& parts, const at::Tensor& joined) {
  std::vector<int64_t> counts;
  for (const PlacedEdges& part : parts) counts.push_back(part.edge_index.size(1));
  const at::Tensor types = at::repeat_interleave(at::tensor(counts, joined.options()));
  if (joined.size(1) == 0) return types;
  const at::Tensor key = joined[1] * (joined[0].max() + 1) + joined[0];
  const at::Tensor order = key.argsort(/*stable=*/true);
  return at::empty_like(types).index_copy_(0, order, types);
}

}  // namespace spinel::nn
