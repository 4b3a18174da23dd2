#include "spinel/atoms/xyz_columns.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/scan.h"
#include "spinel/base/error.h"

namespace spinel::xyz {

namespace {

constexpr int64_t kMostColumns = 100000;

std::string_view type_name(Column::Type type) {
  switch (type) {
    case Column::Type::text: return "text";
    case Column::Type::real: return "real number";
    case Column::Type::integer: return "integer";
    case Column::Type::logical: return "logical (T or F)";
  }
  return "";
}

Column::Type parse_type(std::string_view text, std::string_view name, const Place& place) {
  if (text == "S") return Column::Type::text;
  if (text == "R") return Column::Type::real;
  if (text == "I") return Column::Type::integer;
  if (text == "L") return Column::Type::logical;
  fail(ErrorKind::corrupt, "{}: Properties gives '{}' the type '{}'; S, R, I and L exist", to_string(place), name,
       text.substr(0, 20));
}

// Names that ASE's arrays have under another name.
std::string array_name(std::string_view name) { return name == "charge" ? "charges" : std::string(name); }

void assign_role(Column& column, const Place& place) {
  using Role = Column::Role;
  using Type = Column::Type;
  auto demand = [&](Type type, std::string_view code, int count) {
    if (column.type != type || column.count != count) {
      fail(ErrorKind::corrupt, "{}: Properties declares '{}' with {} columns of type {}; it must be {}:{}:{}",
           to_string(place), column.name, column.count, type_name(column.type), column.name, code, count);
    }
  };
  if (column.name == "species") {
    demand(Type::text, "S", 1);
    column.role = Role::species;
  } else if (column.name == "Z") {
    demand(Type::integer, "I", 1);
    column.role = Role::numbers;
  } else if (column.name == "pos") {
    demand(Type::real, "R", 3);
    column.role = Role::positions;
  } else {
    column.name = array_name(column.name);
  }
}

[[noreturn]] void bad_word(std::string_view word, const char* line, const Column& column, const Place& place) {
  fail(ErrorKind::corrupt, "{}, column {}: '{}' is no {}, which {} needs", to_string(place), word.data() - line + 1,
       word.substr(0, 40), type_name(column.type), column.role == Column::Role::positions ? "pos" : column.name);
}

}  // namespace

std::string to_string(const Place& place) {
  return format("{}: frame {}, line {}", place.file, place.frame, place.line);
}

std::vector<Column> parse_properties(std::string_view properties, const Place& place) {
  std::vector<std::string_view> fields;
  for (std::string_view rest = properties;;) {
    const size_t colon = rest.find(':');
    fields.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (fields.size() % 3 != 0) {
    fail(ErrorKind::corrupt, "{}: Properties '{}' has {} fields; it must consist of name:type:columns",
         to_string(place), properties.substr(0, 80), fields.size());
  }
  std::vector<Column> columns;
  std::set<std::string> names;
  int64_t total = 0;
  for (size_t i = 0; i < fields.size(); i += 3) {
    Column column;
    column.name = fields[i];
    column.type = parse_type(fields[i + 1], fields[i], place);
    int64_t count = 0;
    if (!scan::parse_integer(fields[i + 2], count) || count < 1 || (total += count) > kMostColumns) {
      fail(ErrorKind::corrupt, "{}: Properties gives '{}' {} columns; it must be 1 to {}", to_string(place), fields[i],
           fields[i + 2].substr(0, 20), kMostColumns);
    }
    column.count = static_cast<int>(count);
    assign_role(column, place);
    if (!names.insert(column.name).second) {
      fail(ErrorKind::corrupt, "{}: Properties names '{}' twice", to_string(place), fields[i]);
    }
    columns.push_back(std::move(column));
  }
  auto has = [&](Column::Role role) {
    return std::any_of(columns.begin(), columns.end(), [&](const Column& c) { return c.role == role; });
  };
  if (!has(Column::Role::positions) || !(has(Column::Role::species) || has(Column::Role::numbers))) {
    fail(ErrorKind::corrupt, "{}: Properties '{}' lacks {}", to_string(place), properties.substr(0, 80),
         has(Column::Role::positions) ? "species:S:1 or Z:I:1" : "pos:R:3");
  }
  return columns;
}

RowReader::RowReader(const std::vector<Column>& columns, bool loose, bool allow_nonfinite, Frame& frame)
    : loose_(loose), allow_nonfinite_(allow_nonfinite), frame_(frame) {
  targets_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    targets_[i].column = &columns[i];
    targets_[i].property.columns = columns[i].count;
    has_numbers_ |= columns[i].role == Column::Role::numbers;
    switch (columns[i].type) {
      case Column::Type::text: targets_[i].property.values = std::vector<std::string>(); break;
      case Column::Type::real: targets_[i].property.values = std::vector<double>(); break;
      case Column::Type::integer: targets_[i].property.values = std::vector<int64_t>(); break;
      case Column::Type::logical: targets_[i].property.values = std::vector<uint8_t>(); break;
    }
  }
}

void RowReader::reserve(int64_t expected) {
  frame_.numbers.reserve(expected);
  frame_.positions.reserve(expected);
  for (Target& target : targets_) {
    if (target.column->role != Column::Role::array) continue;
    std::visit([&](auto& values) { values.reserve(expected * target.column->count); }, target.property.values);
  }
}

void RowReader::read_species(std::string_view word, const char* line, const Place& place) {
  if (has_numbers_) return;  // Z decides, as in ASE
  // As ASE: "CL" and "cl" are chlorine.
  char symbol[2] = {0, 0};
  if (word.size() <= 2) {
    for (size_t i = 0; i < word.size(); ++i) {
      const char c = word[i];
      if (i == 0) symbol[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      else symbol[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (const auto number = find_atomic_number({symbol, word.size()})) {
      frame_.numbers.push_back(*number);
      return;
    }
  }
  int64_t number = 0;
  if (scan::parse_integer(word, number) && number >= 0 && number <= kLargestAtomicNumber) {
    frame_.numbers.push_back(number);
    return;
  }
  try {
    atomic_number(word, format("{}, column {}: ", to_string(place), word.data() - line + 1));
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, error.what());
  }
}

void RowReader::read(std::string_view line, const Place& place) {
  const char *at = line.data(), *end = line.data() + line.size();
  auto word_of = [&](const Column& column) {
    const std::string_view word = scan::next_word(at, end);
    if (word.empty()) {
      fail(ErrorKind::corrupt,
           "{}: the line ends before {}; it must have the columns that Properties declares, and the "
           "frame as many lines as its first one says",
           to_string(place), column.role == Column::Role::positions ? "pos" : column.name);
    }
    return word;
  };
  for (Target& target : targets_) {
    const Column& column = *target.column;
    if (column.role == Column::Role::species) {
      read_species(word_of(column), line.data(), place);
      continue;
    }
    if (column.role == Column::Role::positions) {
      Vector3& r = frame_.positions.emplace_back();
      for (double& v : r) {
        const std::string_view word = word_of(column);
        if (!scan::parse_real(word, v)) bad_word(word, line.data(), column, place);
        if (!std::isfinite(v) && !allow_nonfinite_) {
          fail(ErrorKind::invalid_argument, "{}, column {}: the position '{}' is not finite", to_string(place),
               word.data() - line.data() + 1, word.substr(0, 40));
        }
      }
      continue;
    }
    for (int c = 0; c < column.count; ++c) {
      const std::string_view word = word_of(column);
      bool good = true;
      auto& values = target.property.values;
      if (column.type == Column::Type::real) {
        good = scan::parse_real(word, std::get<0>(values).emplace_back());
      } else if (column.type == Column::Type::integer) {
        int64_t& value = std::get<1>(values).emplace_back();
        good = scan::parse_integer(word, value);
        if (column.role == Column::Role::numbers && good) {
          good = value >= 0 && value <= kLargestAtomicNumber;
          frame_.numbers.push_back(value);
        }
      } else if (column.type == Column::Type::logical) {
        bool value = false;
        good = scan::parse_boolean(word, value);
        std::get<2>(values).push_back(value);
      } else {
        std::get<3>(values).emplace_back(word);
      }
      if (!good) bad_word(word, line.data(), column, place);
    }
  }
  if (loose_) return;
  const std::string_view surplus = scan::next_word(at, end);
  if (!surplus.empty()) {
    fail(ErrorKind::corrupt, "{}, column {}: '{}' follows the columns that Properties declares", to_string(place),
         surplus.data() - line.data() + 1, surplus.substr(0, 40));
  }
}

void RowReader::finish() {
  for (Target& target : targets_) {
    if (target.column->role != Column::Role::array) continue;
    frame_.arrays.insert_or_assign(target.column->name, std::move(target.property));
  }
}

}  // namespace spinel::xyz
