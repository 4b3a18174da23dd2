// The sides of the benchmark of sparse times dense products: ours and the peers' as functions of x.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <string>
#include <vector>

#include "bench/sparse/graphs.h"
#include "spinel/base/platform/dynamic_library.h"
#include "spinel/hosts/torch/operators.h"

namespace spinel {

/// A graph as tensors, with what a network keeps of it between calls.
struct BenchMatrix {
  std::string name;
  int64_t nodes = 0, edges = 0;
  at::Tensor rowptr, col, value, row, colptr, csr2csc, csr;

  BenchMatrix to(at::ScalarType type) const {
    BenchMatrix m = *this;
    m.value = value.to(type);
    m.csr = at::sparse_csr_tensor(rowptr, col, m.value, {nodes, nodes}, m.value.options().layout(at::kSparseCsr));
    return m;
  }

  /// In double precision and with indices of 64 bits: with 32 the derivatives of torch.sparse.mm are wrong where
  /// nodes² does not fit in them (seen in torch 2.13).
  BenchMatrix exact() const {
    BenchMatrix m = *this;
    for (at::Tensor* index : {&m.rowptr, &m.col, &m.row, &m.colptr, &m.csr2csc}) {
      if (index->defined()) *index = index->to(at::kLong);
    }
    return m.to(at::kDouble);
  }
};

inline BenchMatrix matrix_of(const BenchGraph& graph, at::ScalarType index) {
  BenchMatrix m{graph.name, graph.nodes, graph.edges(), {}, {}, {}, {}, {}, {}, {}};
  const auto tensor = [&](const std::vector<int64_t>& numbers) { return at::tensor(numbers, at::kLong).to(index); };
  m.rowptr = tensor(graph.rowptr);
  m.col = tensor(graph.col);
  m.value = at::rand({m.edges});
  m.row = at::repeat_interleave(at::arange(m.nodes, at::kLong), m.rowptr.diff().to(at::kLong)).to(index);
  m.csr2csc = at::argsort(m.col, true, 0).to(index);
  m.colptr = at::cat({at::zeros({1}, at::kLong), at::bincount(m.col, {}, m.nodes).cumsum(0)}).to(index);
  return m;
}

using SpmmProduct = std::function<at::Tensor(const at::Tensor& x)>;

struct SpmmSide {
  std::string name;
  SpmmProduct product;
};

/// y, or with a gradient by y the one by x.
inline at::Tensor run_product(const SpmmProduct& product, const at::Tensor& x, const at::Tensor& gradient) {
  const at::Tensor y = product(x);
  if (!gradient.defined()) return y;
  return torch::autograd::grad({y}, {x}, {gradient})[0];
}

/// Makes torch_sparse's operators known, out of its file _spmm_cpu.so.
inline void load_torch_sparse(const std::string& file) { DynamicLibrary::open(file); }

inline at::Tensor torch_sparse_product(const BenchMatrix& m, const at::Tensor& x, const std::string& reduce) {
  const auto op = c10::Dispatcher::singleton().findSchema({"torch_sparse::spmm_" + reduce, ""});
  torch::jit::Stack stack;
  if (reduce == "sum") stack = {m.row, m.rowptr, m.col, m.value, m.colptr, m.csr2csc, x};
  else if (reduce == "mean") stack = {m.row, m.rowptr, m.col, m.value, m.rowptr.diff(), m.colptr, m.csr2csc, x};
  else stack = {m.rowptr, m.col, m.value, x};
  op->callBoxed(stack);
  return stack[0].toTensor();
}

/// Ours first, torch.sparse.mm(A, x, reduce) second; the product of MKL for sums, torch_sparse where it is loaded and
/// knows the type of the indices. `m` must outlive them.
inline std::vector<SpmmSide> spmm_sides(const BenchMatrix& m, const std::string& reduce) {
  static const c10::OperatorHandle op = hosts::torch_operator("spmm");
  const std::string torch_name = reduce == "max" || reduce == "min" ? "a" + reduce : reduce;
  std::vector<SpmmSide> sides = {
      {"ours",
       [&m, reduce](const at::Tensor& x) {
         torch::jit::Stack stack = {m.rowptr, m.col, m.value, x, reduce, m.row, m.colptr, m.csr2csc};
         op.callBoxed(stack);
         return stack[0].toTensor();
       }},
      {"torch", [&m, torch_name](const at::Tensor& x) { return at::_sparse_mm(m.csr, x, torch_name); }}};
  const bool is_half = m.value.scalar_type() == at::kHalf || m.value.scalar_type() == at::kBFloat16;
  if (reduce == "sum" && !is_half) sides.push_back({"MKL", [&m](const at::Tensor& x) { return at::matmul(m.csr, x); }});
  const bool is_known = c10::Dispatcher::singleton().findSchema({"torch_sparse::spmm_" + reduce, ""}).has_value();
  if (is_known && m.col.scalar_type() == at::kLong && m.row.defined()) {
    sides.push_back({"torch_sparse", [&m, reduce](const at::Tensor& x) { return torch_sparse_product(m, x, reduce); }});
  }
  return sides;
}

}  // namespace spinel
