#include "spinel/atoms/pymatgen_json.h"

#include <cmath>
#include <optional>

#include "spinel/atoms/elements.h"
#include "spinel/base/config.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

// "data" in the API of 2022, "response" in the one before.
const std::vector<std::string> list_keys = {"data", "response"};

class Document {
 public:
  Document(const Config& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_map()) refuse("it is " + std::string(value.type_name()) + ", not a map");
    const Config* const id = value.find("material_id");
    if (id && id->is_string()) where_ += " (" + id->as_string() + ")";
  }

  Frame frame() const {
    const Config* const inner = value_.find("structure");
    require(!inner || !inner->is_string(),
            "{}: its structure is text, such as CIF, which is not read here; in Python, put "
            "pymatgen.core.Structure.from_str(text, fmt='cif').as_dict() in its place and save the JSON again",
            where_);
    const Config& structure = inner ? *inner : value_;
    if (!structure.is_map() || !structure.contains("sites")) refuse("it has no structure with 'sites'");
    Frame frame;
    lattice(frame, structure);
    sites(frame, structure.at("sites"));
    for (const auto& [key, value] : value_.as_map()) {
      // "@module", "@class": what pymatgen's own reader needs.
      if (!key.empty() && key[0] != '@') property(frame, key, value);
    }
    return frame;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorKind::corrupt, "{}: {}; documents of the Materials Project or pymatgen's structures are needed", where_,
         what);
  }

  double number(const Config& value, const std::string& what) const {
    if (value.type() != Config::Type::integer && value.type() != Config::Type::number) {
      refuse(format("{} is {} where a number is needed", what, value.type_name()));
    }
    return value.as_double();
  }

  Vector3 vector(const Config& value, const std::string& what) const {
    if (!value.is_list() || value.as_list().size() != 3) refuse(what + " is no list of three numbers");
    Vector3 result;
    for (size_t k = 0; k < 3; ++k) {
      result[k] = number(value.as_list()[k], "a part of " + what);
      if (!std::isfinite(result[k])) refuse(what + " is not finite");
    }
    return result;
  }

  void lattice(Frame& frame, const Config& structure) const {
    const Config* const lattice = structure.find("lattice");
    if (!lattice) return;
    const Config* const matrix = lattice->is_map() ? lattice->find("matrix") : nullptr;
    if (!matrix || !matrix->is_list() || matrix->as_list().size() != 3) refuse("its lattice has no matrix of 3x3");
    for (size_t k = 0; k < 3; ++k) frame.cell[k] = vector(matrix->as_list()[k], "a row of its lattice");
    frame.pbc = {true, true, true};
    if (const Config* const pbc = lattice->find("pbc")) {
      if (!pbc->is_list() || pbc->as_list().size() != 3) refuse("pbc is no list of three");
      for (size_t k = 0; k < 3; ++k) {
        if (pbc->as_list()[k].type() != Config::Type::boolean) refuse("pbc holds what is neither true nor false");
        frame.pbc[k] = pbc->as_list()[k].as_bool();
      }
    }
  }

  /// The one element of a site: "element" of its one species, without the charge in "Na+".
  int64_t element_of(const Config& site, const std::string& what) const {
    const Config* const species = site.find("species");
    if (!species || !species->is_list() || species->as_list().empty()) refuse(what + " has no species");
    const Config& first = species->as_list()[0];
    const Config* const name = first.is_map() ? first.find("element") : nullptr;
    if (!name || !name->is_string()) refuse(what + " has a species without 'element'");
    const Config* const occupation = first.find("occu");
    const double occupied = occupation ? number(*occupation, "the occupation of " + what) : 1;
    require(species->as_list().size() == 1 && std::abs(occupied - 1) < 1e-6,
            "{}: {} is shared or partly occupied ({} species, the first to {}); only ordered structures have frames",
            where_, what, species->as_list().size(), occupied);
    const std::string& symbol = name->as_string();
    const auto number = find_atomic_number(symbol.substr(0, symbol.find_first_of("0123456789+-")));
    if (!number || *number < 1) refuse(what + " has the unknown element '" + symbol + "'");
    return *number;
  }

  void sites(Frame& frame, const Config& sites) const {
    if (!sites.is_list()) refuse("its sites are no list");
    const bool crystal = frame.cell != Matrix3{};
    for (size_t i = 0; i < sites.as_list().size(); ++i) {
      const Config& site = sites.as_list()[i];
      const std::string what = format("site {}", i + 1);
      if (!site.is_map()) refuse(what + " is no map");
      frame.numbers.push_back(element_of(site, what));
      // The fractional coordinates are what a structure is made from; xyz repeats them.
      const Config* const abc = crystal ? site.find("abc") : nullptr;
      const Config* const xyz = site.find("xyz");
      if (!abc && !xyz) refuse(what + " has no position");
      const Vector3 given = vector(abc ? *abc : *xyz, what + "'s position");
      Vector3 position = given;
      for (size_t k = 0; abc && k < 3; ++k) {
        position[k] = given[0] * frame.cell[0][k] + given[1] * frame.cell[1][k] + given[2] * frame.cell[2][k];
      }
      frame.positions.push_back(position);
      atom_properties(frame, site, i);
    }
    // What not all sites have is no property of the atoms.
    std::erase_if(frame.arrays, [&](const auto& entry) {
      const auto& [key, property] = entry;
      return std::get<std::vector<double>>(property.values).size() != frame.numbers.size() * size_t(property.columns);
    });
  }

  void atom_properties(Frame& frame, const Config& site, size_t index) const {
    const Config* const properties = site.find("properties");
    if (!properties || !properties->is_map()) return;
    for (const auto& [key, value] : properties->as_map()) {
      const auto numbers = numbers_of(value);
      if (!numbers) continue;
      AtomProperty& property = frame.arrays[key];
      if (!std::holds_alternative<std::vector<double>>(property.values)) continue;
      auto& values = std::get<std::vector<double>>(property.values);
      if (index == 0) property.columns = static_cast<int>(numbers->size());
      if (values.size() == index * numbers->size()) values.insert(values.end(), numbers->begin(), numbers->end());
    }
  }

  /// A number, or three of them.
  static std::optional<std::vector<double>> numbers_of(const Config& value) {
    const auto is_number = [](const Config& item) {
      return item.type() == Config::Type::integer || item.type() == Config::Type::number;
    };
    if (is_number(value)) return std::vector<double>{value.as_double()};
    if (!value.is_list() || value.as_list().size() != 3) return std::nullopt;
    std::vector<double> numbers;
    for (const Config& item : value.as_list()) {
      if (!is_number(item)) return std::nullopt;
      numbers.push_back(item.as_double());
    }
    return numbers;
  }

  static void property(Frame& frame, const std::string& key, const Config& value) {
    switch (value.type()) {
      case Config::Type::boolean: frame.info[key] = {{}, std::vector<uint8_t>{value.as_bool()}}; break;
      case Config::Type::integer: frame.info[key] = {{}, std::vector<int64_t>{value.as_int()}}; break;
      case Config::Type::number: frame.info[key] = {{}, std::vector<double>{value.as_double()}}; break;
      case Config::Type::string: frame.info[key] = {{}, std::vector<std::string>{value.as_string()}}; break;
      default: break;
    }
  }

  const Config& value_;
  std::string where_;
};

}  // namespace

PymatgenReader::PymatgenReader(JsonItems items, std::string name) : items_(std::move(items)), name_(std::move(name)) {}
PymatgenReader::PymatgenReader(const std::string& path, const std::string& name)
    : PymatgenReader(JsonItems(path, {.list_keys = list_keys, .name = name}), name.empty() ? path : name) {}
PymatgenReader PymatgenReader::over(std::string_view text, std::string name) {
  return {JsonItems(text, name, {.list_keys = list_keys}), name};
}

bool PymatgenReader::next(Frame& frame) {
  std::string_view item;
  if (!items_.next(item)) return false;
  const std::string where = format("{}: document {} from line {}", name_, items_.count(), items_.line());
  Config value;
  try {
    value = parse_json(item, where);
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, error.what());
  }
  frame = Document(value, where).frame();
  return true;
}

}  // namespace spinel
