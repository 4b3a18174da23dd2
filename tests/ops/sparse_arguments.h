// What every operator on sparse matrices and graphs may be called with, argument by argument, for tests over all.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/ops/list.h"
#include "spinel/ops/neighbor_sample.h"
#include "spinel/ops/partition.h"
#include "spinel/ops/random_walk.h"
#include "spinel/ops/segment.h"
#include "spinel/ops/sparse_index.h"
#include "spinel/ops/spmm.h"
#include "spinel/ops/spspmm.h"
#include "spinel/ops/subgraph.h"

namespace spinel::ops {

/// What an argument stands for, which says how it can be wrong.
enum class Role {
  pointers,
  columns,
  rows,
  nodes,
  permutation,
  counts,
  entries,
  values,
  dense,
  integer,
  integers,
  other
};

struct SparseArgument {
  Role role = Role::other;
  std::vector<int64_t> numbers;  ///< of index tensors in any rank, and of integers
  std::vector<int64_t> sizes;    ///< of tensors
  ScalarType dtype = ScalarType::int64;
  Value value;  ///< of Role::other

  bool is_index() const { return role < Role::values; }
  bool is_tensor() const { return role <= Role::dense; }
};

/// A square matrix in CSR form with all that operators may be handed of it.
struct SparseMatrix {
  std::vector<int64_t> rowptr, col, row, csr2csc;
  int64_t nodes() const { return static_cast<int64_t>(rowptr.size()) - 1; }
  int64_t entries() const { return static_cast<int64_t>(col.size()); }

  SparseMatrix(std::vector<int64_t> pointers, std::vector<int64_t> columns)
      : rowptr(std::move(pointers)), col(std::move(columns)), csr2csc(col.size()) {
    for (size_t i = 0; i + 1 < rowptr.size(); ++i)
      row.insert(row.end(), static_cast<size_t>(rowptr[i + 1] - rowptr[i]), static_cast<int64_t>(i));
    std::iota(csr2csc.begin(), csr2csc.end(), 0);
    std::stable_sort(csr2csc.begin(), csr2csc.end(),
                     [&](int64_t a, int64_t b) { return col[static_cast<size_t>(a)] < col[static_cast<size_t>(b)]; });
  }
};

/// The operators of the sparse families.
inline std::vector<const Operator*> sparse_operators() {
  std::vector<const Operator*> list;
  for (const auto family :
       {neighbor_sample_operators, partition_operators, random_walk_operators, segment_operators,
        sparse_index_operators, spmm_operators, spmm_select_operators, spspmm_operators, subgraph_operators}) {
    for (const OpDef& op : family()) list.push_back(&find_operator(op.schema.substr(0, op.schema.find('('))));
  }
  return list;
}

/// The argument of a sound call on `a`, which must be symmetric, if only in its pattern. Not known by its name:
/// not_found, so that a new operator is not left out.
inline SparseArgument sound_argument(const SparseMatrix& a, std::string_view op, const registry::Argument& argument) {
  using registry::TypeKind;
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), argument.name) != names.end();
  };
  const bool is_segment = op.find("segment") != op.npos || op.find("gather") != op.npos;
  const int64_t n = a.nodes(), nnz = a.entries();
  const auto index = [](Role role, std::vector<int64_t> numbers) {
    const auto count = static_cast<int64_t>(numbers.size());
    return SparseArgument{.role = role, .numbers = std::move(numbers), .sizes = {count}};
  };
  const auto floats = [](Role role, std::vector<int64_t> sizes) {
    return SparseArgument{.role = role, .sizes = std::move(sizes), .dtype = ScalarType::float32};
  };
  const auto numbers = [](Role role, std::vector<int64_t> list) {
    return SparseArgument{.role = role, .numbers = std::move(list)};
  };
  const TypeKind kind = argument.type.kind();
  if (kind == TypeKind::list) {
    if (is({"num_neighbors"})) return numbers(Role::integers, {2, 1});
    return numbers(Role::integers, is_segment ? std::vector<int64_t>{nnz, 2} : std::vector<int64_t>{n, 3});
  }
  if (kind == TypeKind::integer) {
    if (is({"M", "N", "new_N", "size", "columns"})) return numbers(Role::integer, {n});
    if (is({"E"})) return numbers(Role::integer, {nnz});
    if (is({"k", "hops", "start"})) return numbers(Role::integer, {1});
    return numbers(Role::integer, {2});
  }
  if (kind == TypeKind::boolean) return {.value = false};
  if (kind == TypeKind::floating) return {.value = 0.5};
  if (kind == TypeKind::string) return {.value = "max"};
  if (is({"rowptr", "rowptrA", "rowptrB", "ptr", "colptr", "rowptr_t"})) return index(Role::pointers, a.rowptr);
  if (is({"col", "colA", "colB", "col_a", "col_b", "col_t"})) return index(Role::columns, a.col);
  if (is({"row"}) && op == "neighbor_sample") return index(Role::columns, a.col);
  if (is({"row", "row_a", "row_b", "ind"})) return index(Role::rows, a.row);
  if (is({"csr2csc", "perm"})) return index(Role::permutation, a.csr2csc);
  if (is({"rowcount"})) {
    std::vector<int64_t> counts(a.rowptr.size());
    std::adjacent_difference(a.rowptr.begin(), a.rowptr.end(), counts.begin());
    counts.erase(counts.begin());
    return index(Role::counts, std::move(counts));
  }
  if (is({"cluster"})) {
    std::vector<int64_t> parts(static_cast<size_t>(n));
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = static_cast<int64_t>(2 * i / parts.size());
    return index(Role::nodes, std::move(parts));
  }
  if (is({"idx", "start", "subset", "input_node", "index"})) {
    std::vector<int64_t> nodes;
    for (const int64_t v : {int64_t{0}, int64_t{2}, n - 1}) {
      if (v >= 0 && v < n && (nodes.empty() || v > nodes.back())) nodes.push_back(v);
    }
    return index(Role::nodes, std::move(nodes));
  }
  if (is({"entries", "arg"})) {
    const int64_t width = is_segment ? 2 : 3;
    SparseArgument made{.role = Role::entries, .sizes = {n, width}};
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<size_t>(i);
      made.numbers.insert(made.numbers.end(), static_cast<size_t>(width),
                          a.rowptr[at] < a.rowptr[at + 1] ? a.rowptr[at] : nnz);
    }
    return made;
  }
  if (is({"uniform"})) return floats(Role::dense, {std::min<int64_t>(n, 3), 4});
  if (is({"optional_node_weight"})) return floats(Role::values, {n});
  if (is({"optional_value"})) {
    // METIS wants the weights of both directions to be the same.
    SparseArgument ones = floats(Role::values, {nnz});
    ones.numbers.assign(a.col.size(), 8);
    return ones;
  }
  if (is({"value", "valueA", "valueB", "value_t"})) return floats(Role::values, {nnz});
  if (is({"src"})) return floats(Role::dense, {op.find("gather") != op.npos ? n : nnz, 2});
  if (is({"grad"})) {
    if (op.find("spspmm") != op.npos) return floats(Role::values, {nnz});
    return floats(Role::dense, {n, is_segment ? 2 : 3});
  }
  if (is({"mat", "left", "right", "a", "b"})) return floats(Role::dense, {n, 3});
  fail(ErrorKind::not_found, "{}: the argument {} is not known to tests; add what a sound one is", op, argument.name);
}

/// All of a call's.
inline std::vector<SparseArgument> sound_arguments(const SparseMatrix& a, const Operator& op) {
  std::vector<SparseArgument> list;
  for (const registry::Argument& argument : op.schema.arguments) {
    list.push_back(sound_argument(a, op.name(), argument));
  }
  return list;
}

}  // namespace spinel::ops
