#include "spinel/sparse/scipy_npz.h"

#include "spinel/base/npy.h"
#include "spinel/base/npz_writer.h"
#include "spinel/base/platform/file.h"
#include "tests/sparse/sparse_testing.h"
#include "tests/support/paths.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ScipyNpz : public testing::Test {
 protected:
  /// A file of such arrays; indices are int64.
  void write(const std::string& format, const std::vector<std::pair<std::string, std::vector<int64_t>>>& arrays) {
    std::vector<NpzEntry> entries;
    for (const auto& [name, numbers] : arrays) {
      entries.push_back({name, "<i8", {static_cast<int64_t>(numbers.size())}, std::as_bytes(std::span(numbers))});
    }
    entries.push_back({"format", "|S" + std::to_string(format.size()), {}, std::as_bytes(std::span(format))});
    write_npz(path, entries);
  }
  std::string refused() {
    return error_of([&] { load_npz(path); });
  }

  TemporaryFolder folder;
  std::string path = folder.file("m.npz");
};

TEST_F(ScipyNpz, ReadsWhatItWrites) {
  std::mt19937 random(23);
  const SparseTensor a = random_matrix(random, 6, 8, 20);
  for (const Layout layout : {Layout::coo, Layout::csr, Layout::csc}) {
    for (const at::ScalarType type :
         {at::kDouble, at::kFloat, at::kHalf, at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
      save_npz(path, a.type(type), layout);
      EXPECT_TRUE(load_npz(path) == a.type(type)) << type;
    }
    EXPECT_FALSE(load_npz(path, false).has_value());
  }
  save_npz(path, a.set_value({}, Layout::coo), Layout::csr, at::kLong);
  EXPECT_TRUE(load_npz(path) == a.fill_value(1, at::kLong));
  save_npz(path, SparseTensor(StorageArguments{.row = longs({}), .col = longs({}), .sparse_sizes = {3, 2}}));
  EXPECT_THAT(load_npz(path).sizes(), ElementsAre(3, 2));
}

TEST_F(ScipyNpz, ReadsFilesOfScipy) {
  for (const char* name : {"csr.npz", "csc.npz", "coo.npz"}) {
    const SparseTensor a = load_npz(source_dir() + "/tests/golden/sparse/scipy/" + name);
    EXPECT_THAT(a.sizes(), ElementsAre(3, 4)) << name;
    EXPECT_THAT(list<double>(a.to_dense()), ElementsAre(0, 1.5, 0, 0, 0, 0, 0, 0, -2, 0, 0, 4)) << name;
  }
}

TEST_F(ScipyNpz, RefusesWhatDisagrees) {
  const std::pair<std::string, std::vector<int64_t>> shape{"shape", {2, 2}}, data{"data", {1}};
  write("csr", {shape, data, {"indptr", {0, 1, 2}}, {"indices", {0}}});
  EXPECT_THAT(refused(), HasSubstr("m.npz"));
  write("csr", {shape, data, {"indptr", {0, 1, 1}}, {"indices", {2}}});
  EXPECT_THAT(refused(), HasSubstr("the index 2"));
  write("csc", {shape, data, {"indptr", {0, 1, 1}}, {"indices", {-1}}});
  EXPECT_THAT(refused(), HasSubstr("holds -1"));
  write("csr", {shape, data, {"indptr", {0, 1}}, {"indices", {0}}});
  EXPECT_THAT(refused(), HasSubstr("rowptr has 2 numbers"));
  write("coo", {shape, {"data", {1, 2}}, {"row", {0}}, {"col", {0}}});
  EXPECT_THAT(refused(), HasSubstr("1 entries"));
  write("coo", {shape, data, {"row", {0}}});
  EXPECT_THAT(refused(), HasSubstr("col"));
  write("bsr", {shape, data, {"indptr", {0, 1, 1}}, {"indices", {0}}});
  EXPECT_THAT(refused(), HasSubstr("'bsr'"));
  write("csr", {{"shape", {2}}, data, {"indptr", {0, 1, 1}}, {"indices", {0}}});
  EXPECT_THAT(refused(), HasSubstr("2 are needed"));
  write("csr", {{"shape", {-2, 2}}, data, {"indptr", {0, 1, 1}}, {"indices", {0}}});
  EXPECT_NE(refused(), "no error");
}

// ST-01: a file that ends anywhere before its end, or of which one byte is another.
TEST_F(ScipyNpz, RefusesWhatIsCutOrDamaged) {
  std::mt19937 random(41);
  save_npz(path, random_matrix(random, 4, 5, 9), Layout::csc);
  const std::string whole = read_file(path);
  const SparseTensor sound = load_npz(path);
  for (size_t size = 0; size < whole.size(); size += 5) {
    write_file_atomic(path, whole.substr(0, size));
    EXPECT_THAT(refused(), HasSubstr("m.npz")) << size;
  }
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    write_file_atomic(path, damaged);
    const std::string message = error_of([&] { load_npz(path); });
    EXPECT_THAT(message, testing::Not(HasSubstr("no Error of ours"))) << at;
  }
  write_file_atomic(path, whole);
  EXPECT_TRUE(load_npz(path) == sound);
}

TEST_F(ScipyNpz, RefusesWhatTheFormatLacks) {
  const SparseTensor a = SparseTensor::eye(3);
  EXPECT_THAT(error_of([&] { save_npz(path, a.bfloat16()); }), HasSubstr("NumPy has no type"));
  EXPECT_THAT(error_of([&] { save_npz(path, a.set_value(at::ones({3, 2}), Layout::coo)); }), HasSubstr("one number"));
}

}  // namespace
}  // namespace spinel::sparse
