// Rows and columns taken out of a sparse matrix.
#include "spinel/kernels/cpu/csr_select.h"
#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/ops/executor.h"
#include "spinel/ops/sparse_index.h"
#include "spinel/ops/sparse_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#endif

namespace spinel::ops {
namespace {

/// rowptr and col of a call; the pointers are sound.
CsrArrays read_matrix(const Host& host, Arguments arguments, const char* op) {
  CsrArrays matrix(host, arguments.tensor(0), arguments.tensor(1), {.op = op, .counted = "columns"});
  run_kernels(host, matrix.device(), matrix.index(), [&](auto zero, auto& executor) {
    const kernels::CsrGraph<decltype(zero)> a = matrix.graph<decltype(zero)>();
    kernels::check_pointers(a.names, a.num_rows, a.rowptr, a.num_edges, executor);
  });
  return matrix;
}

/// Makes the results of `rows` rows: `count` writes the pointers, then `fill` col and perm.
template <typename Index, typename Executor, typename Count, typename Fill>
void select(const Host& host, const CsrArrays& matrix, int64_t rows, std::span<Tensor> results, Executor& executor,
            Count&& count, Fill&& fill) {
  results[0] = empty_index(host, rows + 1, matrix.dtype(), matrix.device());
  auto* pointers = index_data<Index>(results[0]);
  count(pointers);
  const int64_t entries = number_at(pointers, rows, executor);
  for (Tensor& list : results.subspan(1)) list = empty_index(host, entries, matrix.dtype(), matrix.device());
  fill(pointers, index_data<Index>(results[1]), index_data<Index>(results[2]));
}

// select_rows(Tensor rowptr, Tensor col, Tensor index) -> (Tensor rowptr, Tensor col, Tensor perm)
void select_rows(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix = read_matrix(host, arguments, "select_rows");
  const IndexArray index = matrix.list(host, arguments.tensor(2), "index");
  run_kernels(host, matrix.device(), matrix.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    kernels::CsrGraph<Index> a = matrix.graph<Index>();
    a.names.counted = "rows";
    const auto* taken = index.data<Index>();
    select<Index>(
        host, matrix, index.size(), results, executor,
        [&](Index* ptr) { kernels::count_rows(a, index.size(), taken, ptr, executor); },
        [&](const Index* ptr, Index* col, Index* perm) {
          kernels::fill_rows(a, index.size(), taken, ptr, col, perm, executor);
        });
  });
}

// select_columns(Tensor rowptr, Tensor col, int N, Tensor index) -> (Tensor rowptr, Tensor col, Tensor perm)
void select_columns(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix = read_matrix(host, arguments, "select_columns");
  const int64_t cols = length_argument(arguments, 2, "select_columns", "N");
  require(cols < INT64_MAX, "select_columns: N is {}; it must be less than 2^63 - 1", cols);
  const IndexArray index = matrix.list(host, arguments.tensor(3), "index");
  const Tensor ptr = empty_index(host, cols + 1, matrix.dtype(), matrix.device()),
               place = empty_index(host, index.size(), matrix.dtype(), matrix.device());
  run_kernels(host, matrix.device(), matrix.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const auto* taken = index.data<Index>();
    index.require_sound(
        kernels::index_sort(index.size(), taken, cols, index_data<Index>(ptr), index_data<Index>(place), executor),
        cols, "columns");
    const bool rising = kernels::inspect_coo(index.size(), taken, taken, executor).order == kernels::CooOrder::distinct;
    const kernels::ColumnMap<Index> map{index_data<Index>(ptr), index_data<Index>(place), rising};
    const kernels::CsrGraph<Index> a = matrix.graph<Index>(cols);
    select<Index>(
        host, matrix, matrix.rows(), results, executor,
        [&](Index* rowptr) { kernels::count_columns(a, map, rowptr, executor); },
        [&](const Index* rowptr, Index* col, Index* perm) {
          kernels::fill_columns(a, map, rowptr, col, perm, executor);
        });
  });
}

// narrow_columns(Tensor rowptr, Tensor col, int start, int length) -> (Tensor rowptr, Tensor col, Tensor perm)
void narrow_columns(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix = read_matrix(host, arguments, "narrow_columns");
  const int64_t start = length_argument(arguments, 2, "narrow_columns", "start");
  const int64_t length = length_argument(arguments, 3, "narrow_columns", "length");
  require(start <= INT64_MAX - length, "narrow_columns: start {} and length {} end beyond what int64 counts; {}", start,
          length, "take a part of the columns");
  run_kernels(host, matrix.device(), matrix.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const kernels::CsrGraph<Index> a = matrix.graph<Index>();
    select<Index>(
        host, matrix, matrix.rows(), results, executor,
        [&](Index* rowptr) { kernels::count_narrowed(a, start, length, rowptr, executor); },
        [&](const Index* rowptr, Index* col, Index* perm) {
          kernels::fill_narrowed(a, start, length, rowptr, col, perm, executor);
        });
  });
}

}  // namespace

std::vector<OpDef> sparse_select_operators() {
  const std::string results = " -> (Tensor rowptr, Tensor col, Tensor perm)";
  return {{.schema = "select_rows(Tensor rowptr, Tensor col, Tensor index)" + results,
           .dtypes = alike_index_dtypes<3>,
           .cpu = select_rows,
           .cuda = also_on_cuda(select_rows)},
          {.schema = "select_columns(Tensor rowptr, Tensor col, int N, Tensor index)" + results,
           .dtypes = alike_index_dtypes<3>,
           .cpu = select_columns,
           .cuda = also_on_cuda(select_columns)},
          {.schema = "narrow_columns(Tensor rowptr, Tensor col, int start, int length)" + results,
           .dtypes = alike_index_dtypes<3>,
           .cpu = narrow_columns,
           .cuda = also_on_cuda(narrow_columns)}};
}

}  // namespace spinel::ops
