#include "spinel/nn/conv/relation_pairs.h"

#include <ATen/ATen.h>

#include "spinel/base/format.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
namespace {

/// rows [n, in] times [in, out], or times blocks [blocks, in / blocks, out / blocks].
at::Tensor times(const at::Tensor& rows, const at::Tensor& weight) {
  if (weight.dim() == 2) return at::mm(rows, weight);
  const at::Tensor blocks = rows.view({rows.size(0), weight.size(0), weight.size(1)}).transpose(0, 1);
  return at::bmm(blocks, weight).transpose(0, 1).flatten(1);
}

}  // namespace

RelationPairs relation_pairs(const at::Tensor& node, const at::Tensor& relation, int64_t num_relations,
                             int64_t num_nodes) {
  RelationPairs pairs;
  const auto [key, place, counts] = at::_unique2(relation * num_nodes + node, /*sorted=*/true, /*return_inverse=*/true);
  pairs.place = place;
  if (num_nodes == 0 || key.numel() == 0) {
    pairs.node = key;
    pairs.first.assign(static_cast<size_t>(num_relations) + 1, 0);
    return pairs;
  }
  pairs.node = key.remainder(num_nodes);
  const at::Tensor starts = at::searchsorted(key, at::arange(num_relations + 1, key.options()) * num_nodes).cpu();
  const int64_t* const first = starts.const_data_ptr<int64_t>();
  pairs.first.assign(first, first + num_relations + 1);
  return pairs;
}

at::Tensor RelationPairs::multiply(const at::Tensor& x, const at::Tensor& weight) const {
  const at::Tensor rows = x.index_select(0, node);
  std::vector<at::Tensor> parts;
  for (size_t r = 0; r + 1 < first.size(); ++r) {
    if (first[r + 1] == first[r]) continue;
    parts.push_back(times(rows.narrow(0, first[r], first[r + 1] - first[r]), weight[static_cast<int64_t>(r)]));
  }
  const int64_t width = weight.dim() == 3 ? weight.size(2) : weight.size(1) * weight.size(3);
  // Without pairs the result still depends on both, with gradients of 0.
  if (parts.empty()) return rows.sum() * weight.sum() + at::zeros({0, width}, weight.options());
  return at::cat(parts);
}

RelationEdges relation_edges(const Adjacency& edges, const at::Tensor& edge_type, int64_t num_relations,
                             const MessageEdges& ends, Flow flow) {
  const std::string key = format("{} pairs of {} over {} and {} {}", num_relations, remembered_number(edge_list(edges)),
                                 ends.size(End::i), ends.size(End::j), static_cast<int>(flow));
  return *remembered(edge_type, key, [&] {
    const at::Tensor relation = edge_type.variable_data().to(at::kLong), target = ends.index(End::i);
    RelationEdges made;
    made.source = relation_pairs(ends.index(End::j), relation, num_relations, ends.size(End::j));
    made.target = relation_pairs(target, relation, num_relations, ends.size(End::i));
    made.edges = flow == Flow::source_to_target ? at::stack({made.source.place, target})
                                                : at::stack({target, made.source.place});
    return made;
  });
}

}  // namespace spinel::nn
