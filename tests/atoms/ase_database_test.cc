// Against what ASE 3.29 and SchNetPack 2.2 read from the same files (tests/golden/atoms/ase/make.py).
#include "spinel/atoms/ase_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/ase_json.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/zip_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string golden(const std::string& name) { return source_dir() + "/tests/golden/atoms/ase/" + name; }
const Config& expected(const std::string& name) {
  static const Config all = parse_json(read_file(golden("expected.json")), "expected.json");
  return all.at(name);
}

std::vector<Frame> frames_of(AseDatabaseReader& reader) {
  std::vector<Frame> frames;
  for (Frame frame; reader.next(frame);) frames.push_back(frame);
  return frames;
}
std::vector<Frame> read(const std::string& path) {
  AseDatabaseReader reader(path);
  return frames_of(reader);
}

void flatten(const Config& value, std::vector<double>& numbers) {
  if (value.is_list()) {
    for (const Config& item : value.as_list()) flatten(item, numbers);
  } else {
    numbers.push_back(value.type() == Config::Type::boolean ? value.as_bool() : value.as_double());
  }
}
std::vector<double> flat(const Config& value) {
  std::vector<double> numbers;
  flatten(value, numbers);
  return numbers;
}
template <typename Property>
std::vector<double> flat(const Property& property) {
  return std::visit(
      [](const auto& values) -> std::vector<double> {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>) return {};
        else return {values.begin(), values.end()};
      },
      property.values);
}
std::vector<double> flat(const Frame& frame, const std::string& key) {
  if (const auto found = frame.arrays.find(key); found != frame.arrays.end()) return flat(found->second);
  if (const auto found = frame.info.find(key); found != frame.info.end()) return flat(found->second);
  ADD_FAILURE() << "no " << key;
  return {};
}
void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], tolerance) << what << " " << k;
}

void expect_atoms(const Frame& frame, const Config& wanted) {
  EXPECT_EQ(frame.numbers, wanted.at("numbers").as_ints());
  std::vector<double> positions, cell;
  for (const Vector3& p : frame.positions) positions.insert(positions.end(), p.begin(), p.end());
  for (const Vector3& row : frame.cell) cell.insert(cell.end(), row.begin(), row.end());
  EXPECT_EQ(positions, flat(wanted.at("positions")));
  EXPECT_EQ(cell, flat(wanted.at("cell")));
  for (size_t k = 0; k < 3; ++k) EXPECT_EQ(frame.pbc[k], wanted.at("pbc").as_list()[k].as_bool());
}

TEST(AseDatabase, RowsAreThoseThatAseReads) {
  AseDatabaseReader reader(golden("ase.db"));
  EXPECT_EQ(reader.size(), 2);
  EXPECT_EQ(reader.metadata().at("title").as_string(), "a test");
  const std::vector<Frame> frames = frames_of(reader);
  ASSERT_EQ(frames.size(), 2u);
  for (size_t k = 0; k < 2; ++k) {
    const Config& wanted = expected("ase").as_list()[k];
    expect_atoms(frames[k], wanted);
    for (const char* key : {"energy", "forces", "dipole", "charges", "magmoms", "initial_charges", "momenta", "tags"}) {
      if (wanted.contains(key)) expect_near(flat(frames[k], key), flat(wanted.at(key)), 0, key);
      else EXPECT_FALSE(frames[k].info.count(key) || frames[k].arrays.count(key)) << key;
    }
  }
  EXPECT_EQ(flat(frames[1], "stress"), (std::vector<double>{1, 6, 5, 6, 2, 4, 5, 4, 3}));  // Voigt 1 … 6
  EXPECT_EQ(frames[1].arrays.at("momenta").columns, 3);
}

TEST(AseDatabase, KeyValuePairsAndDataBecomeProperties) {
  AseDatabaseReader reader(golden("ase.db"));
  const Frame frame = frames_of(reader).at(0);
  const Config& data = expected("ase").as_list()[0].at("data");
  for (const char* key : {"shielding", "ids", "list", "single", "flags"}) {
    expect_near(flat(frame, key), flat(data.at(key)), 0, key);
  }
  EXPECT_EQ(frame.arrays.at("shielding").columns, 9);
  EXPECT_EQ(frame.info.at("list").shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(frame.info.at("single").shape, std::vector<int64_t>());
  EXPECT_THAT(std::get<std::vector<int64_t>>(frame.info.at("ids").values), ElementsAre(3, 1, 2, 9));
  EXPECT_THAT(std::get<std::vector<uint8_t>>(frame.info.at("flags").values), ElementsAre(1, 0));
  EXPECT_THAT(std::get<std::vector<std::string>>(frame.info.at("words").values), ElementsAre("x", "y"));
  EXPECT_THAT(std::get<std::vector<std::string>>(frame.info.at("name").values), ElementsAre("water one"));
  EXPECT_EQ(flat(frame, "gap"), std::vector<double>{0.25});
  EXPECT_EQ(flat(frame, "relaxed"), std::vector<double>{1});
  EXPECT_THAT(reader.left_out(), ElementsAre("nested"));
}

TEST(AseDatabase, Iso17sKeysGetTheirUsualNamesAlsoFromTheOlderTextForm) {
  const std::vector<Frame> frames = read(golden("iso17.db"));
  ASSERT_EQ(frames.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    const Config& wanted = expected("iso17").as_list()[k];
    expect_atoms(frames[k], wanted);
    EXPECT_EQ(flat(frames[k], "energy"), flat(wanted.at("kv").at("total_energy")));
    EXPECT_EQ(flat(frames[k].arrays.at("forces")), flat(wanted.at("data").at("atomic_forces")));
    EXPECT_FALSE(frames[k].info.count("total_energy"));
  }
}

TEST(AseDatabase, SchNetPacksPropertiesAreToldApartAndConverted) {
  AseDatabaseReader reader(golden("schnetpack.db"));
  EXPECT_EQ(reader.metadata().at("_distance_unit").as_string(), "Bohr");
  constexpr double bohr = 0.529177210903, hartree = 27.211386245988, kcal = 0.0433641153087705;
  reader.set_units({bohr, {{"energy", kcal}, {"forces", kcal}, {"homo", hartree}}});
  const std::vector<Frame> frames = frames_of(reader);
  ASSERT_EQ(frames.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    const Config& wanted = expected("schnetpack").as_list()[k];
    EXPECT_EQ(frames[k].numbers, wanted.at("_atomic_numbers").as_ints());
    std::vector<double> positions;
    for (const Vector3& p : frames[k].positions) positions.insert(positions.end(), p.begin(), p.end());
    expect_near(positions, flat(wanted.at("_positions")), 1e-8, "positions");
    for (const char* key : {"energy", "forces", "homo", "dipole_moment", "stress", "heat_capacity"}) {
      // ASE's constants are those of CODATA 2014, which differ by some 1e-7 from those of 2018.
      expect_near(flat(frames[k], key), flat(wanted.at(key)), 1e-5, key);
    }
    EXPECT_EQ(frames[k].arrays.size(), 1u);  // forces alone, also where three atoms have a stress of 3x3
    EXPECT_EQ(frames[k].info.at("dipole_moment").shape, std::vector<int64_t>{3});
    EXPECT_EQ(frames[k].info.at("stress").shape, (std::vector<int64_t>{3, 3}));
    const Frame again = parse_xyz(format_xyz(frames[k]), "again.xyz").at(0);
    EXPECT_EQ(flat(again, "forces"), flat(frames[k], "forces"));
    EXPECT_EQ(flat(again, "energy"), flat(frames[k], "energy"));
  }
}

/// Without the wait for the disk that write_file_atomic has.
void overwrite(const std::string& path, const std::string& bytes) { File::open(path, File::Mode::write).write(bytes); }

TEST(AseDatabase, OnlyDatabasesOfAseAreRead) {
  EXPECT_EQ(error_of([] { AseDatabaseReader("/nowhere/a.db"); }).kind(), ErrorKind::not_found);
  const TemporaryFolder folder;
  for (const std::string& bytes : {std::string("no database"), std::string(), std::string(5000, 'x')}) {
    overwrite(folder.file("a.db"), bytes);
    const Error error = error_of([&] { AseDatabaseReader(folder.file("a.db")); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("a.db: "));
  }
}

TEST(AseDatabase, ACutFileIsCorrupt) {  // AR-04
  const TemporaryFolder folder;
  const std::string bytes = read_file(golden("ase.db"));
  for (size_t size = 0; size < bytes.size(); size += 512) {
    overwrite(folder.file("a.db"), bytes.substr(0, size));
    EXPECT_EQ(error_of([&] { read(folder.file("a.db")); }).kind(), ErrorKind::corrupt) << size;
  }
}

TEST(AseDatabase, FlippedBytesGiveAnErrorOrFrames) {  // AR-04
  const TemporaryFolder folder;
  const std::string path = folder.file("a.db");
  int refused = 0;
  for (const char* name : {"ase.db", "iso17.db"}) {
    const std::string bytes = read_file(golden(name));
    for (size_t at = 16; at < bytes.size(); at += 29) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      overwrite(path, changed);
      try {
        EXPECT_LE(read(path).size(), 3u);
      } catch (const Error& error) {
        EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid_argument) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(path));
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(AseDatabase, DamagedRowsAreNamed) {  // AR-04
  const TemporaryFolder folder;
  const std::string path = folder.file("a.db");
  std::string bytes = read_file(golden("iso17.db"));
  // The key of the second row's energy.
  size_t at = bytes.find("\"total_energy\": -11.5");
  ASSERT_NE(at, bytes.npos);
  bytes[at] = '!';
  overwrite(path, bytes);
  const Error error = error_of([&] { read(path); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.what(), HasSubstr(path + ": row 2 (id 2): key_value_pairs"));
}

TEST(AseJson, EveryRuleOfTheBinaryFormIsChecked) {
  const auto property = [](const std::string& json, const std::string& arrays = std::string(16, '\1')) {
    const std::string bytes = little(8 + arrays.size(), 8) + arrays + json;
    const auto encoded = ase::parse_bytes(std::as_bytes(std::span(bytes)), "x");
    return ase::to_property(encoded.object, encoded.bytes, "x");
  };
  EXPECT_EQ(property(R"({"__ndarray__": [[2], "int64", 8]})")->shape, std::vector<int64_t>{2});
  EXPECT_EQ(property(R"({"__ndarray__": [[0, 9], "int64", 24]})")->shape, (std::vector<int64_t>{0, 9}));
  for (const char* json :
       {R"({"__ndarray__": [[3], "int64", 8]})", R"({"__ndarray__": [[2], "int64", 16]})",
        R"({"__ndarray__": [[2], "int64", 4]})", R"({"__ndarray__": [[2], "int64", -8]})",
        R"({"__ndarray__": [[-2], "int64", 8]})", R"({"__ndarray__": [[2], "int64", 99999]})",
        R"({"__ndarray__": [[4611686018427387904, 4], "int64", 8]})", R"({"__ndarray__": [[2]]})",
        R"({"__ndarray__": [[2], "int64", [1, 2, 3]]})", R"({"__ndarray__": 5})",
        R"({"__ndarray__": [[1], "int64", [[1, 2]]]})", R"({"__ndarray__": [[2], "int64", [[1], [2]]]})",
        R"({"__ndarray__": [["a"], "int64", 8]})", R"({"__ndarray__")", ""}) {
    EXPECT_EQ(error_of([&] { property(json); }).kind(), ErrorKind::corrupt) << json;
  }
  for (const char* json : {R"({"__ndarray__": [[1], "complex128", 8]})", R"({"__complex__": [1, 2]})", "null",
                           R"([1, "a"])", R"([[1], [2, 3]])", R"({"a": 1})"}) {
    EXPECT_FALSE(property(json)) << json;
  }
  EXPECT_EQ(error_of([] { ase::parse_bytes({}, "x"); }).kind(), ErrorKind::corrupt);
  const std::string lying = little(uint64_t{1} << 63, 8) + "{}";
  EXPECT_EQ(error_of([&] { ase::parse_bytes(std::as_bytes(std::span(lying)), "x"); }).kind(), ErrorKind::corrupt);
}

}  // namespace
}  // namespace spinel
