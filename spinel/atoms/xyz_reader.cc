#include <algorithm>
#include <cmath>
#include <optional>

#include "spinel/atoms/line_reader.h"
#include "spinel/atoms/scan.h"
#include "spinel/atoms/xyz.h"
#include "spinel/atoms/xyz_columns.h"
#include "spinel/atoms/xyz_comment.h"
#include "spinel/base/error.h"

namespace spinel {

namespace {

using xyz::Place;

constexpr std::string_view kPlainProperties = "species:S:1:pos:R:3";

Matrix3 matrix_of(const std::vector<double>& v) {
  return {{{v[0], v[3], v[6]}, {v[1], v[4], v[7]}, {v[2], v[5], v[8]}}};  // Fortran order
}

Matrix3 full_stress(const std::vector<double>& v) {
  return {{{v[0], v[5], v[4]}, {v[5], v[1], v[3]}, {v[4], v[3], v[2]}}};
}

FrameProperty matrix_property(const Matrix3& m) {
  std::vector<double> values;
  for (const Vector3& row : m) values.insert(values.end(), row.begin(), row.end());
  return {{3, 3}, std::move(values)};
}

double volume(const Matrix3& c) {
  return std::abs(c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) -
                  c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0]) +
                  c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]));
}

std::array<bool, 3> parse_pbc(const xyz::RawPair& pair, const std::string& where) {
  const FrameProperty value = xyz::parse_value(pair.has_value ? pair.value : "T", where);
  std::vector<int64_t> flags;
  if (const auto* bools = std::get_if<std::vector<uint8_t>>(&value.values)) flags.assign(bools->begin(), bools->end());
  if (const auto* ints = std::get_if<std::vector<int64_t>>(&value.values)) flags = *ints;
  const bool good = (flags.size() == 1 || flags.size() == 3) &&
                    std::all_of(flags.begin(), flags.end(), [](int64_t f) { return f == 0 || f == 1; });
  if (!good) {
    fail(ErrorKind::corrupt, "{}, column {}: pbc is '{}'; it must be three of T and F", where, pair.column,
         pair.value.substr(0, 40));
  }
  return {flags[0] == 1, flags[flags.size() == 3 ? 1 : 0] == 1, flags[flags.size() == 3 ? 2 : 0] == 1};
}

}  // namespace

struct XyzReader::State {
  LineReader lines;
  XyzReadOptions options;
  int64_t frames = 0;
  // Frames of a file mostly declare the same columns.
  std::string properties;
  std::vector<xyz::Column> columns;

  Place place() const { return {lines.name(), frames + 1, lines.line_number()}; }

  bool next(Frame& frame);
  int64_t read_count(std::string_view line) const;
  bool read_comment(std::string_view line, Frame& frame);
  void read_cell(const xyz::RawPair& pair, const std::string& where, Frame& frame) const;
  void read_vectors(const std::string& comment, Frame& frame);
  void add_stress(Frame& frame) const;
};

int64_t XyzReader::State::read_count(std::string_view line) const {
  int64_t count = 0;
  const std::string_view word = scan::trim(line);
  if (!scan::parse_integer(word, count) || count < 0) {
    fail(ErrorKind::corrupt, "{}: '{}' is no number of atoms, with which a frame begins", to_string(place()),
         word.substr(0, 40));
  }
  if (count > options.max_atoms) {
    fail(ErrorKind::corrupt, "{}: the frame claims {} atoms; at most {} are allowed", to_string(place()), count,
         options.max_atoms);
  }
  return count;
}

void XyzReader::State::read_cell(const xyz::RawPair& pair, const std::string& where, Frame& frame) const {
  const std::vector<double> numbers = xyz::parse_numbers(pair, where);
  for (size_t i = 0; i < 9; ++i) {
    if (!std::isfinite(numbers[i]) && !options.allow_nonfinite) {
      fail(ErrorKind::invalid_argument, "{}, column {}: Lattice holds {}, which is not finite", where, pair.column,
           numbers[i]);
    }
    frame.cell[i / 3][i % 3] = numbers[i];
  }
}

// True if the comment declares Properties.
bool XyzReader::State::read_comment(std::string_view line, Frame& frame) {
  const std::string where = to_string(place());
  bool declared = false;
  std::optional<std::array<bool, 3>> pbc;
  for (xyz::RawPair& pair : xyz::split_comment(line, where)) {
    if (pair.key == "Lattice") {
      read_cell(pair, where, frame);
      if (!pbc) pbc = {true, true, true};
      frame.pbc = *pbc;
    } else if (pair.key == "pbc") {
      pbc = parse_pbc(pair, where);
    } else if (pair.key == "Properties") {
      if (properties != pair.value) {
        columns = xyz::parse_properties(pair.value, place());
        properties = pair.value;
      }
      declared = true;
    } else if (pair.key == "stress" || pair.key == "virial") {
      const std::vector<double> numbers = xyz::parse_numbers(pair, where);
      frame.info.insert_or_assign(pair.key,
                                  matrix_property(numbers.size() == 6 ? full_stress(numbers) : matrix_of(numbers)));
    } else if (!pair.has_value) {
      frame.info.insert_or_assign(std::move(pair.key), FrameProperty{{}, std::vector<uint8_t>{1}});
    } else if (xyz::is_uid(pair.key)) {
      frame.info.insert_or_assign(pair.key, FrameProperty{{}, std::vector<std::string>{pair.value}});
    } else {
      frame.info.insert_or_assign(std::move(pair.key), xyz::parse_value(pair.value, where));
    }
  }
  if (pbc) frame.pbc = *pbc;
  return declared;
}

// Cells of ADF's dialect: up to three lines VEC1 x y z behind the atoms; then the comment is free text.
void XyzReader::State::read_vectors(const std::string& comment, Frame& frame) {
  std::string_view line;
  for (int vector = 0; lines.peek(line) && scan::trim(line).starts_with("VEC"); ++vector) {
    lines.next(line);
    const char *at = line.data(), *end = line.data() + line.size();
    const std::string_view name = scan::next_word(at, end);
    if (vector >= 3 || name != format("VEC{}", vector + 1)) {
      fail(ErrorKind::corrupt, "{}: '{}' where {} was due", to_string(place()), name.substr(0, 20),
           vector < 3 ? format("VEC{}", vector + 1) : "a new frame");
    }
    if (vector == 0) {
      frame.info = {{"comment", {{}, std::vector<std::string>{comment}}}};
      frame.cell = {};
      frame.pbc = {};
    }
    for (double& v : frame.cell[vector]) {
      const std::string_view word = scan::next_word(at, end);
      if (!scan::parse_real(word, v) || (!std::isfinite(v) && !options.allow_nonfinite)) {
        fail(ErrorKind::corrupt, "{}: {} holds '{}'; three numbers are needed", to_string(place()), name,
             word.substr(0, 40));
      }
    }
    frame.pbc[vector] = true;
  }
}

void XyzReader::State::add_stress(Frame& frame) const {
  if (!options.stress_from_virial || frame.info.contains("stress")) return;
  for (const char* key : {"virial", "virials"}) {
    const auto found = frame.info.find(key);
    if (found == frame.info.end()) continue;
    const double v = volume(frame.cell);
    std::vector<double> values;
    if (const auto* reals = std::get_if<std::vector<double>>(&found->second.values)) values = *reals;
    if (const auto* ints = std::get_if<std::vector<int64_t>>(&found->second.values))
      values.assign(ints->begin(), ints->end());
    if (values.size() != 9 || !(v > 0)) continue;
    for (double& value : values) value = -value / v;
    frame.info.emplace("stress", FrameProperty{{3, 3}, std::move(values)});
    return;
  }
}

bool XyzReader::State::next(Frame& frame) {
  frame = {};
  std::string_view line;
  do {
    if (!lines.next(line)) return false;
  } while (scan::trim(line).empty());
  const int64_t count = read_count(line);
  if (!lines.next(line)) {
    fail(ErrorKind::corrupt, "{}: the file ends before the comment line; it is truncated", to_string(place()));
  }
  const bool declared = read_comment(line, frame);
  const std::string comment(scan::trim(line));
  std::vector<xyz::Column> plain;
  if (!declared) plain = xyz::parse_properties(kPlainProperties, place());
  xyz::RowReader rows(declared ? columns : plain, !declared, options.allow_nonfinite, frame);
  rows.reserve(std::min<int64_t>(count, 4096));
  for (int64_t i = 0; i < count; ++i) {
    if (!lines.next(line)) {
      fail(ErrorKind::corrupt, "{}: the file ends after {} of {} atoms; it is truncated, or the number is wrong",
           to_string(place()), i, count);
    }
    rows.read(line, place());
  }
  rows.finish();
  read_vectors(comment, frame);
  add_stress(frame);
  ++frames;
  return true;
}

XyzReader::XyzReader(const std::string& path, const XyzReadOptions& options)
    : state_(new State{LineReader::open(path, options.max_line), options, 0, {}, {}}) {}
XyzReader::XyzReader(std::string_view text, std::string name, const XyzReadOptions& options)
    : state_(new State{LineReader::over(text, std::move(name)), options, 0, {}, {}}) {}
XyzReader::~XyzReader() = default;
XyzReader::XyzReader(XyzReader&&) noexcept = default;
XyzReader& XyzReader::operator=(XyzReader&&) noexcept = default;

bool XyzReader::next(Frame& frame) { return state_->next(frame); }
int64_t XyzReader::count() const { return state_->frames; }

namespace {

std::vector<Frame> read_all(XyzReader reader) {
  std::vector<Frame> frames;
  Frame frame;
  while (reader.next(frame)) frames.push_back(std::move(frame));
  return frames;
}

}  // namespace

std::vector<Frame> read_xyz(const std::string& path, const XyzReadOptions& options) {
  return read_all(XyzReader(path, options));
}
std::vector<Frame> parse_xyz(std::string_view text, const std::string& name, const XyzReadOptions& options) {
  return read_all(XyzReader(text, name, options));
}

}  // namespace spinel
