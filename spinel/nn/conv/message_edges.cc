#include "spinel/nn/conv/message_edges.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/paired_product.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/sparse/matmul.h"
#include "spinel/sparse/operators.h"

namespace spinel::nn {
namespace {

/// Row `row` of an edge list as int64. Not a view of the tensor itself, which would hold it and so keep what is
/// remembered of it for ever.
at::Tensor row_indices(const at::Tensor& edge_index, int row) {
  return edge_index.variable_data().select(0, row).to(at::kLong).contiguous();
}

int64_t next_number() {
  static std::atomic<int64_t> last = 0;
  return ++last;
}

at::Tensor segments_of_one(int64_t count, const at::Tensor& like) { return at::arange(count + 1, like.options()); }

bool is_index_type(at::ScalarType type) { return at::isIntegralType(type, /*includeBool=*/false); }

}  // namespace

at::Tensor edge_list(const Adjacency& adjacency) {
  if (!adjacency.is_sparse()) return adjacency.edge_index();
  const sparse::SparseStorage& storage = adjacency.adj_t().storage();
  return *remembered(storage.pattern(), "edge_index", [&] { return at::stack({storage.col(), storage.row()}); });
}

at::Tensor reversed_edges(const at::Tensor& edge_index) {
  return *remembered(edge_index, "reversed", [&] { return edge_index.flip(0); });
}

at::Tensor edge_values(const Adjacency& adjacency) {
  return adjacency.is_sparse() ? adjacency.adj_t().storage().value() : at::Tensor();
}

void MessageEdges::check(const Adjacency& adjacency, Flow flow, std::string_view owner) {
  require(adjacency.defined(), "{}: edge_index is None; an edge list [2, edges] or a sparse matrix is needed", owner);
  if (adjacency.is_sparse()) {
    require(flow == Flow::source_to_target,
            "{}: the flow is target_to_source but the edges are a sparse matrix; give it transposed instead", owner);
    return;
  }
  const at::Tensor& edge_index = adjacency.edge_index();
  require(is_index_type(edge_index.scalar_type()), "{}: edge_index holds {}; integers are needed", owner,
          at::toString(edge_index.scalar_type()));
  require(edge_index.dim() == 2 && edge_index.size(0) == 2, "{}: edge_index has the sizes [{}]; [2, edges] is needed",
          owner, join_text(edge_index.sizes(), ", "));
}

MessageEdges::MessageEdges(const Adjacency& adjacency, Flow flow, int64_t size_i, int64_t size_j, std::string owner)
    : adjacency_(adjacency), flow_(flow), size_i_(size_i), size_j_(size_j), owner_(std::move(owner)) {
  check(adjacency, flow, owner_);
  if (!is_sparse()) return;
  const sparse::SparseSizes& sizes = adjacency_.adj_t().sparse_sizes();
  require(sizes[0] == size_i && sizes[1] == size_j,
          "{}: the sparse matrix has the sizes [{}, {}] but there are {} targets and {} sources; they must be the same",
          owner_, sizes[0], sizes[1], size_i, size_j);
}

int64_t MessageEdges::number() const {
  return is_sparse() ? *remembered(adjacency_.adj_t().storage().pattern(), "number", next_number) : order().number;
}

at::Tensor MessageEdges::index(End end) const {
  if (!is_sparse()) return row_indices(adjacency_.edge_index(), row_of(end));
  const sparse::SparseStorage& storage = adjacency_.adj_t().storage();
  return end == End::i ? storage.row() : storage.col();
}

at::Tensor MessageEdges::ptr() const { return is_sparse() ? adjacency_.adj_t().storage().rowptr() : at::Tensor(); }

void MessageEdges::fail_out_of_range(End end) const {
  const at::Tensor nodes = index(end);
  const auto [least, greatest] = at::aminmax(nodes);
  const int64_t bad = least.item<int64_t>() < 0 ? least.item<int64_t>() : greatest.item<int64_t>();
  fail(ErrorKind::invalid_argument, "{}: edge_index holds the node {}; its row {} must lie in [0, {})", owner_, bad,
       row_of(end), size(end));
}

graph::Groups MessageEdges::groups(End end) const {
  if (is_sparse()) {
    const sparse::SparseStorage& storage = adjacency_.adj_t().storage();
    if (end == End::i) return graph::Groups::from_ptr(storage.rowptr(), owner_);
    return *remembered(storage.pattern(), "sources",
                       [&] { return graph::Groups::from_index(storage.col(), size_j_, owner_); });
  }
  const int row = row_of(end);
  return *remembered(adjacency_.edge_index(), format("row {} of {}", row, size(end)), [&] {
    try {
      return graph::Groups::from_index(row_indices(adjacency_.edge_index(), row), size(end), owner_);
    } catch (const Error&) {
      fail_out_of_range(end);
      throw;
    }
  });
}

at::Tensor MessageEdges::lift(const at::Tensor& x, End end, int64_t dim) const {
  return graph::spread_groups(x, groups(end), dim < 0 ? dim + x.dim() : dim);
}

MessageEdges::Order MessageEdges::order() const {
  if (is_sparse()) {
    return {sparse::SparseTensor(sparse::SparseStorage(adjacency_.adj_t().storage().pattern(), at::Tensor())), {}};
  }
  const std::string key = format("order by row {} of {} over {}", row_of(End::i), size_i_, size_j_);
  return *remembered(adjacency_.edge_index(), key, [&]() -> Order {
    const graph::Groups targets = groups(End::i);
    const at::Tensor nodes = index(End::j);
    if (nodes.numel() > 0) {
      const auto [least, greatest] = at::aminmax(nodes);
      if (least.item<int64_t>() < 0 || greatest.item<int64_t>() >= size_j_) fail_out_of_range(End::j);
    }
    const at::Tensor perm = targets.perm();
    return {sparse::trusted({.rowptr = targets.ptr(), .col = perm.defined() ? nodes.index_select(0, perm) : nodes},
                            {size_i_, size_j_}, at::Tensor(), static_cast<int64_t>(sparse::Order::rows)),
            perm, next_number()};
  });
}

sparse::SparseTensor MessageEdges::adj_t() const { return order().adj_t; }

at::Tensor MessageEdges::in_order(const at::Tensor& value) const {
  const Order edges = order();
  if (!edges.perm.defined()) return value;
  if (!value.requires_grad()) {
    return *remembered(value, format("in order {}", edges.number), [&] { return value.index_select(0, edges.perm); });
  }
  // As a sum of segments of one element each, whose derivative is a permutation too and not an addition by index.
  return sparse::op::segment_reduce(value, segments_of_one(value.size(0), edges.perm), edges.perm, sparse::Reduce::sum);
}

at::Tensor MessageEdges::from_order(const at::Tensor& value) const {
  const at::Tensor perm = order().perm;
  if (!perm.defined()) return value;
  using Signature =
      at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, c10::SymIntArrayRef);
  static const auto gather = hosts::torch_operator("gather_csr").typed<Signature>();
  return gather.call(value, segments_of_one(value.size(0), perm), perm, value.sym_sizes());
}

at::Tensor MessageEdges::dot(const at::Tensor& a, const at::Tensor& b) const {
  if (a.dim() == 3 && a.scalar_type() == b.scalar_type()) {
    const EdgeTerms terms{.source = Lifted(b.flatten(1), *this, End::j, 0)};
    if (is_one_pass(terms)) return reduce_terms(terms, *this, {.kind = EdgeReduction::dot, .vector = a});
  }
  using Optional = std::optional<at::Tensor>;
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                               const Optional&, const Optional&, const Optional&);
  static const auto sampled = hosts::torch_operator("sampled_product").typed<Signature>();
  const sparse::SparseStorage storage = adj_t().storage();
  Optional row, colptr, csr2csc;
  if (at::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad())) {
    row = storage.row();
    colptr = storage.colptr();
    csr2csc = storage.csr2csc();
  }
  const auto one = [&](const at::Tensor& left, const at::Tensor& right) {
    return sampled.call(storage.rowptr(), storage.col(), left.contiguous(), right.contiguous(), row, colptr, csr2csc);
  };
  if (a.dim() == 2) return from_order(one(a, b));
  std::vector<at::Tensor> heads;
  for (int64_t h = 0; h < a.size(1); ++h) heads.push_back(one(a.select(1, h), b.select(1, h)));
  return from_order(at::stack(heads, 1));
}

at::Tensor MessageEdges::product_back(const at::Tensor& x) const {
  require(!is_sparse(), "{}: products back are made over edge lists; the edges are a matrix", owner_);
  return MessageEdges(reversed_edges(adjacency_.edge_index()), flow_, size_j_, size_i_, owner_)
      .product(x, {}, sparse::Reduce::sum);
}

at::Tensor MessageEdges::product(const at::Tensor& x, const at::Tensor& weight, sparse::Reduce reduce) const {
  const Order edges = order();
  const std::string_view name = reduce == sparse::Reduce::sum    ? "sum"
                                : reduce == sparse::Reduce::mean ? "mean"
                                : reduce == sparse::Reduce::min  ? "min"
                                                                 : "max";
  const auto times = [&](const at::Tensor& value, const at::Tensor& features) {
    return sparse::matmul(sparse::SparseTensor(sparse::SparseStorage(edges.adj_t.storage().pattern(), value)), features,
                          name);
  };
  const bool is_linear = reduce == sparse::Reduce::sum || reduce == sparse::Reduce::mean;
  const bool is_headed = weight.defined() && weight.dim() == 2;
  if (is_linear && !is_headed && x.is_floating_point() && at::GradMode::is_enabled() && x.requires_grad() &&
      !(weight.defined() && weight.requires_grad())) {
    return paired_product(edges.adj_t.storage(), x, weight, edges.perm, reduce == sparse::Reduce::mean);
  }
  if (!weight.defined()) return times({}, x);
  if (weight.dim() == 2 && weight.scalar_type() == x.scalar_type() && reduce == sparse::Reduce::sum) {
    const EdgeTerms terms{.source = Lifted(x.flatten(1), *this, End::j, 0)};
    if (is_one_pass(terms)) {
      const TermReduction heads{.kind = EdgeReduction::weighted, .coefficient = weight};
      return reduce_terms(terms, *this, heads).unflatten(1, {x.size(1), x.size(2)});
    }
  }
  const at::Tensor value = in_order(weight).to(x.scalar_type());
  if (value.dim() == 1) return times(value, x);
  std::vector<at::Tensor> heads;
  for (int64_t h = 0; h < value.size(1); ++h) {
    heads.push_back(times(value.select(1, h).contiguous(), x.select(1, h).contiguous()));
  }
  return at::stack(heads, 1);
}

}  // namespace spinel::nn
