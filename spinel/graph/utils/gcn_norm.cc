#include "spinel/graph/utils/gcn_norm.h"

#include <ATen/ATen.h>

#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/scatter.h"
#include "spinel/graph/utils/self_loops.h"

namespace spinel::graph {
namespace {

at::ScalarType weight_type(std::optional<at::ScalarType> dtype) {
  return dtype.value_or(at::typeMetaToScalarType(at::get_default_dtype()));
}

/// degᵖ with 0 where it is infinite.
at::Tensor finite_power(const at::Tensor& deg, double exponent) {
  const at::Tensor power = deg.pow(exponent);
  return power.masked_fill(power.eq(std::numeric_limits<double>::infinity()), 0);
}

at::Tensor edge_weights(const at::Tensor& edge_index, const at::Tensor& edge_weight,
                        std::optional<at::ScalarType> dtype, const char* owner) {
  if (!edge_weight.defined()) return at::ones({edge_index.size(1)}, edge_index.options().dtype(weight_type(dtype)));
  require(edge_weight.dim() == 1 && edge_weight.size(0) == edge_index.size(1),
          "{}: edge_weight has the sizes [{}] but edge_index has {} edges; a number for each is needed", owner,
          join_text(edge_weight.sizes(), ", "), edge_index.size(1));
  return edge_weight;
}

}  // namespace

Edges gcn_norm(const at::Tensor& edge_index, const at::Tensor& edge_weight, const GcnNormOptions& options) {
  Edges edges{checked_edge_index(edge_index, "gcn_norm"), {}};
  edges.edge_attr = edge_weights(edges.edge_index, edge_weight, options.dtype, "gcn_norm");
  const int64_t n = num_nodes_of(edges.edge_index, options.num_nodes);
  if (options.add_self_loops) {
    // Without weights loops are edges as all others in the reference, improved or not.
    const double fill = options.improved && edge_weight.defined() ? 2 : 1;
    edges = add_remaining_self_loops(edges.edge_index, edges.edge_attr, fill, n);
  }
  const at::Tensor row = edges.edge_index[0], col = edges.edge_index[1];
  const at::Tensor deg = scatter(edges.edge_attr, options.flow == Flow::source_to_target ? col : row, 0, n, "sum");
  const at::Tensor root = finite_power(deg, -0.5);
  edges.edge_attr = root.index_select(0, row) * edges.edge_attr * root.index_select(0, col);
  return edges;
}

sparse::SparseTensor gcn_norm(const sparse::SparseTensor& adj_t, const GcnNormOptions& options) {
  require(options.flow == Flow::source_to_target,
          "gcn_norm: the flow is target_to_source, but a sparse adjacency holds targets in its rows");
  require(adj_t.is_quadratic(), "gcn_norm: the matrix has {} rows and {} columns; as many of both are needed",
          adj_t.sparse_size(0), adj_t.sparse_size(1));
  sparse::SparseTensor adj = adj_t;
  if (!adj.has_value()) adj = adj.fill_value(1, weight_type(options.dtype));
  if (options.add_self_loops) adj = adj.fill_diag(options.improved ? 2 : 1);
  const at::Tensor root = finite_power(adj.sum(1), -0.5);
  const sparse::SparseStorage& storage = adj.storage();
  return adj.set_value(root.index_select(0, storage.row()) * storage.value() * root.index_select(0, storage.col()),
                       sparse::Layout::coo);
}

LaplacianNormalization parse_laplacian(std::string_view name, std::string_view owner) {
  if (name.empty() || name == "none") return LaplacianNormalization::none;
  if (name == "sym") return LaplacianNormalization::sym;
  if (name == "rw") return LaplacianNormalization::rw;
  fail(ErrorKind::invalid_argument, "{}: there is no normalization '{}'{}", owner, name,
       suggestion(name, {"none", "sym", "rw"}));
}

Edges get_laplacian(const at::Tensor& edge_index, const at::Tensor& edge_weight, LaplacianNormalization normalization,
                    std::optional<at::ScalarType> dtype, std::optional<int64_t> num_nodes) {
  const at::Tensor all = checked_edge_index(edge_index, "get_laplacian");
  const Edges edges = remove_self_loops(all, edge_weight);
  const at::Tensor weight = edge_weights(edges.edge_index, edges.edge_attr, dtype, "get_laplacian");
  const int64_t n = num_nodes_of(all, num_nodes);
  const at::Tensor row = edges.edge_index[0], col = edges.edge_index[1];
  const at::Tensor deg = scatter(weight, row, 0, n, "sum");
  const at::Tensor nodes = at::arange(n, row.options()).expand({2, n});
  Edges result{at::cat({edges.edge_index, nodes}, 1), {}};
  if (normalization == LaplacianNormalization::none) {
    result.edge_attr = at::cat({-weight, deg});
  } else if (normalization == LaplacianNormalization::sym) {
    const at::Tensor root = finite_power(deg, -0.5);
    const at::Tensor scaled = root.index_select(0, row) * weight * root.index_select(0, col);
    result.edge_attr = at::cat({-scaled, at::ones({n}, weight.options())});
  } else {
    const at::Tensor scaled = finite_power(deg, -1).index_select(0, row) * weight;
    result.edge_attr = at::cat({-scaled, at::ones({n}, weight.options())});
  }
  return result;
}

}  // namespace spinel::graph
