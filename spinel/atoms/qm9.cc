#include "spinel/atoms/qm9.h"

#include <algorithm>
#include <cmath>

#include "spinel/atoms/constants.h"
#include "spinel/atoms/elements.h"
#include "spinel/atoms/line_reader.h"
#include "spinel/atoms/scan.h"
#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

/// The word with Mathematica's exponents as everybody else writes them: 1.5*^-6 is 1.5e-6.
bool parse_qm9_real(std::string_view word, double& value) {
  const size_t star = word.find("*^");
  if (star == word.npos) return scan::parse_real(word, value);
  std::string text(word.substr(0, star));
  text += 'e';
  text += word.substr(star + 2);
  return scan::parse_real(text, value);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  const char* at = line.data();
  const char* const end = at + line.size();
  for (std::string_view word = scan::next_word(at, end); !word.empty(); word = scan::next_word(at, end)) {
    words.push_back(word);
  }
  return words;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& name)
      : lines_(LineReader::over(text, name)), name_(name), text_size_(text.size()) {}

  Frame parse() {
    Frame frame;
    const int64_t atoms = count();
    properties(frame);
    this->atoms(frame, atoms);
    frequencies(frame, atoms);
    texts(frame);
    std::string_view line;
    while (lines_.next(line)) {
      if (!scan::trim(line).empty()) refuse("more follows behind the InChI line", line);
    }
    return frame;
  }

 private:
  [[noreturn]] void refuse(std::string_view what, std::string_view value) const {
    fail(ErrorKind::corrupt, "{}:{}: {}: '{}'; a file of QM9 is needed", name_, lines_.line_number(), what,
         to_valid_utf8(value.substr(0, 60)));
  }
  std::string_view line(std::string_view what) {
    std::string_view line;
    if (!lines_.next(line)) {
      fail(ErrorKind::corrupt, "{}: it ends before {}; the file is cut", name_, what);
    }
    return line;
  }
  double real(std::string_view word) const {
    double value = 0;
    if (!parse_qm9_real(word, value) || !std::isfinite(value)) refuse("not a finite number", word);
    return value;
  }

  int64_t count() {
    const std::string_view word = scan::trim(line("the number of atoms"));
    int64_t atoms = 0;
    // An atom takes a line of ten characters at least.
    if (!scan::parse_integer(word, atoms) || atoms < 1 || static_cast<uint64_t>(atoms) > text_size_ / 10) {
      refuse("not a number of atoms that the file has room for", word);
    }
    return atoms;
  }

  void properties(Frame& frame) {
    const std::string_view text = line("the properties");
    const auto words = words_of(text);
    const auto& known = qm9_properties();
    int64_t index = 0;
    if (words.size() != known.size() + 2 || words[0] != "gdb" || !scan::parse_integer(words[1], index) || index < 1) {
      refuse(format("not 'gdb', a number and {} properties", known.size()), text);
    }
    frame.info["gdb_index"] = {{}, std::vector<int64_t>{index}};
    for (size_t k = 0; k < known.size(); ++k) {
      const double factor = known[k].published == "Ha" ? kHartree : 1;
      frame.info[std::string(known[k].name)] = {{}, std::vector<double>{real(words[k + 2]) * factor}};
    }
  }

  void atoms(Frame& frame, int64_t atoms) {
    std::vector<double> charges;
    for (int64_t i = 0; i < atoms; ++i) {
      const std::string_view text = line("its last atom");
      const auto words = words_of(text);
      if (words.size() != 5) refuse("not a symbol, a position and a charge", text);
      const auto number = find_atomic_number(words[0]);
      if (!number || *number < 1) refuse("not an element", words[0]);
      frame.numbers.push_back(*number);
      frame.positions.push_back({real(words[1]), real(words[2]), real(words[3])});
      charges.push_back(real(words[4]));
    }
    frame.arrays["charges"] = {1, std::move(charges)};
  }

  void frequencies(Frame& frame, int64_t atoms) {
    const std::string_view text = line("the frequencies");
    std::vector<double> values;
    for (const std::string_view word : words_of(text)) values.push_back(real(word));
    const auto found = static_cast<int64_t>(values.size());
    // 3N less the rigid motions: six, five of a linear molecule.
    if (found != std::max<int64_t>(0, 3 * atoms - 6) && found != 3 * atoms - 5) {
      refuse(format("{} frequencies, but {} atoms have {} or {}", found, atoms, std::max<int64_t>(0, 3 * atoms - 6),
                    3 * atoms - 5),
             text);
    }
    if (found) frame.info["frequencies"] = {{found}, std::move(values)};
  }

  /// Two lines of two words: of the molecule in GDB-17, and of the relaxed structure.
  void texts(Frame& frame) {
    for (const char* key : {"smiles", "inchi"}) {
      const std::string_view text = line(key);
      const auto words = words_of(text);
      if (words.size() != 2) refuse(format("not two {}, of the molecule and of the relaxed structure", key), text);
      frame.info[key] = {{}, std::vector<std::string>{to_valid_utf8(words[1])}};
    }
  }

  LineReader lines_;
  const std::string& name_;
  size_t text_size_;
};

}  // namespace

const std::vector<Qm9Property>& qm9_properties() {
  static const std::vector<Qm9Property> properties = {
      {"rotational_constant_A", "GHz", "GHz"},
      {"rotational_constant_B", "GHz", "GHz"},
      {"rotational_constant_C", "GHz", "GHz"},
      {"dipole_moment", "Debye", "Debye"},
      {"isotropic_polarizability", "a0^3", "a0^3"},
      {"homo", "Ha", "eV"},
      {"lumo", "Ha", "eV"},
      {"gap", "Ha", "eV"},
      {"electronic_spatial_extent", "a0^2", "a0^2"},
      {"zpve", "Ha", "eV"},
      {"energy_U0", "Ha", "eV"},
      {"energy_U", "Ha", "eV"},
      {"enthalpy_H", "Ha", "eV"},
      {"free_energy", "Ha", "eV"},
      {"heat_capacity", "cal/mol/K", "cal/mol/K"},
  };
  return properties;
}

bool is_qm9(std::string_view text) {
  const size_t first = text.find('\n');
  if (first == text.npos) return false;
  const std::string_view second = text.substr(first + 1, 64);
  const auto words = words_of(second.substr(0, second.find('\n')));
  int64_t index = 0;
  return words.size() >= 2 && words[0] == "gdb" && scan::parse_integer(words[1], index);
}

Frame parse_qm9(std::string_view text, const std::string& name) { return Parser(text, name).parse(); }

std::vector<int64_t> parse_qm9_exclusions(std::string_view text, const std::string& name) {
  LineReader lines = LineReader::over(text, name);
  std::vector<int64_t> numbers;
  for (std::string_view line; lines.next(line);) {
    const char* at = line.data();
    int64_t number = 0;
    if (scan::parse_integer(scan::next_word(at, line.data() + line.size()), number) && number > 0) {
      numbers.push_back(number);
    }
  }
  if (numbers.empty()) {
    fail(ErrorKind::corrupt,
         "{}: no line begins with the number of a molecule; QM9's list of uncharacterized ones is "
         "needed",
         name);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace spinel
