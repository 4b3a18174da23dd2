// What convolutions with attention over incoming edges share: loops, heads, results with weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "spinel/base/config.h"
#include "spinel/base/options.h"
#include "spinel/graph/utils/self_loops.h"
#include "spinel/nn/conv/message_passing_base.h"

namespace spinel {
/// A number, a list of numbers (one loop's attributes) or the name of a reduction.
void read_config(const Config& from, graph::FillValue& to);
template <>
Config write_config(const graph::FillValue& from);
}  // namespace spinel

namespace spinel::nn {

/// Edges with their attributes [E, …], which may be undefined.
struct AttributedEdges {
  Adjacency edges;
  at::Tensor attr;
};

/// Loops are taken out and put in again, one for each of the first min(sources, targets) nodes, with attributes of
/// `fill_value`. Of a matrix the diagonal is set; has_edge_dim is then an error, as its loops would have no attributes.
AttributedEdges with_attention_loops(const Adjacency& edges, const at::Tensor& edge_attr,
                                     const graph::FillValue& fill_value, int64_t sources, int64_t targets,
                                     bool has_edge_dim, const MessagePassingBase& conv);

/// The same edges in order of targets, where nothing depends on theirs: without attributes, observers or a reversed
/// flow. Attention then needs no permutations.
Adjacency in_target_order(const Adjacency& edges, int64_t size0, int64_t size1, const MessagePassingBase& conv);

/// edge_attr as columns [E, D] with one row for each edge; a vector is one column. Undefined stays so.
at::Tensor edge_columns(const at::Tensor& edge_attr, const Adjacency& edges, const std::string& owner);

/// [N, H, C] → [N, H · C], or the mean over heads [N, C].
at::Tensor join_heads(const at::Tensor& x, bool concat);

/// A convolution's result with the edges that it used (with loops) and their weights [E, H].
struct AttentionResult {
  at::Tensor out;
  Adjacency edges;
  at::Tensor alpha;
};
/// The results of a generic call: out alone; or, if asked for, out, edge_index and alpha, or out and a matrix with the
/// weights as its values.
ValueList attention_values(const AttentionResult& result, bool with_weights);

/// call_forward() of a function that returns its results as a list.
template <typename Owner, typename... P>
ValueList call_for_values(Owner& module, ValueList (Owner::*forward)(P...), const Parameter (&parameters)[sizeof...(P)],
                          const CallArguments& arguments) {
  return *call_forward(module, forward, parameters, arguments).at(0).list();
}

}  // namespace spinel::nn
