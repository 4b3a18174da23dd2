#include "spinel/sparse/matrix_market.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/suggest.h"
#include "spinel/base/utf8.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {
namespace {

using Field = MatrixMarket::Field;

/// Lines of a text, with the number of the current one, and the words of a line.
class Lines {
 public:
  Lines(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  bool next() {
    if (rest_.empty()) return false;
    ++number_;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return true;
  }
  /// The next line that is neither empty nor a comment.
  bool next_content() {
    while (next()) {
      const std::string_view saved = line_;
      const std::string_view first = word();
      line_ = saved;
      if (!first.empty() && first[0] != '%') return true;
    }
    return false;
  }
  /// The next word of the line; empty at its end.
  std::string_view word() {
    const size_t begin = std::min(line_.find_first_not_of(" \t\r"), line_.size());
    line_.remove_prefix(begin);
    const std::string_view found = line_.substr(0, std::min(line_.find_first_of(" \t\r"), line_.size()));
    line_.remove_prefix(found.size());
    return found;
  }
  template <typename T>
  T number(const char* what) {
    std::string_view text = word();
    const std::string_view shown = text;
    if (text.starts_with('+')) text.remove_prefix(1);
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      broken(format("'{}' is no {}", to_valid_utf8(shown.substr(0, 40)), what));
    }
    return value;
  }
  void expect_end() {
    const std::string_view more = word();
    if (!more.empty()) broken(format("'{}' follows what the line must hold", to_valid_utf8(more.substr(0, 40))));
  }
  [[noreturn]] void broken(const std::string& what) const {
    fail(ErrorKind::corrupt, "{}:{}: {}; the file is damaged or no Matrix Market file", name_, number_, what);
  }
  size_t left() const { return rest_.size(); }
  std::string_view name() const { return name_; }

 private:
  std::string_view rest_, line_, name_;
  int64_t number_ = 0;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

/// What the banner of a file says.
struct Banner {
  bool coordinate = true, mirrored = false, skew = false;
  Field field = Field::real;
};

Banner read_banner(Lines& lines) {
  const auto one_of = [&](const char* what, const std::vector<std::string>& known) {
    const std::string word = lower(lines.word());
    require(std::find(known.begin(), known.end(), word) != known.end(), "{}: the {} '{}' is not read{}", lines.name(),
            what, to_valid_utf8(word.substr(0, 40)), suggestion(word, known));
    return word;
  };
  if (!lines.next() || lower(lines.word()) != "%%matrixmarket") {
    fail(ErrorKind::corrupt, "{}: it does not begin with %%MatrixMarket; it is no Matrix Market file", lines.name());
  }
  one_of("object", {"matrix"});
  Banner banner;
  banner.coordinate = one_of("format", {"coordinate", "array"}) == "coordinate";
  const std::string field = one_of("field", {"real", "double", "integer", "pattern"});
  banner.field = field == "integer" ? Field::integer : field == "pattern" ? Field::pattern : Field::real;
  require(banner.coordinate || banner.field != Field::pattern, "{}: an array has no pattern; only coordinates have one",
          lines.name());
  const std::string symmetry = one_of("symmetry", {"general", "symmetric", "skew-symmetric"});
  banner.mirrored = symmetry != "general";
  banner.skew = symmetry == "skew-symmetric";
  lines.expect_end();
  return banner;
}

/// Adds entries and, of symmetric matrices, their mirror images.
class Entries {
 public:
  Entries(MatrixMarket& matrix, const Banner& banner) : matrix_(matrix), banner_(banner) {}

  void add(Lines& lines, int64_t row, int64_t col, bool keep_zero) {
    const bool on_diagonal = row == col;
    if (banner_.field == Field::integer) {
      const auto value = lines.number<int64_t>("integer");
      if (value == INT64_MIN && banner_.skew) lines.broken("its negative is no number of 64 bits");
      if (value == 0 && !keep_zero) return;
      add_value(row, col, matrix_.integer, value, on_diagonal);
    } else if (banner_.field == Field::real) {
      const auto value = lines.number<double>("number");
      if (value == 0 && !keep_zero) return;
      add_value(row, col, matrix_.real, value, on_diagonal);
    } else {
      place(row, col);
      if (banner_.mirrored && !on_diagonal) place(col, row);
    }
  }

 private:
  template <typename T>
  void add_value(int64_t row, int64_t col, std::vector<T>& values, T value, bool on_diagonal) {
    place(row, col);
    values.push_back(value);
    if (!banner_.mirrored || on_diagonal) return;
    place(col, row);
    values.push_back(banner_.skew ? -value : value);
  }
  void place(int64_t row, int64_t col) {
    matrix_.row.push_back(row);
    matrix_.col.push_back(col);
  }

  MatrixMarket& matrix_;
  const Banner& banner_;
};

void read_coordinates(Lines& lines, const Banner& banner, int64_t count, MatrixMarket& matrix) {
  // No entry is shorter than "1 1\n", so a count that the text cannot hold reserves nothing.
  const auto possible = static_cast<size_t>(std::min<uint64_t>(static_cast<uint64_t>(count), lines.left() / 4 + 1));
  matrix.row.reserve(possible);
  matrix.col.reserve(possible);
  Entries entries(matrix, banner);
  for (int64_t e = 0; e < count; ++e) {
    if (!lines.next_content()) lines.broken(format("{} of {} entries are there", e, count));
    const auto row = lines.number<int64_t>("row"), col = lines.number<int64_t>("column");
    if (row < 1 || row > matrix.rows || col < 1 || col > matrix.cols) {
      lines.broken(
          format("the entry ({}, {}) lies outside of {} rows and {} columns", row, col, matrix.rows, matrix.cols));
    }
    if (banner.mirrored && (row < col || (banner.skew && row == col))) {
      lines.broken(format("the entry ({}, {}) of a {} matrix does not lie below the diagonal", row, col,
                          banner.skew ? "skew-symmetric" : "symmetric"));
    }
    entries.add(lines, row - 1, col - 1, true);
    lines.expect_end();
  }
}

/// Column after column; of symmetric matrices the part from the diagonal (skew: below it) down.
void read_array(Lines& lines, const Banner& banner, MatrixMarket& matrix) {
  Entries entries(matrix, banner);
  for (int64_t col = 0; col < matrix.cols; ++col) {
    const int64_t first = banner.mirrored ? col + banner.skew : 0;
    // The columns from here on hold nothing, and there may be 2⁶³ of them.
    if (first >= matrix.rows) break;
    for (int64_t row = first; row < matrix.rows; ++row) {
      if (!lines.next_content()) lines.broken(format("the number of row {}, column {} is not there", row + 1, col + 1));
      entries.add(lines, row, col, false);
      lines.expect_end();
    }
  }
}

template <typename T>
at::Tensor tensor_of(const std::vector<T>& numbers, at::ScalarType type) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(numbers.size())}, type);
  std::copy(numbers.begin(), numbers.end(), tensor.mutable_data_ptr<T>());
  return tensor;
}

template <typename T>
void append_number(std::string& text, T value) {
  char buffer[40];
  const char* const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  text.append(buffer, static_cast<size_t>(end - buffer));
}

}  // namespace

MatrixMarket parse_matrix_market(std::string_view text, std::string_view name) {
  Lines lines(text, name);
  const Banner banner = read_banner(lines);
  MatrixMarket matrix;
  matrix.field = banner.field;
  if (!lines.next_content()) lines.broken("the line of sizes is not there");
  matrix.rows = lines.number<int64_t>("number of rows");
  matrix.cols = lines.number<int64_t>("number of columns");
  const int64_t count = banner.coordinate ? lines.number<int64_t>("number of entries") : 0;
  lines.expect_end();
  if (matrix.rows < 0 || matrix.cols < 0 || count < 0) lines.broken("a size is negative");
  if (banner.mirrored && matrix.rows != matrix.cols) {
    lines.broken(format("a symmetric matrix has {} rows and {} columns", matrix.rows, matrix.cols));
  }
  if (banner.coordinate) read_coordinates(lines, banner, count, matrix);
  else read_array(lines, banner, matrix);
  if (lines.next_content()) lines.broken("there are more numbers than the sizes say");
  return matrix;
}

SparseTensor read_matrix_market(const std::string& path) {
  const MatrixMarket matrix = parse_matrix_market(read_file(path), path);
  at::Tensor value;
  if (matrix.field == Field::real) value = tensor_of(matrix.real, at::kDouble);
  if (matrix.field == Field::integer) value = tensor_of(matrix.integer, at::kLong);
  return SparseTensor(StorageArguments{.row = tensor_of(matrix.row, at::kLong),
                                       .col = tensor_of(matrix.col, at::kLong),
                                       .value = std::move(value),
                                       .sparse_sizes = {matrix.rows, matrix.cols}});
}

void write_matrix_market(const std::string& path, const SparseTensor& matrix) {
  require(matrix.dim() == 2, "{}: values have the sizes {}; the format holds one number an entry", path,
          matrix.has_value() ? sizes_text(matrix.storage().value().sizes()) : "");
  const bool real = matrix.has_value() && matrix.is_floating_point();
  require(!matrix.has_value() || real || (at::isIntegralType(matrix.dtype(), false)),
          "{}: values are {}; the format holds real and whole numbers", path, c10::toString(matrix.dtype()));
  const at::Tensor row = matrix.storage().row().cpu(), col = matrix.storage().col().cpu();
  at::Tensor value;
  if (matrix.has_value()) value = matrix.storage().value().detach().to(at::kCPU, real ? at::kDouble : at::kLong);
  const char* const field = !matrix.has_value() ? "pattern" : real ? "real" : "integer";
  std::string text = format("%%MatrixMarket matrix coordinate {} general\n{} {} {}\n", field, matrix.sparse_size(0),
                            matrix.sparse_size(1), matrix.nnz());
  for (int64_t e = 0; e < matrix.nnz(); ++e) {
    append_number(text, row.const_data_ptr<int64_t>()[e] + 1);
    text += ' ';
    append_number(text, col.const_data_ptr<int64_t>()[e] + 1);
    if (matrix.has_value()) text += ' ';
    if (real) append_number(text, value.const_data_ptr<double>()[e]);
    else if (matrix.has_value()) append_number(text, value.const_data_ptr<int64_t>()[e]);
    text += '\n';
  }
  write_file_atomic(path, text);
}

}  // namespace spinel::sparse
