#include <charconv>
#include <cmath>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/scan.h"
#include "spinel/atoms/xyz.h"
#include "spinel/atoms/xyz_comment.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"

namespace spinel {

namespace {

constexpr size_t kBuffer = size_t{1} << 18;
constexpr size_t kRealWidth = 16;  // as ASE's columns
constexpr size_t kIntegerWidth = 8;

void pad(std::string& text, size_t begin, size_t width) {
  const size_t length = text.size() - begin;
  if (length < width) text.insert(begin, width - length, ' ');
}

void append_cell(std::string& text, double value, int decimals) {
  const size_t begin = text.size();
  if (decimals < 0) {
    xyz::append_real(text, value);
  } else {
    char buffer[512];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
    require(result.ec == std::errc(), "frame: {} cannot be written with {} decimals", value, decimals);
    text.append(buffer, result.ptr - buffer);
  }
  pad(text, begin, kRealWidth);
}
void append_cell(std::string& text, int64_t value, int) {
  const size_t begin = text.size();
  text += std::to_string(value);
  pad(text, begin, kIntegerWidth);
}
void append_cell(std::string& text, uint8_t value, int) { text += value ? " T" : " F"; }
void append_cell(std::string& text, const std::string& value, int) { text += value; }

char type_code(const AtomProperty& property) { return "RILS"[property.values.index()]; }

// Column names of arrays whose files have another name for them.
std::string_view file_name(std::string_view array) { return array == "charges" ? "charge" : array; }

void check_array(const std::string& name, const AtomProperty& property, int64_t atoms) {
  const bool plain = !name.empty() && name.find_first_of(": \t\r\n\"'{}[]=\\,") == std::string::npos;
  require(plain && name != "species" && name != "pos" && name != "Z",
          "frame: the per-atom property '{}' cannot be a column of extended XYZ; rename it", name);
  std::visit(
      [&](const auto& values) {
        require(property.columns > 0 && std::ssize(values) == atoms * property.columns,
                "frame: the per-atom property '{}' has {} values; {} atoms with {} columns need {}", name,
                values.size(), atoms, property.columns, atoms * property.columns);
      },
      property.values);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&property.values)) {
    for (const std::string& text : *texts) {
      require(
          !text.empty() && text.find_first_of(" \t\r\n\v\f") == std::string::npos,
          "frame: the per-atom property '{}' holds the text '{}'; texts in columns must not be empty or hold blanks",
          name, text);
    }
  }
}

// 3x3 matrices stand in Fortran order; six numbers of a stress are completed.
void append_matrix(std::string& line, const std::string& key, const FrameProperty& property) {
  const auto* values = std::get_if<std::vector<double>>(&property.values);
  require(values && (values->size() == 9 || (values->size() == 6 && key == "stress")),
          "frame: '{}' must be a 3x3 matrix of reals to be written", key);
  static constexpr int order9[9] = {0, 3, 6, 1, 4, 7, 2, 5, 8}, order6[9] = {0, 5, 4, 5, 1, 3, 4, 3, 2};
  std::vector<double> flat;
  for (int k = 0; k < 9; ++k) flat.push_back((*values)[values->size() == 9 ? order9[k] : order6[k]]);
  xyz::append_pair(line, key, {{9}, std::move(flat)});
}

void append_comment(std::string& text, const Frame& frame) {
  bool has_cell = false;
  for (const Vector3& row : frame.cell) has_cell |= row[0] != 0 || row[1] != 0 || row[2] != 0;
  if (has_cell) {
    text += "Lattice=\"";
    for (int k = 0; k < 9; ++k) {
      if (k > 0) text += ' ';
      xyz::append_real(text, frame.cell[k / 3][k % 3]);
    }
    text += "\" ";
  }
  text += "Properties=species:S:1:pos:R:3";
  for (const auto& [name, property] : frame.arrays) {
    text += format(":{}:{}:{}", file_name(name), type_code(property), property.columns);
  }
  for (const auto& [key, property] : frame.info) {
    require(!key.empty() && key != "Lattice" && key != "Properties" && key != "pbc" &&
                key.find_first_of("\r\n") == std::string::npos,
            "frame: the property '{}' cannot stand in a comment of extended XYZ; rename it", key);
    if (key == "stress" || key == "virial") append_matrix(text, key, property);
    else xyz::append_pair(text, key, property);
  }
  text += format(" pbc=\"{} {} {}\"\n", frame.pbc[0] ? "T" : "F", frame.pbc[1] ? "T" : "F", frame.pbc[2] ? "T" : "F");
}

void append_frame(std::string& text, const Frame& frame, const XyzWriteOptions& options) {
  const int64_t atoms = frame.size();
  require(std::ssize(frame.positions) == atoms, "frame: {} atomic numbers but {} positions", atoms,
          frame.positions.size());
  for (const auto& [name, property] : frame.arrays) check_array(name, property, atoms);
  require(!frame.arrays.contains("charge") || !frame.arrays.contains("charges"),
          "frame: the per-atom properties 'charge' and 'charges' would have the same column; rename one");
  text += std::to_string(atoms);
  text += '\n';
  append_comment(text, frame);
  for (int64_t i = 0; i < atoms; ++i) {
    const std::string_view symbol = element(frame.numbers[i]).symbol;
    text += symbol;
    if (symbol.size() < 2) text += ' ';
    for (double v : frame.positions[i]) {
      text += ' ';
      append_cell(text, v, options.decimals);
    }
    for (const auto& [name, property] : frame.arrays) {
      std::visit(
          [&](const auto& values) {
            for (int c = 0; c < property.columns; ++c) {
              text += ' ';
              append_cell(text, values[i * property.columns + c], options.decimals);
            }
          },
          property.values);
    }
    text += '\n';
  }
}

}  // namespace

struct XyzWriter::State {
  File file;
  XyzWriteOptions options;
  std::string buffer;

  void flush() {
    file.write(buffer);
    buffer.clear();
  }
};

XyzWriter::XyzWriter(const std::string& path, const XyzWriteOptions& options)
    : state_(new State{File::open(path, options.append ? File::Mode::append : File::Mode::write), options, {}}) {}

XyzWriter::~XyzWriter() {
  if (!state_) return;
  try {
    close();
  } catch (const Error&) {
    // Only close() can report; a destructor must not throw.
  }
}

XyzWriter::XyzWriter(XyzWriter&&) noexcept = default;
XyzWriter& XyzWriter::operator=(XyzWriter&& other) noexcept {
  // What is held is closed as by the destructor, so that its last frames are written.
  const XyzWriter held(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

void XyzWriter::write(const Frame& frame) {
  require(state_ != nullptr, "XyzWriter: it is closed; frames can be written before that only");
  const size_t before = state_->buffer.size();
  try {
    append_frame(state_->buffer, frame, state_->options);
  } catch (...) {
    state_->buffer.resize(before);
    throw;
  }
  if (state_->buffer.size() >= kBuffer) state_->flush();
}

void XyzWriter::close() {
  const std::unique_ptr<State> state = std::move(state_);
  if (!state) return;
  state->flush();
  state->file.close();
}

std::string format_xyz(const Frame& frame, const XyzWriteOptions& options) {
  std::string text;
  append_frame(text, frame, options);
  return text;
}

void write_xyz(const std::string& path, std::span<const Frame> frames, const XyzWriteOptions& options) {
  write_file_atomic(path, [&](File& file) {
    if (options.append && file_exists(path)) file.write(read_file(path));
    std::string buffer;
    for (const Frame& frame : frames) {
      append_frame(buffer, frame, options);
      if (buffer.size() < kBuffer) continue;
      file.write(buffer);
      buffer.clear();
    }
    file.write(buffer);
  });
}

}  // namespace spinel
