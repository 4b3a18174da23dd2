#include "spinel/train/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::train {
namespace {

constexpr double kElementaryCharge = 1.602176634e-19;  // C, exact
constexpr double kAvogadro = 6.02214076e23;            // 1/mol, exact
constexpr double kHartree = 27.211386245988;           // eV
constexpr double kBohr = 0.529177210903;               // Å
constexpr double kPascal = 1e-30 / kElementaryCharge;  // eV/Å³

/// Powers of energy (eV), length (Å), charge (e), time (fs), temperature (K).
using Dimension = std::array<int, 5>;
struct Unit {
  std::string_view name;
  double factor;
  Dimension dimension;
};

constexpr Unit kUnits[] = {
    {"eV", 1, {1}},
    {"meV", 1e-3, {1}},
    {"J", 1 / kElementaryCharge, {1}},
    {"kJ", 1e3 / kElementaryCharge, {1}},
    {"kcal", 4184 / kElementaryCharge, {1}},
    {"cal", 4.184 / kElementaryCharge, {1}},
    {"Ha", kHartree, {1}},
    {"Hartree", kHartree, {1}},
    {"hartree", kHartree, {1}},
    {"mHa", kHartree * 1e-3, {1}},
    {"Eh", kHartree, {1}},
    {"Ry", kHartree / 2, {1}},
    // A number, not a dimension: an energy per mole is then an energy.
    {"mol", kAvogadro, {}},
    {"atom", 1, {}},
    {"1", 1, {}},
    {"Å", 1, {0, 1}},
    {"Ang", 1, {0, 1}},
    {"A", 1, {0, 1}},
    {"Angstrom", 1, {0, 1}},
    {"angstrom", 1, {0, 1}},
    {"Bohr", kBohr, {0, 1}},
    {"bohr", kBohr, {0, 1}},
    {"a0", kBohr, {0, 1}},
    {"nm", 10, {0, 1}},
    {"pm", 0.01, {0, 1}},
    {"m", 1e10, {0, 1}},
    {"Pa", kPascal, {1, -3}},
    {"GPa", kPascal * 1e9, {1, -3}},
    {"MPa", kPascal * 1e6, {1, -3}},
    {"bar", kPascal * 1e5, {1, -3}},
    {"kbar", kPascal * 1e8, {1, -3}},
    {"e", 1, {0, 0, 1}},
    // 1 D = 1e-21/c C·m.
    {"D", 1e-21 / 299792458 / kElementaryCharge * 1e10, {0, 1, 1}},
    {"Debye", 1e-21 / 299792458 / kElementaryCharge * 1e10, {0, 1, 1}},
    {"fs", 1, {0, 0, 0, 1}},
    {"ps", 1e3, {0, 0, 0, 1}},
    {"K", 1, {0, 0, 0, 0, 1}},
};

struct Value {
  double factor = 1;
  Dimension dimension{};
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  Value parse() {
    Value result;
    std::string_view rest = without_blanks(text_);
    require(!rest.empty(), "{}: the unit is empty; write for instance 'eV'", where_);
    for (int sign = 1;;) {
      rest = without_blanks(rest.substr(factor(rest, sign, result)));
      if (rest.empty()) return result;
      sign = rest.starts_with('/') ? -1 : 1;
      // Without a sign a blank, or the end of a power, multiplies.
      for (const std::string_view mark : {"/", "*", "·"}) {
        if (!rest.starts_with(mark)) continue;
        rest = without_blanks(rest.substr(mark.size()));
        break;
      }
    }
  }

 private:
  static std::string_view without_blanks(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
  }

  /// One name with its power; returns its length.
  size_t factor(std::string_view rest, int sign, Value& result) const {
    size_t length = rest.find_first_of(" */^");
    length = std::min({length, rest.find("·"), rest.find("³"), rest.find("²"), rest.size()});
    const std::string_view name = rest.substr(0, length);
    require(!name.empty(), "{}: a name is missing in unit '{}'; write for instance 'kcal/mol'", where_, text_);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (!unit) {
      std::vector<std::string> names;
      for (const Unit& candidate : kUnits) names.emplace_back(candidate.name);
      fail(ErrorKind::invalid_argument, "{}: unit '{}' in '{}' is unknown{}", where_, name, text_,
           suggestion(name, names));
    }
    int power = 1;
    length += power_of(rest.substr(length), power);
    power *= sign;
    result.factor *= std::pow(unit->factor, power);
    for (size_t k = 0; k < result.dimension.size(); ++k) result.dimension[k] += power * unit->dimension[k];
    return length;
  }

  size_t power_of(std::string_view rest, int& power) const {
    for (const auto& [sign, value] : {std::pair<std::string_view, int>{"²", 2}, {"³", 3}}) {
      if (!rest.starts_with(sign)) continue;
      power = value;
      return sign.size();
    }
    const std::string_view mark = without_blanks(rest);
    const size_t skip = mark.starts_with("**") ? 2 : mark.starts_with('^') ? 1 : 0;
    if (skip == 0) return 0;
    const std::string_view number = without_blanks(mark.substr(skip));
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), power);
    require(error == std::errc() && std::abs(power) <= 9, "{}: the power in unit '{}' is no integer from -9 to 9",
            where_, text_);
    return static_cast<size_t>(end - rest.data());
  }

  std::string_view text_, where_;
};

}  // namespace

double unit_factor(std::string_view from, std::string_view to, std::string_view where) {
  const Value a = Parser(from, where).parse();
  const Value b = Parser(to, where).parse();
  require(a.dimension == b.dimension, "{}: values in '{}' cannot be turned into '{}'; the dimensions differ", where,
          from, to);
  return a.factor / b.factor;
}

}  // namespace spinel::train
