// Reads and writes Matrix Market files: coordinate and array formats, as NIST defines them
// (https://math.nist.gov/MatrixMarket/formats.html).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spinel::sparse {

class SparseTensor;

/// A matrix as a file has it, entries of symmetric ones mirrored, counted from 0.
struct MatrixMarket {
  enum class Field { real, integer, pattern };
  int64_t rows = 0, cols = 0;
  Field field = Field::real;
  std::vector<int64_t> row, col;
  std::vector<double> real;      ///< where field is real
  std::vector<int64_t> integer;  ///< where field is integer
};

/// Parses a file's text; `name` begins messages. coordinate or array; real, double, integer or pattern; general,
/// symmetric or skew-symmetric. Zeros of an array are not entries. Another banner: invalid_argument. Lines that do not
/// hold what the banner says, indices outside the sizes, too few or too many entries: corrupt with the line's number.
MatrixMarket parse_matrix_market(std::string_view text, std::string_view name);

/// float64 values for real, int64 for integer, none for pattern; entries sorted, duplicates kept.
SparseTensor read_matrix_market(const std::string& path);

/// Replaces the file, all or nothing: coordinate, general; real with 17 digits, integer, or pattern without values.
/// Values with further dimensions, complex or boolean ones: invalid_argument.
void write_matrix_market(const std::string& path, const SparseTensor& matrix);

}  // namespace spinel::sparse
