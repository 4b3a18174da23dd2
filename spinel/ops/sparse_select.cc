// Rows and columns taken out of a sparse matrix.
#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_pointer.h"
#include "spinel/kernels/cpu/csr_select.h"
#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {
namespace {

using kernels::all_sound;

/// rowptr and col of a call.
struct CsrArrays {
  IndexArray col;
  PointerArray rowptr;
  CsrArrays(const Host& host, Arguments arguments, std::string_view op)
      : col(host, arguments.tensor(1), op, "col"), rowptr(host, arguments.tensor(0), col.size(), op, "rowptr") {}
  kernels::CsrView view() const { return {rowptr.rows(), rowptr.data(), col.data()}; }
};

/// Memory for the entries once the pointers are known.
void allocate_entries(const Host& host, int64_t rows, std::span<Tensor> results) {
  const int64_t entries = index_data(results[0])[rows];
  results[1] = empty_index(host, entries);
  results[2] = empty_index(host, entries);
}

// select_rows(Tensor rowptr, Tensor col, Tensor index) -> (Tensor rowptr, Tensor col, Tensor perm)
void select_rows(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix(host, arguments, "select_rows");
  const IndexArray index(host, arguments.tensor(2), "select_rows", "index");
  results[0] = empty_index(host, index.size() + 1);
  const int64_t bad = kernels::count_rows(matrix.view(), index.size(), index.data(), index_data(results[0]));
  require(bad == all_sound, "select_rows: index[{}] is {}; it must lie in [0, {})", bad,
          bad == all_sound ? 0 : index.data()[bad], matrix.rowptr.rows());
  allocate_entries(host, index.size(), results);
  kernels::fill_rows(matrix.view(), index.size(), index.data(), index_data(results[0]), index_data(results[1]),
                     index_data(results[2]), host.parallel());
}

// select_columns(Tensor rowptr, Tensor col, int N, Tensor index) -> (Tensor rowptr, Tensor col, Tensor perm)
void select_columns(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix(host, arguments, "select_columns");
  const int64_t cols = length_argument(arguments, 2, "select_columns", "N");
  const IndexArray index(host, arguments.tensor(3), "select_columns", "index");
  const Tensor ptr = empty_index(host, cols + 1), place = empty_index(host, index.size());
  int64_t bad =
      kernels::index_sort(index.size(), index.data(), cols, index_data(ptr), index_data(place), host.parallel());
  require(bad == all_sound, "select_columns: index[{}] is {}; it must lie in [0, {})", bad,
          bad == all_sound ? 0 : index.data()[bad], cols);
  const bool rising = std::adjacent_find(index.data(), index.data() + index.size(), std::greater_equal<>()) ==
                      index.data() + index.size();
  const kernels::ColumnMap map{cols, index_data(ptr), index_data(place), rising};
  results[0] = empty_index(host, matrix.rowptr.rows() + 1);
  bad = kernels::count_columns(matrix.view(), map, index_data(results[0]), host.parallel());
  require(bad == all_sound, "select_columns: col[{}] is {}; it must lie in [0, {})", bad,
          bad == all_sound ? 0 : matrix.col.data()[bad], cols);
  allocate_entries(host, matrix.rowptr.rows(), results);
  kernels::fill_columns(matrix.view(), map, index_data(results[0]), index_data(results[1]), index_data(results[2]),
                        host.parallel());
}

// narrow_columns(Tensor rowptr, Tensor col, int start, int length) -> (Tensor rowptr, Tensor col, Tensor perm)
void narrow_columns(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays matrix(host, arguments, "narrow_columns");
  const int64_t start = length_argument(arguments, 2, "narrow_columns", "start");
  const int64_t length = length_argument(arguments, 3, "narrow_columns", "length");
  results[0] = empty_index(host, matrix.rowptr.rows() + 1);
  kernels::count_narrowed(matrix.view(), start, length, index_data(results[0]), host.parallel());
  allocate_entries(host, matrix.rowptr.rows(), results);
  kernels::fill_narrowed(matrix.view(), start, length, index_data(results[0]), index_data(results[1]),
                         index_data(results[2]), host.parallel());
}

std::vector<ScalarType> selection_dtypes(const SpecArguments&) { return std::vector(3, ScalarType::int64); }

}  // namespace

std::vector<OpDef> sparse_select_operators() {
  const std::string results = " -> (Tensor rowptr, Tensor col, Tensor perm)";
  return {{.schema = "select_rows(Tensor rowptr, Tensor col, Tensor index)" + results,
           .dtypes = selection_dtypes,
           .cpu = select_rows},
          {.schema = "select_columns(Tensor rowptr, Tensor col, int N, Tensor index)" + results,
           .dtypes = selection_dtypes,
           .cpu = select_columns},
          {.schema = "narrow_columns(Tensor rowptr, Tensor col, int start, int length)" + results,
           .dtypes = selection_dtypes,
           .cpu = narrow_columns}};
}

}  // namespace spinel::ops
