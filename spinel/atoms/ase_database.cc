// The one source that knows SQLite.
#include "spinel/atoms/ase_database.h"

#include "spinel/base/error.h"

#ifdef SPINEL_HAVE_SQLITE
#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "spinel/atoms/ase_json.h"
#include "spinel/atoms/elements.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/utf8.h"
#endif

namespace spinel {

#ifdef SPINEL_HAVE_SQLITE
namespace {

constexpr int64_t rows_looked_at = 1000;  ///< to tell arrays per atom from arrays per frame
constexpr int oldest_version = 5, newest_version = 9;
constexpr int longest_value = 1 << 30;  ///< bytes of a text or blob

/// Columns of the table `systems`; a database has those of its version.
enum Column {
  id,
  numbers,
  positions,
  cell,
  pbc,
  energy,
  free_energy,
  stress,
  dipole,
  magmom,
  forces,
  charges,
  magmoms,
  initial_charges,
  initial_magmoms,
  momenta,
  masses,
  tags,
  key_value_pairs,
  data,
  num_columns,
};
constexpr const char* column_names[num_columns] = {
    "id",     "numbers", "positions",       "cell",    "pbc",     "energy",          "free_energy",     "stress",
    "dipole", "magmom",  "forces",          "charges", "magmoms", "initial_charges", "initial_magmoms", "momenta",
    "masses", "tags",    "key_value_pairs", "data",
};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
bool is_per_atom(std::string_view name) {
  return is_one_of(
      name, {"forces", "atomic_forces", "charges", "partial_charges", "mulliken_charges", "hirshfeld_charges",
             "magmoms", "initial_charges", "initial_magmoms", "momenta", "velocities", "masses", "tags", "shielding"});
}
bool is_per_frame(std::string_view name) {
  return is_one_of(name, {"energy", "total_energy", "free_energy", "stress", "virial", "virials", "dipole",
                          "dipole_moment", "polarizability", "magmom"});
}

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

int64_t num_elements(const FrameProperty& property) {
  return std::visit([](const auto& values) { return static_cast<int64_t>(values.size()); }, property.values);
}

/// [1] → a scalar, [1,3] → [3]; the values stay.
void drop_leading_ones(FrameProperty& property) {
  size_t ones = 0;
  while (ones < property.shape.size() && property.shape[ones] == 1) ++ones;
  property.shape.erase(property.shape.begin(), property.shape.begin() + static_cast<std::ptrdiff_t>(ones));
}

void scale(FrameProperty& property, double factor) {
  if (factor == 1) return;
  if (const auto* integers = std::get_if<std::vector<int64_t>>(&property.values)) {
    property.values = std::vector<double>(integers->begin(), integers->end());
  }
  if (auto* reals = std::get_if<std::vector<double>>(&property.values)) {
    for (double& value : *reals) value *= factor;
  }
}

/// xx yy zz yz xz xy → 3x3.
FrameProperty stress_matrix(const std::vector<double>& v) {
  return {{3, 3}, std::vector<double>{v[0], v[5], v[4], v[5], v[1], v[3], v[4], v[3], v[2]}};
}

}  // namespace

struct AseDatabaseReader::State {
  State(const std::string& path, std::string shown) : name(std::move(shown)) {
    // SQLite would say of a missing file, a folder and a damaged one alike that it cannot be opened.
    File::open(path).close();
    sqlite3* handle = nullptr;
    const int status = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    database.reset(handle);
    if (!handle) fail(ErrorKind::unavailable, "{}: no memory for SQLite", name);
    check(status);
    // The file may come from anywhere: nothing in its schema is executed.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longest_value);
    check(sqlite3_exec(handle, "PRAGMA cell_size_check=ON", nullptr, nullptr, nullptr));
    check_schema();
    read_information();
    const Statement count = prepare("SELECT count(*) FROM systems");
    check(sqlite3_step(count.get()));
    size = sqlite3_column_int64(count.get(), 0);
    look_at_rows();
  }

  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorKind::corrupt, "{}: {}; it is damaged or no database of ASE", where(), what);
  }
  /// "file: row 7 (id 9)".
  std::string where() const { return row ? format("{}: row {} (id {})", name, row, row_id) : name; }

  void check(int status) const {
    if (status == SQLITE_OK || status == SQLITE_ROW || status == SQLITE_DONE) return;
    const std::string text = to_valid_utf8(sqlite3_errmsg(database.get()));
    if (status == SQLITE_NOMEM || status == SQLITE_BUSY || status == SQLITE_LOCKED || status == SQLITE_CANTOPEN) {
      fail(ErrorKind::unavailable, "{}: SQLite cannot read it ({})", where(), text);
    }
    refuse("SQLite says '" + text + "'");
  }
  Statement prepare(const std::string& text) const {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database.get(), text.c_str(), -1, &statement, nullptr));
    return Statement(statement);
  }
  static std::string text_of(sqlite3_stmt* statement, int column) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    return text ? std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column))) : std::string();
  }

  /// The tables must be tables: a view or a virtual one would run what its author wrote.
  void check_schema() {
    const Statement tables =
        prepare("SELECT name, type, sql FROM sqlite_master WHERE name IN ('systems', 'information')");
    bool found = false;
    while (true) {
      const int status = sqlite3_step(tables.get());
      check(status);
      if (status == SQLITE_DONE) break;
      const std::string table = text_of(tables.get(), 0);
      if (text_of(tables.get(), 1) != "table" || !text_of(tables.get(), 2).starts_with("CREATE TABLE")) {
        refuse("'" + table + "' is no table");
      }
      found = found || table == "systems";
      has_information = has_information || table == "information";
    }
    if (!found) refuse("it has no table 'systems'");
    std::set<std::string> present;
    const Statement columns = prepare("SELECT name FROM pragma_table_info('systems')");
    int status;
    for (check(status = sqlite3_step(columns.get())); status == SQLITE_ROW;
         check(status = sqlite3_step(columns.get()))) {
      present.insert(text_of(columns.get(), 0));
    }
    std::string wanted;
    for (int k = 0; k < num_columns; ++k) {
      const bool there = present.count(column_names[k]) > 0;
      if (!there && k <= pbc) refuse(format("its table 'systems' has no column '{}'", column_names[k]));
      if (k) wanted += ", ";
      wanted += there ? column_names[k] : "NULL";
    }
    select = "SELECT " + wanted + " FROM systems ORDER BY id";
  }

  void read_information() {
    metadata = Config::map();
    if (!has_information) refuse(format("it is of a version before {}", oldest_version));
    const Statement rows = prepare("SELECT name, value FROM information");
    int64_t version = 0;
    int status;
    for (check(status = sqlite3_step(rows.get())); status == SQLITE_ROW; check(status = sqlite3_step(rows.get()))) {
      const std::string key = text_of(rows.get(), 0);
      if (key == "version") version = sqlite3_column_int64(rows.get(), 1);
      if (key == "metadata") metadata = ase::parse_text(text_of(rows.get(), 1), name + ": metadata").object;
    }
    if (!metadata.is_map()) refuse("its metadata are no map");
    if (version < oldest_version || version > newest_version) {
      fail(ErrorKind::invalid_argument, "{}: its format has version {}; {} to {} are read", name, version,
           oldest_version, newest_version);
    }
  }

  /// Decides which entries are per atom.
  void look_at_rows() {
    std::set<std::string> atoms, frames;
    rewind();
    Frame frame;
    while (row < rows_looked_at && step()) {
      const int64_t size = count_atoms();
      for_each_entry([&](const std::string& key, const FrameProperty& property) {
        const bool fits = !property.shape.empty() && property.shape[0] == size &&
                          !(size == 1 && property.shape.size() == 1) &&
                          !std::holds_alternative<std::vector<std::string>>(property.values);
        (fits ? atoms : frames).insert(key);
      });
    }
    for (const std::string& key : atoms) {
      if (is_per_atom(key) || (!frames.count(key) && !is_per_frame(key))) per_atom.insert(key);
    }
    for (const std::string& key : frames) {
      if (is_per_atom(key)) per_atom.insert(key);
    }
    rewind();
  }

  void rewind() {
    rows = prepare(select);
    row = 0;
  }
  bool step() {
    const int status = sqlite3_step(rows.get());
    if (status != SQLITE_ROW && status != SQLITE_DONE) {
      ++row;
      row_id = -1;
      check(status);
    }
    if (status == SQLITE_DONE) return false;
    const int64_t next_id = sqlite3_column_int64(rows.get(), id);
    // Damaged pages may lead back to others, which would never end.
    if (row && next_id <= row_id) refuse(format("the next id is {}", next_id));
    ++row;
    row_id = next_id;
    return true;
  }

  std::span<const std::byte> blob(Column column) const {
    const void* const bytes = sqlite3_column_blob(rows.get(), column);
    return {static_cast<const std::byte*>(bytes), static_cast<size_t>(sqlite3_column_bytes(rows.get(), column))};
  }
  bool is_null(Column column) const { return sqlite3_column_type(rows.get(), column) == SQLITE_NULL; }

  template <typename T>
  std::vector<T> values(Column column, int64_t wanted) const {
    const auto bytes = blob(column);
    if (bytes.size() != static_cast<uint64_t>(wanted) * sizeof(T)) {
      refuse(format("{} has {} bytes, not {}", column_names[column], bytes.size(),
                    static_cast<uint64_t>(wanted) * sizeof(T)));
    }
    std::vector<T> result(static_cast<size_t>(wanted));
    if (wanted) std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
  }

  int64_t count_atoms() const { return static_cast<int64_t>(blob(numbers).size() / sizeof(int32_t)); }

  /// Entries of key_value_pairs and data that a frame can hold, with leading axes of length 1 gone where that is right.
  template <typename Use>
  void for_each_entry(Use&& use) {
    for (const Column column : {key_value_pairs, data}) {
      if (is_null(column)) continue;
      const bool binary = sqlite3_column_type(rows.get(), column) == SQLITE_BLOB;
      const std::string place = where() + ": " + column_names[column];
      const auto bytes = blob(column);
      const auto encoded = binary ? ase::parse_bytes(bytes, place)
                                  : ase::parse_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, place);
      if (encoded.object.is_null()) continue;
      if (!encoded.object.is_map()) refuse(format("{} is no map", column_names[column]));
      for (const auto& [key, value] : encoded.object.as_map()) {
        auto property = ase::to_property(value, encoded.bytes, place + ": " + key);
        if (!property) left_out.insert(key);
        else use(key, *property);
      }
    }
  }

  void read(Frame& frame) {
    frame = Frame();
    const int64_t atoms = count_atoms();
    for (const int32_t number : values<int32_t>(numbers, atoms)) {
      if (number < 0 || number > kLargestAtomicNumber) refuse(format("{} is no atomic number", number));
      frame.numbers.push_back(number);
    }
    const auto places = values<double>(positions, 3 * atoms);
    for (size_t i = 0; i < static_cast<size_t>(atoms); ++i) {
      frame.positions.push_back(
          {places[3 * i] * units.distance, places[3 * i + 1] * units.distance, places[3 * i + 2] * units.distance});
    }
    if (!is_null(cell)) {
      const auto vectors = values<double>(cell, 9);
      for (size_t k = 0; k < 9; ++k) frame.cell[k / 3][k % 3] = vectors[k] * units.distance;
    }
    const int64_t periodic = sqlite3_column_int64(rows.get(), pbc);
    for (int k = 0; k < 3; ++k) frame.pbc[static_cast<size_t>(k)] = periodic >> k & 1;
    read_columns(frame, atoms);
    for_each_entry([&](const std::string& key, FrameProperty& property) {
      const auto factor = units.values.find(key);
      if (factor != units.values.end()) scale(property, factor->second);
      place(frame, key, property, atoms);
    });
    rename(frame.info, "total_energy", "energy");
    rename(frame.arrays, "atomic_forces", "forces");
  }

  /// What ASE keeps in columns of their own, in its units (eV, Å).
  void read_columns(Frame& frame, int64_t atoms) const {
    for (const Column column : {energy, free_energy, magmom}) {
      // Version 5 has the magnetic moment as a blob.
      const int type = sqlite3_column_type(rows.get(), column);
      if (type == SQLITE_FLOAT || type == SQLITE_INTEGER) {
        frame.info[column_names[column]] = {{}, std::vector<double>{sqlite3_column_double(rows.get(), column)}};
      } else if (type == SQLITE_BLOB) {
        frame.info[column_names[column]] = {{}, values<double>(column, 1)};
      } else if (type != SQLITE_NULL) {
        refuse(format("{} is no number", column_names[column]));
      }
    }
    if (!is_null(stress)) frame.info["stress"] = stress_matrix(values<double>(stress, 6));
    if (!is_null(dipole)) frame.info["dipole"] = {{3}, values<double>(dipole, 3)};
    for (const Column column : {forces, momenta}) {
      if (!is_null(column)) frame.arrays[column_names[column]] = {3, values<double>(column, 3 * atoms)};
    }
    for (const Column column : {charges, magmoms, initial_charges, initial_magmoms, masses}) {
      if (is_null(column)) continue;
      // Magnetic moments may be vectors.
      const int columns = atoms && blob(column).size() == static_cast<uint64_t>(atoms) * 3 * sizeof(double) ? 3 : 1;
      frame.arrays[column_names[column]] = {columns, values<double>(column, columns * atoms)};
    }
    if (!is_null(tags)) {
      const auto read = values<int32_t>(tags, atoms);
      frame.arrays["tags"] = {1, std::vector<int64_t>(read.begin(), read.end())};
    }
  }

  void place(Frame& frame, const std::string& key, FrameProperty& property, int64_t atoms) {
    if (!per_atom.count(key)) {
      drop_leading_ones(property);
      // Nothing can be written that is empty.
      if (num_elements(property) == 0) left_out.insert(key);
      else frame.info[key] = std::move(property);
      return;
    }
    if (property.shape.empty() || property.shape[0] != atoms) {
      refuse(format("{} has shape [{}], but there are {} atoms", to_valid_utf8(key), join_text(property.shape, ", "),
                    atoms));
    }
    const int64_t elements = num_elements(property);
    if (elements == 0) left_out.insert(key);
    else frame.arrays[key] = {static_cast<int>(elements / atoms), std::move(property.values)};
  }

  template <typename Properties>
  static void rename(Properties& properties, const char* from, const char* to) {
    const auto found = properties.find(from);
    if (found == properties.end() || properties.count(to)) return;
    auto value = std::move(found->second);
    properties.erase(found);
    properties[to] = std::move(value);
  }

  std::string name;
  Database database;
  Statement rows;  // ends before its database
  std::string select;
  Config metadata;
  AseDatabaseUnits units;
  std::set<std::string> per_atom, left_out;
  int64_t size = 0, row = 0, row_id = 0;
  bool has_information = false;
};

AseDatabaseReader::AseDatabaseReader(const std::string& path, const std::string& name)
    : state_(std::make_unique<State>(path, name.empty() ? path : name)) {}

bool AseDatabaseReader::next(Frame& frame) {
  if (!state_->step()) return false;
  state_->read(frame);
  return true;
}
int64_t AseDatabaseReader::size() const { return state_->size; }
const Config& AseDatabaseReader::metadata() const { return state_->metadata; }
void AseDatabaseReader::set_units(AseDatabaseUnits units) { state_->units = std::move(units); }
std::vector<std::string> AseDatabaseReader::left_out() const {
  return {state_->left_out.begin(), state_->left_out.end()};
}

#else

struct AseDatabaseReader::State {
  Config metadata;
};

AseDatabaseReader::AseDatabaseReader(const std::string& path, const std::string&) {
  fail(ErrorKind::unavailable,
       "{}: this build reads no databases; install libsqlite3-dev and configure with -DSPINEL_SQLITE=ON", path);
}
bool AseDatabaseReader::next(Frame&) { return false; }
int64_t AseDatabaseReader::size() const { return 0; }
const Config& AseDatabaseReader::metadata() const { return state_->metadata; }
void AseDatabaseReader::set_units(AseDatabaseUnits) {}
std::vector<std::string> AseDatabaseReader::left_out() const { return {}; }

#endif

AseDatabaseReader::~AseDatabaseReader() = default;
AseDatabaseReader::AseDatabaseReader(AseDatabaseReader&&) noexcept = default;
AseDatabaseReader& AseDatabaseReader::operator=(AseDatabaseReader&&) noexcept = default;

}  // namespace spinel
