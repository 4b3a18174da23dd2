#include "spinel/nn/conv/edge_terms.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

at::Tensor reduce_plain(const at::Tensor& messages, const graph::Groups& groups, EdgeReduction kind) {
  using graph::GroupReduce;
  if (kind == EdgeReduction::mean) return graph::reduce_groups(messages, groups, GroupReduce::mean);
  if (kind == EdgeReduction::min) return graph::reduce_groups(messages, groups, GroupReduce::min);
  if (kind == EdgeReduction::max) return graph::reduce_groups(messages, groups, GroupReduce::max);
  return graph::reduce_groups(messages, groups, GroupReduce::sum);
}

/// Undefined, or features [N, width] of this end.
bool is_of_nodes(const Lifted& x, End end) {
  return !x.defined() || (x.nodes().defined() && x.nodes().dim() == 2 && x.dim() == 0 && x.end() == end);
}

}  // namespace

at::Tensor EdgeTerms::tensor() const {
  at::Tensor sum;
  const auto add = [&](const at::Tensor& term) {
    if (term.defined()) sum = sum.defined() ? sum + term : term;
  };
  if (modulated) {
    const std::vector<at::Tensor> parts = target.tensor().chunk(2, -1);
    add(parts[0] + parts[1] * source.tensor());
  } else {
    add(target.tensor());
    add(source.tensor());
  }
  add(edge);
  if (attr.defined()) add(linear_product(attr, weight));
  switch (activation) {
    case EdgeActivation::identity: break;
    case EdgeActivation::relu: sum = sum.relu(); break;
    case EdgeActivation::leaky_relu: sum = at::leaky_relu(sum, slope); break;
    case EdgeActivation::gate: {
      const std::vector<at::Tensor> halves = sum.chunk(2, -1);
      sum = halves[0].sigmoid() * at::softplus(halves[1]);
      break;
    }
    case EdgeActivation::gated: {
      const std::vector<at::Tensor> halves = sum.chunk(2, -1);
      sum = halves[0].sigmoid() * halves[1];
    }
  }
  if (offset != 0) sum = sum + offset;
  if (!coefficient.defined()) return sum;
  return coefficient.unsqueeze(-1) * sum.unflatten(1, {mixed ? 1 : coefficient.size(1), -1});
}

bool is_one_pass(const EdgeTerms& terms) {
  at::ScalarType type = at::ScalarType::Undefined;
  for (const at::Tensor& x :
       {terms.target.nodes(), terms.source.nodes(), terms.edge, terms.attr, terms.weight, terms.coefficient}) {
    if (!x.defined()) continue;
    if (x.device().type() != at::kCPU || x.layout() != at::kStrided || x.dim() != 2) return false;
    if (type != at::ScalarType::Undefined && x.scalar_type() != type) return false;
    type = x.scalar_type();
  }
  return (type == at::kFloat || type == at::kDouble) && is_of_nodes(terms.target, End::i) &&
         is_of_nodes(terms.source, End::j);
}

at::Tensor reduce_stored(const EdgeTerms& terms, const MessageEdges& edges, const TermReduction& reduction) {
  const at::Tensor messages = terms.tensor();
  const graph::Groups groups = edges.groups(End::i);
  if (reduction.kind == EdgeReduction::dot) {
    const at::Tensor& all = reduction.vector;
    const at::Tensor vector = all.dim() == 2 ? all : graph::spread_groups(all, groups);
    return (messages.unflatten(1, {vector.size(-2), -1}) * vector).sum(-1);
  }
  if (reduction.coefficient.defined()) {
    const bool is_mixed = reduction.kind == EdgeReduction::mixed;
    const at::Tensor headed = messages.unflatten(1, {is_mixed ? 1 : reduction.coefficient.size(1), -1});
    return reduce_plain((headed * reduction.coefficient.unsqueeze(-1)).flatten(1), groups, EdgeReduction::sum);
  }
  const bool is_attended = reduction.kind == EdgeReduction::attended;
  if (reduction.kind != EdgeReduction::softmax && !is_attended) return reduce_plain(messages, groups, reduction.kind);
  const std::vector<at::Tensor> parts = is_attended ? messages.chunk(2, 1) : std::vector{messages};
  const at::Tensor scaled = reduction.scale.defined() ? parts[0] * reduction.scale : parts[0] * reduction.number;
  const at::Tensor weights = graph::softmax(reduction.weights_constant ? scaled.detach() : scaled, groups);
  return graph::reduce_groups(parts.back() * weights, groups, graph::GroupReduce::sum);
}

at::Tensor sum_weighted_terms(const EdgeTerms& terms, const MessageEdges& edges) {
  EdgeTerms plain = terms;
  plain.coefficient.reset();
  const TermReduction reduction{.kind = terms.mixed ? EdgeReduction::mixed : EdgeReduction::weighted,
                                .coefficient = terms.coefficient};
  return reduce_terms(plain, edges, reduction).unflatten(1, {terms.coefficient.size(1), -1});
}

Lifted side_by_side(const Lifted& x) {
  if (!x.defined()) return x;
  if (!x.nodes().defined()) return Lifted(x.tensor().flatten(1));
  return Lifted(x.nodes().flatten(1), x.edges(), x.end(), x.dim());
}

EdgeTerms with_attributes(const Lifted& x_j, const at::Tensor& attr, Linear* lin, const std::string& owner) {
  EdgeTerms terms;
  terms.source = x_j;
  if (lin) {
    if (!lin->in_channels()) lin->forward(attr.narrow(0, 0, 0));  // gives it its width
    check_width(attr, *lin->in_channels(), "edge_attr", owner);
  }
  const int64_t width = (x_j.nodes().defined() ? x_j.nodes() : x_j.tensor()).size(-1);
  const int64_t given = lin ? lin->out_channels() : attr.size(-1);
  require(given == width, "{}: edge_attr has {} features but the nodes have {}; give edge_dim, so that they are mapped",
          owner, given, width);
  if (!lin) {
    terms.edge = attr;
    return terms;
  }
  terms.attr = attr;
  terms.weight = lin->weight();
  if (lin->bias().defined()) {
    const at::Tensor& nodes = x_j.nodes();
    terms.source = nodes.defined() ? Lifted(nodes + lin->bias(), x_j.edges(), x_j.end(), x_j.dim())
                                   : Lifted(x_j.tensor() + lin->bias());
  }
  return terms;
}

}  // namespace spinel::nn
