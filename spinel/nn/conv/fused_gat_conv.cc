#include "spinel/nn/conv/fused_gat_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/sort.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
namespace {

GATConvOptions without_loops(GATConvOptions options) {
  require(!options.add_self_loops,
          "FusedGATConv: add_self_loops is true, which it does not support; add them to the graph and set it false");
  require(!options.edge_dim, "FusedGATConv: edge_dim is {}, which it does not support; None is needed",
          options.edge_dim.value_or(0));
  return options;
}

at::Tensor pointers(const at::Tensor& sorted, std::optional<int64_t> size) {
  const at::Tensor counts = at::bincount(sorted.to(at::kLong), {}, size.value_or(0));
  return at::cat({at::zeros({1}, counts.options()), counts.cumsum(0)}).to(at::kInt);
}

}  // namespace

OptionTable<GATConvOptions> FusedGATConv::options() { return options_of("FusedGATConv"); }

FusedGATConv::FusedGATConv(GATConvOptions options) : GATConv(without_loops(std::move(options))) {}

FusedGATConv::GraphFormat FusedGATConv::to_graph_format(const at::Tensor& edge_index, const Size& size) {
  MessageEdges::check(edge_index, Flow::source_to_target, "FusedGATConv");
  const auto count = [&](int row) { return size ? std::optional((*size)[static_cast<size_t>(row)]) : std::nullopt; };
  for (const int row : {0, 1}) {
    if (!size || edge_index.size(1) == 0) break;
    const int64_t greatest = edge_index[row].max().item<int64_t>();
    require(greatest < *count(row), "FusedGATConv: edge_index holds the node {}; its row {} must lie in [0, {})",
            greatest, row, *count(row));
  }
  const at::Tensor by_row = graph::sort_edge_index(edge_index.to(at::kLong)).edge_index;
  const graph::Edges by_column =
      graph::sort_edge_index(by_row, at::arange(by_row.size(1), by_row.options()), {}, false);
  const at::Tensor& columns = by_column.edge_index;
  return {{pointers(by_row[0], count(0)), by_row[1].to(at::kInt)},
          {columns[0].to(at::kInt), pointers(columns[1], count(1))},
          by_column.edge_attr.to(at::kInt)};
}

at::Tensor FusedGATConv::forward(const at::Tensor& x, const Pair& csr, const Pair& csc, const at::Tensor& perm) {
  const auto& [rowptr, col] = csr;
  const auto& [row, colptr] = csc;
  require(x.dim() == 2, "FusedGATConv: x has {} dimensions; nodes and features are needed", x.dim());
  for (const at::Tensor* part : {&rowptr, &col, &row, &colptr, &perm}) {
    require(part->defined() && part->dim() == 1 && at::isIntegralType(part->scalar_type(), false),
            "FusedGATConv: a part of csr, csc or perm has {} dimensions; vectors of integers are needed",
            part->defined() ? part->dim() : 0);
  }
  const int64_t nodes = x.size(0), edges = col.size(0);
  require(
      rowptr.size(0) == nodes + 1 && colptr.size(0) == nodes + 1 && row.size(0) == edges && perm.size(0) == edges,
      "FusedGATConv: csr has {} rows and {} entries, csc {} columns and {} entries, perm {}; a graph of {} nodes in "
      "both forms is needed",
      rowptr.size(0) - 1, edges, colptr.size(0) - 1, row.size(0), perm.size(0), nodes);
  const std::string key =
      format("matrix with {} {} {}", remembered_number(rowptr), remembered_number(colptr), remembered_number(perm));
  const auto matrix = remembered(col, key, [&] {
    const auto checked = [](const at::Tensor& part) { return part.variable_data().to(at::kLong); };
    return sparse::SparseTensor(sparse::StorageArguments{.rowptr = checked(rowptr),
                                                         .col = checked(col),
                                                         .sparse_sizes = {nodes, nodes},
                                                         .colptr = checked(colptr),
                                                         .csr2csc = checked(perm)});
  });
  return GATConv::forward(x, *matrix);
}

ValueList FusedGATConv::call(const CallArguments& arguments) {
  const Parameter parameters[] = {{"x"}, {"csr"}, {"csc"}, {"perm"}};
  const ValueList values = bind_arguments(name(), parameters, arguments);
  at::Tensor x, perm;
  Features csr, csc;
  read_value(values[0], x, "FusedGATConv: x");
  read_value(values[1], csr, "FusedGATConv: csr");
  read_value(values[2], csc, "FusedGATConv: csc");
  read_value(values[3], perm, "FusedGATConv: perm");
  require(x.defined(), "FusedGATConv: x is None; features of the nodes are needed");
  return {forward(x, {csr.source(), csr.target()}, {csc.source(), csc.target()}, perm)};
}

std::string FusedGATConv::to_string() const { return "Fused" + GATConv::to_string(); }

}  // namespace spinel::nn
