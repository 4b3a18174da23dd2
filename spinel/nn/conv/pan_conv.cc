#include "spinel/nn/conv/pan_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/nn/inits.h"
#include "spinel/sparse/matmul.h"

namespace spinel::nn {
namespace {

/// Which nodes paths of at most L edges join, and how they add up to M.
struct Paths {
  std::shared_ptr<const sparse::Pattern> pattern;
  at::Tensor counts;  ///< [nnz, L + 1] paths of each length, times Z^-½ of both ends
};

Paths count_paths(const MessageEdges& edges, int64_t filter_size, at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const int64_t nodes = edges.size(End::i);
  const at::Tensor targets = edges.index(End::i);
  const sparse::SparseTensor adj_t(
      sparse::StorageArguments{.row = targets,
                               .col = edges.index(End::j),
                               .value = at::ones({edges.count()}, targets.options().dtype(at::kDouble)),
                               .sparse_sizes = {nodes, nodes}});
  sparse::SparseTensor power = sparse::SparseTensor::eye(nodes, nodes, true, at::kDouble, targets.device());
  std::vector<at::Tensor> rows, columns, values;
  for (int64_t n = 0; n <= filter_size; ++n) {
    if (n > 0) power = sparse::matmul(power, adj_t);
    const auto [row, col, value] = power.coo();
    rows.push_back(row);
    columns.push_back(col);
    at::Tensor of_length = at::zeros({value.size(0), filter_size + 1}, value.options());
    of_length.select(1, n).copy_(value);
    values.push_back(of_length);
  }
  const sparse::SparseStorage all =
      sparse::SparseTensor(
          sparse::StorageArguments{
              .row = at::cat(rows), .col = at::cat(columns), .value = at::cat(values), .sparse_sizes = {nodes, nodes}})
          .coalesce()
          .storage();
  // Every node has a path of length 0, so that no row is empty.
  const at::Tensor scale = all.rowcount().to(at::kDouble).rsqrt();
  const at::Tensor both = scale.index_select(0, all.row()) * scale.index_select(0, all.col());
  return {all.pattern(), (all.value() * both.unsqueeze(1)).to(type)};
}

}  // namespace

OptionTable<PANConvOptions> PANConv::options() {
  using Options = PANConvOptions;
  OptionTable<Options> table("PANConv");
  table.add("in_channels", &Options::in_channels, "width of the input; -1: that of the first input").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("filter_size", &Options::filter_size, "length of the longest paths").required().range(0);
  return table.include(&Options::kwargs, message_passing_options("PANConv"));
}

PANConv::PANConv(PANConvOptions options)
    : MessagePassing("PANConv", "add", options.kwargs),
      options_(std::move(options)),
      lin_(options_.in_channels, options_.out_channels) {
  require(options_.filter_size >= 0, "PANConv: filter_size is {}; it must not be negative", options_.filter_size);
  add_child("lin", lin_);
  add_parameter("weight", weight_ = at::full({options_.filter_size + 1}, 0.5));
}

void PANConv::reset_parameters() {
  MessagePassing::reset_parameters();
  constant(weight_, 0.5);
}

std::pair<at::Tensor, sparse::SparseTensor> PANConv::forward(const at::Tensor& x, const Adjacency& edge_index) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() >= 2, "PANConv: x has {} dimensions; nodes and features are needed", x.dim());
  require(flow() == Flow::source_to_target,
          "PANConv: the flow is target_to_source, but M is made for source_to_target");
  const int64_t nodes = x.size(node_dim());
  MessageEdges::check(edge_index, flow(), name());
  check_nodes(edge_index, nodes, nodes, name());
  const MessageEdges edges(edge_index, flow(), nodes, nodes, name());
  const std::string key = format("paths {} {} {}", options_.filter_size, nodes, static_cast<int>(x.scalar_type()));
  const auto make = [&] { return count_paths(edges, options_.filter_size, x.scalar_type()); };
  const Paths paths = edge_index.is_sparse() ? *remembered(edge_index.adj_t().storage().pattern(), key, make)
                                             : *remembered(edge_index.edge_index(), key, make);
  const sparse::SparseTensor M(
      sparse::SparseStorage(paths.pattern, at::mv(paths.counts, weight_.to(x.scalar_type()).cumprod(0))));
  return {lin_.forward(propagate(M, {}, arg<"x">(x))), M};
}

ValueList PANConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PANConv::forward, {{"x"}, {"edge_index"}}, arguments);
}

std::string PANConv::to_string() const {
  return format("PANConv({}, {}, filter_size={})", options_.in_channels, options_.out_channels, options_.filter_size);
}

}  // namespace spinel::nn
