// Matrix Market files: what is read has all indices inside its sizes.
#include <cstdint>
#include <string_view>

#include "spinel/base/error.h"
#include "spinel/sparse/matrix_market.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Field = spinel::sparse::MatrixMarket::Field;
  try {
    const auto matrix = spinel::sparse::parse_matrix_market({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (matrix.row.size() != matrix.col.size()) __builtin_trap();
    if (matrix.field == Field::real && matrix.real.size() != matrix.row.size()) __builtin_trap();
    if (matrix.field == Field::integer && matrix.integer.size() != matrix.row.size()) __builtin_trap();
    for (size_t e = 0; e < matrix.row.size(); ++e) {
      if (matrix.row[e] < 0 || matrix.row[e] >= matrix.rows) __builtin_trap();
      if (matrix.col[e] < 0 || matrix.col[e] >= matrix.cols) __builtin_trap();
    }
  } catch (const spinel::Error&) {
  }
  return 0;
}
