// Databases made here row by row: each rule of ASE's tables that a file can break, and what the row's error names.
#ifdef SPINEL_HAVE_SQLITE
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <limits>

#include "spinel/atoms/ase_database.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using testing::HasSubstr;

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
/// A blob in SQL.
std::string blob(const std::string& bytes) {
  std::string text = "x'";
  for (const unsigned char byte : bytes) text += format("{:02x}", int{byte});
  return text + "'";
}

/// A database of the present version with one row, each part of which can be replaced.
struct Parts {
  std::string systems =
      "CREATE TABLE systems (id INTEGER PRIMARY KEY AUTOINCREMENT, numbers BLOB, positions BLOB, cell BLOB, "
      "pbc INTEGER, energy REAL, free_energy REAL, stress BLOB, dipole BLOB, magmom REAL, forces BLOB, charges BLOB, "
      "magmoms BLOB, initial_charges BLOB, initial_magmoms BLOB, momenta BLOB, masses BLOB, tags BLOB, "
      "key_value_pairs TEXT, data BLOB)";
  std::string information = "CREATE TABLE information (name TEXT, value TEXT)";
  std::string version = "9", metadata;
  bool has_row = true;
  std::string numbers = blob(bytes_of<int32_t>({8, 1}));
  std::string positions = blob(bytes_of<double>({0, 0, 0, 0, 0, 1}));
  /// More columns of the row: name, value.
  std::vector<std::pair<std::string, std::string>> more;
};

std::string make(const TemporaryFolder& folder, const Parts& parts) {
  const std::string path = folder.file("a.db");
  remove_file(path);
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  std::string columns = "numbers, positions, pbc", values = parts.numbers + ", " + parts.positions + ", 5";
  for (const auto& [name, value] : parts.more) {
    columns += ", " + name;
    values += ", " + value;
  }
  std::vector<std::string> statements = {parts.systems, parts.information};
  if (parts.information.starts_with("CREATE TABLE")) {
    if (!parts.version.empty())
      statements.push_back("INSERT INTO information VALUES ('version', " + parts.version + ")");
    if (!parts.metadata.empty()) {
      statements.push_back("INSERT INTO information VALUES ('metadata', '" + parts.metadata + "')");
    }
  }
  if (parts.has_row && parts.systems.starts_with("CREATE TABLE systems")) {
    statements.push_back("INSERT INTO systems (" + columns + ") VALUES (" + values + ")");
  }
  for (const std::string& statement : statements) {
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << statement << ": " << (message ? message : "");
    sqlite3_free(message);
  }
  sqlite3_close(database);
  return path;
}

struct AseDatabaseRules : testing::Test {
  std::vector<Frame> read(const Parts& parts) {
    AseDatabaseReader reader(make(folder, parts), "a.db");
    std::vector<Frame> frames;
    for (Frame frame; reader.next(frame);) frames.push_back(frame);
    left_out = reader.left_out();
    return frames;
  }
  Frame read_one(const std::string& column, const std::string& value) {
    Parts parts;
    parts.more.emplace_back(column, value);
    const std::vector<Frame> frames = read(parts);
    EXPECT_EQ(frames.size(), 1u);
    return frames.at(0);
  }
  std::string refused(const Parts& parts, ErrorKind kind = ErrorKind::corrupt) {
    const Error error = error_of([&] { read(parts); });
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), testing::StartsWith("a.db: "));
    return error.what();
  }
  std::string refused(const std::string& column, const std::string& value) {
    Parts parts;
    parts.more.emplace_back(column, value);
    return refused(parts);
  }
  TemporaryFolder folder;
  std::vector<std::string> left_out;
};

TEST_F(AseDatabaseRules, ARowOfTheLeastColumnsIsAFrame) {
  Parts parts;
  parts.systems = "CREATE TABLE systems (id INTEGER PRIMARY KEY, numbers BLOB, positions BLOB, cell BLOB, pbc INTEGER)";
  const std::vector<Frame> frames = read(parts);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].numbers, (std::vector<int64_t>{8, 1}));
  EXPECT_EQ(frames[0].positions[1], (Vector3{0, 0, 1}));
  EXPECT_EQ(frames[0].pbc, (std::array<bool, 3>{true, false, true}));  // bits of 5
  EXPECT_TRUE(frames[0].info.empty() && frames[0].arrays.empty());
}

TEST_F(AseDatabaseRules, TablesMustBeThereAndBeTables) {  // AR-04
  const auto with_systems = [&](const std::string& systems) {
    Parts parts;
    parts.systems = systems;
    return parts;
  };
  EXPECT_THAT(refused(with_systems("CREATE TABLE others (id INTEGER)")), HasSubstr("it has no table 'systems'"));
  EXPECT_THAT(refused(with_systems("CREATE VIEW systems AS SELECT 1 AS id")), HasSubstr("'systems' is no table"));
  Parts view;
  view.information = "CREATE VIEW information AS SELECT 'version' AS name, 9 AS value";
  EXPECT_THAT(refused(view), HasSubstr("'information' is no table"));
  Parts other;
  other.information = "CREATE TABLE something (name TEXT)";
  other.version.clear();
  EXPECT_THAT(refused(other), HasSubstr("it is of a version before 5"));
}

TEST_F(AseDatabaseRules, ColumnsOfEveryVersionMustBeThere) {
  for (const std::string missing : {"numbers", "positions", "cell", "pbc"}) {
    Parts parts;
    parts.systems = "CREATE TABLE systems (id INTEGER";
    for (const std::string column : {"numbers", "positions", "cell", "pbc"}) {
      if (column != missing) parts.systems += ", " + column;
    }
    parts.systems += ")";
    parts.has_row = false;
    EXPECT_THAT(refused(parts), HasSubstr(format("its table 'systems' has no column '{}'", missing)));
  }
}

TEST_F(AseDatabaseRules, VersionsAreReadWithinTheirLimits) {
  for (int version = 0; version < 13; ++version) {
    Parts parts;
    parts.version = std::to_string(version);
    if (version >= 5 && version <= 9) EXPECT_EQ(read(parts).size(), 1u) << version;
    else EXPECT_THAT(refused(parts, ErrorKind::invalid_argument), HasSubstr(format("version {}; 5 to 9", version)));
  }
  Parts none;
  none.version.clear();
  EXPECT_THAT(refused(none, ErrorKind::invalid_argument), HasSubstr("version 0"));
}

TEST_F(AseDatabaseRules, MetadataAreAMap) {
  Parts parts;
  parts.metadata = R"({"_distance_unit": "Ang"})";
  AseDatabaseReader reader(make(folder, parts));
  EXPECT_EQ(reader.metadata().at("_distance_unit").as_string(), "Ang");
  parts.metadata = "[1]";
  EXPECT_THAT(refused(parts), HasSubstr("its metadata are no map"));
  parts.metadata = "{";
  EXPECT_THAT(refused(parts), HasSubstr("a.db: metadata"));
}

TEST_F(AseDatabaseRules, BlobsHaveTheSizeOfTheirAtoms) {  // AR-04
  const std::string five = blob(bytes_of<double>({1, 2, 3, 4, 5}));
  for (const char* column : {"cell", "stress", "dipole", "forces", "momenta", "charges", "magmoms", "initial_charges",
                             "initial_magmoms", "masses"}) {
    EXPECT_THAT(refused(column, five), HasSubstr(format("a.db: row 1 (id 1): {} has 40 bytes, not", column)));
    EXPECT_THAT(refused(column, "x''"), HasSubstr(format("{} has 0 bytes", column))) << column;
  }
  EXPECT_THAT(refused("tags", blob(bytes_of<int32_t>({1, 2, 3}))), HasSubstr("tags has 12 bytes, not 8"));
  Parts parts;
  parts.positions = five;
  EXPECT_THAT(refused(parts), HasSubstr("positions has 40 bytes, not 48"));
  parts = Parts();
  parts.numbers = "x'010203'";
  EXPECT_THAT(refused(parts), HasSubstr("numbers has 3 bytes, not 0"));
}

TEST_F(AseDatabaseRules, NumbersAreThoseOfElements) {
  for (const int32_t number : {-1, 119, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()}) {
    Parts parts;
    parts.numbers = blob(bytes_of<int32_t>({8, number}));
    EXPECT_THAT(refused(parts), HasSubstr(format("{} is no atomic number", number)));
  }
  Parts ends;
  ends.numbers = blob(bytes_of<int32_t>({0, 118}));
  EXPECT_EQ(read(ends).at(0).numbers, (std::vector<int64_t>{0, 118}));
}

TEST_F(AseDatabaseRules, ScalarsAreNumbersOfAnyStorage) {
  for (const char* column : {"energy", "free_energy", "magmom"}) {
    for (const std::string& value : {std::string("-2.5"), blob(bytes_of<double>({-2.5}))}) {
      EXPECT_EQ(std::get<std::vector<double>>(read_one(column, value).info.at(column).values),
                std::vector<double>{-2.5});
    }
    EXPECT_EQ(std::get<std::vector<double>>(read_one(column, "3").info.at(column).values), std::vector<double>{3});
    EXPECT_FALSE(read_one(column, "NULL").info.count(column));
    EXPECT_THAT(refused(column, "'much'"), HasSubstr(format("{} is no number", column)));
    EXPECT_THAT(refused(column, "x'0102'"), HasSubstr(format("{} has 2 bytes, not 8", column)));
  }
}

TEST_F(AseDatabaseRules, ArraysKeepTheirOrderAndWidth) {
  const Frame moments = read_one("magmoms", blob(bytes_of<double>({1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(moments.arrays.at("magmoms").columns, 3);
  EXPECT_EQ(read_one("magmoms", blob(bytes_of<double>({1, 2}))).arrays.at("magmoms").columns, 1);
  const Frame stress = read_one("stress", blob(bytes_of<double>({1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(std::get<std::vector<double>>(stress.info.at("stress").values),
            (std::vector<double>{1, 6, 5, 6, 2, 4, 5, 4, 3}));
  const Frame tags = read_one("tags", blob(bytes_of<int32_t>({-3, 7})));
  EXPECT_EQ(std::get<std::vector<int64_t>>(tags.arrays.at("tags").values), (std::vector<int64_t>{-3, 7}));
  const Frame cell = read_one("cell", blob(bytes_of<double>({1, 2, 3, 4, 5, 6, 7, 8, 9})));
  EXPECT_EQ(cell.cell[1], (Vector3{4, 5, 6}));
}

TEST_F(AseDatabaseRules, EntriesAreAMapOfWhatAFrameCanHold) {
  EXPECT_THAT(refused("key_value_pairs", "'[1]'"), HasSubstr("row 1 (id 1): key_value_pairs is no map"));
  EXPECT_THAT(refused("key_value_pairs", "'{'"), HasSubstr("key_value_pairs"));
  EXPECT_THAT(refused("data", "x'00'"), HasSubstr("data: its JSON begins at byte"));
  EXPECT_THAT(refused("data", R"('{"a": {"__ndarray__": [[2], "float64", [1]]}}')"), HasSubstr("data: a"));
  EXPECT_TRUE(read_one("data", "'null'").info.empty());
  const Frame frame = read_one("data", R"('{"one": [1.5], "none": [], "pair": [1, 2], "odd": {"x": 1}}')");
  EXPECT_EQ(frame.info.at("one").shape, std::vector<int64_t>());
  EXPECT_EQ(frame.arrays.count("pair") + frame.info.count("pair"), 1u);
  EXPECT_EQ(left_out, (std::vector<std::string>{"none", "odd"}));
}

TEST_F(AseDatabaseRules, AnArrayPerAtomMustHaveItsAtoms) {
  // Forces are per atom by their name, so a row with another number of them is wrong.
  EXPECT_THAT(refused("data", R"('{"forces": [[1, 2, 3]]}')"),
              HasSubstr("forces has shape [1, 3], but there are 2 atoms"));
  EXPECT_THAT(refused("data", R"('{"partial_charges": 1.5}')"), HasSubstr("partial_charges has shape []"));
  const Frame frame = read_one("data", R"('{"atomic_forces": [[1, 2, 3], [4, 5, 6]], "total_energy": -3}')");
  EXPECT_EQ(frame.arrays.at("forces").columns, 3);
  EXPECT_TRUE(frame.info.count("energy"));
  EXPECT_FALSE(frame.info.count("total_energy"));
}

TEST_F(AseDatabaseRules, UnitsScaleWhatTheyName) {
  Parts parts;
  parts.more = {{"cell", blob(bytes_of<double>({1, 0, 0, 0, 1, 0, 0, 0, 1}))},
                {"data", R"('{"homo": [2], "lumo": [2]}')"}};
  AseDatabaseReader reader(make(folder, parts));
  reader.set_units({0.5, {{"homo", 10}}});
  Frame frame;
  ASSERT_TRUE(reader.next(frame));
  EXPECT_EQ(frame.positions[1], (Vector3{0, 0, 0.5}));
  EXPECT_EQ(frame.cell[2], (Vector3{0, 0, 0.5}));
  EXPECT_EQ(std::get<std::vector<double>>(frame.info.at("homo").values), std::vector<double>{20});
  EXPECT_EQ(std::get<std::vector<int64_t>>(frame.info.at("lumo").values), std::vector<int64_t>{2});
  EXPECT_FALSE(reader.next(frame));
}

}  // namespace
}  // namespace spinel
#endif
