#include "spinel/nn/conv/cheb_conv.h"

#include <ATen/ATen.h>

#include <limits>

#include "spinel/base/error.h"
#include "spinel/graph/utils/gcn_norm.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

/// 2 L / λ_max − I as edges and weights.
graph::Edges scaled_laplacian(const graph::Edges& laplacian, const at::Tensor& batch, const at::Tensor& lambda_max) {
  at::Tensor largest =
      lambda_max.defined() ? lambda_max.to(laplacian.edge_attr.options()) : 2 * laplacian.edge_attr.max();
  if (batch.defined() && largest.numel() > 1) {
    largest = largest.index_select(0, batch.index_select(0, laplacian.edge_index.select(0, 0)));
  }
  const at::Tensor scaled = 2 * laplacian.edge_attr / largest;
  const at::Tensor finite = scaled.masked_fill(scaled == std::numeric_limits<double>::infinity(), 0);
  const at::Tensor loops = laplacian.edge_index.select(0, 0).eq(laplacian.edge_index.select(0, 1));
  return {laplacian.edge_index, finite - loops.to(finite.scalar_type())};
}

}  // namespace

OptionTable<ChebConvOptions> ChebConv::options() {
  using Options = ChebConvOptions;
  OptionTable<Options> table("ChebConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("K", &Options::K, "number of polynomials").required().range(1);
  table.add("normalization", &Options::normalization, "of the Laplacian; null: none").choices({"sym", "rw"});
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("ChebConv"));
}

ChebConv::ChebConv(ChebConvOptions options)
    : MessagePassing("ChebConv", "add", options.kwargs), options_(std::move(options)) {
  require(options_.K >= 1, "ChebConv: K is {}; it must be at least 1", options_.K);
  graph::parse_laplacian(options_.normalization.value_or("none"), "ChebConv: normalization");
  for (int64_t k = 0; k < options_.K; ++k) {
    lins_.add(options_.in_channels, options_.out_channels,
              LinearOptions{.bias = false, .weight_initializer = "glorot"});
  }
  add_child("lins", lins_);
  if (options_.bias) bias_ = at::zeros({options_.out_channels});
  add_parameter("bias", bias_);
}

void ChebConv::reset_parameters() {
  MessagePassing::reset_parameters();
  zeros(bias_);
}

at::Tensor ChebConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                             const at::Tensor& batch, const at::Tensor& lambda_max) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() >= 2, "ChebConv: x has {} dimensions; nodes and features are needed", x.dim());
  require(!edge_index.is_sparse(), "ChebConv: the edges are a sparse matrix; it takes an edge list");
  MessageEdges::check(edge_index, flow(), name());
  const int64_t nodes = x.size(node_dim());
  check_nodes(edge_index, nodes, nodes, name());
  check_edge_weight(edge_weight, edge_index, name());
  at::Tensor out = lins_[0].forward(x);
  // The Laplacian of no node has no largest eigenvalue.
  if (lins_.size() > 1 && nodes > 0) {
    const graph::Edges laplacian = graph::get_laplacian(
        edge_index.edge_index(), edge_weight, graph::parse_laplacian(options_.normalization.value_or("none"), name()),
        x.scalar_type(), nodes);
    const graph::Edges scaled = scaled_laplacian(laplacian, batch, lambda_max);
    const auto times = [&](const at::Tensor& z) {
      return propagate(scaled.edge_index, {}, arg<"x">(z), arg<"norm">(scaled.edge_attr));
    };
    at::Tensor before = x, last = times(x);
    out = out + lins_[1].forward(last);
    for (size_t k = 2; k < lins_.size(); ++k) {
      at::Tensor next = 2 * times(last) - before;
      out = out + lins_[k].forward(next);
      before = std::exchange(last, std::move(next));
    }
  }
  return add_bias(out, bias_);
}

at::Tensor ChebConv::call_value(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                                const at::Tensor& batch, const Value& lambda_max) {
  at::Tensor largest = lambda_max.tensor() ? *lambda_max.tensor() : at::Tensor();
  if (const Config* literal = lambda_max.literal(); literal && !literal->is_null()) {
    largest = at::scalar_tensor(literal->as_double(), x.options());
  }
  return forward(x, edge_index, edge_weight, batch, largest);
}

ValueList ChebConv::call(const CallArguments& arguments) {
  return call_forward(*this, &ChebConv::call_value,
                      {{"x"}, {"edge_index"}, {"edge_weight", Config()}, {"batch", Config()}, {"lambda_max", Config()}},
                      arguments);
}

std::string ChebConv::to_string() const {
  return format("ChebConv({}, {}, K={}, normalization={})", options_.in_channels, options_.out_channels, options_.K,
                options_.normalization.value_or("None"));
}

}  // namespace spinel::nn
