#include "spinel/base/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "tests/support/allocation_fault.h"
#include "tests/support/errors.h"
#include "tests/support/npy_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NpyArray parse(const std::string& bytes) { return parse_npy(std::as_bytes(std::span(bytes)), "a.npy"); }

TEST(Npy, ReadsShapeTypeAndNumbers) {
  const std::string bytes = npy_of("<f8", "(2, 3)", bytes_of<double>({1, 2, 3, 4, 5, 6.5}));
  const NpyArray array = parse(bytes);
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_EQ(array.num_elements(), 6);
  EXPECT_EQ(array.real(5), 6.5);
}

TEST(Npy, ReadsEveryTypeOfNumber) {
  EXPECT_EQ(parse(npy_of("<f4", "(1,)", bytes_of<float>({-1.5f}))).real(0), -1.5);
  EXPECT_EQ(parse(npy_of("|i1", "(1,)", bytes_of<int8_t>({-7}))).real(0), -7);
  EXPECT_EQ(parse(npy_of("<i2", "(1,)", bytes_of<int16_t>({-700}))).real(0), -700);
  EXPECT_EQ(parse(npy_of("<i4", "(1,)", bytes_of<int32_t>({-70000}))).real(0), -70000);
  EXPECT_EQ(parse(npy_of("<i8", "(2,)", bytes_of<int64_t>({1, -9}))).real(1), -9);
  EXPECT_EQ(parse(npy_of("|u1", "(1,)", bytes_of<uint8_t>({200}))).real(0), 200);
  EXPECT_EQ(parse(npy_of("<u2", "(1,)", bytes_of<uint16_t>({60000}))).real(0), 60000);
  EXPECT_EQ(parse(npy_of("<u4", "(1,)", bytes_of<uint32_t>({4000000000u}))).real(0), 4e9);
  EXPECT_EQ(parse(npy_of("|b1", "(1,)", bytes_of<uint8_t>({1}))).real(0), 1);
  EXPECT_FALSE(parse(npy_of("<f2", "(1,)", "ab")).is_number());
  EXPECT_FALSE(parse(npy_of("<U2", "(1,)", std::string(8, 'a'))).is_number());
}

TEST(Npy, ReadsScalarsEmptyArraysAndAllVersions) {
  EXPECT_EQ(parse(npy_of("<f8", "()", bytes_of<double>({3}))).num_elements(), 1);
  EXPECT_EQ(parse(npy_of("<f8", "(4611686018427387904, 4611686018427387904, 0)", "")).num_elements(), 0);
  EXPECT_THAT(parse(npy_of("<f8", "(2L,)", bytes_of<double>({1, 2}))).shape, ElementsAre(2));
  for (const int version : {1, 2, 3}) {
    EXPECT_EQ(parse(npy_of("<f8", "(1,)", bytes_of<double>({3}), version)).real(0), 3) << version;
  }
}

TEST(Npy, RefusesEveryBrokenHeader) {
  const std::string good = npy_of("<f8", "(2,)", bytes_of<double>({1, 2}));
  const auto header = [](const std::string& text) { return npy_with_header(text, std::string(16, 'x')); };
  const std::pair<std::string, const char*> cases[] = {
      {"", "signature"},
      {"\x93NUMPX" + good.substr(6), "signature"},
      {good.substr(0, 6) + '\x04' + good.substr(7), "version is 4"},
      {good.substr(0, 9), "signature"},
      {good.substr(0, 40), "header has"},
      {good.substr(0, 8) + "\xff\xff" + good.substr(10), "header has 65535 bytes"},
      {good.substr(0, good.size() - 1), "needs more than the 15 bytes"},
      {good + "x", "needs 16 bytes, but 17 follow"},
      {header(""), "no '{'"},
      {header("{'descr': '<f8', 'fortran_order': False}"), "lacks descr"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}"), "'more'"},
      {header("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}"), "there twice"},
      {header("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (2,)}"), "neither True nor False"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} x"), "goes on"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2,"), "no size"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2 3)}"), "no ')'"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,)}"), "is no size"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (2.5,)}"), "no ')'"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"), "is no size"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"), "needs more than"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::string(80, '1') + ")}"), "is no size"},
      {header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
              "1,1,1,1,1,1,1,1,1)}"),
       "more than 32 axes"},
      {header("{'descr': <f8, 'fortran_order': False, 'shape': (2,)}"), "lacks a quoted text"},
      {header("{'descr': '<f8, "), "without an end"},
      {header("{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}"), "no type of numbers"},
      {header("{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}"), "no type of numbers"},
      {header("{'descr': '<f8x', 'fortran_order': False, 'shape': (2,)}"), "no type of numbers"},
      {header("{'descr': '', 'fortran_order': False, 'shape': (2,)}"), "no type of numbers"},
  };
  for (const auto& [bytes, text] : cases) {
    const Error error = error_of([&] { parse(bytes); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << bytes;
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

TEST(Npy, RefusesWhatItDoesNotRead) {
  const auto refused = [](const std::string& bytes) {
    const Error error = error_of([&] { parse(bytes); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << error.what();
    return std::string(error.what());
  };
  EXPECT_THAT(refused(npy_of("|O", "(1,)", "\x80\x02.")), HasSubstr("Python objects"));
  EXPECT_THAT(refused(npy_of(">f8", "(1,)", bytes_of<double>({1}))), HasSubstr("big-endian"));
  EXPECT_THAT(refused(npy_with_header("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,)}", "12345678")),
              HasSubstr("structured"));
  EXPECT_THAT(refused(npy_with_header("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1)}", "12345678")),
              HasSubstr("column-major"));
}

TEST(Npz, HoldsArraysByKey) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.npz");
  write_file_atomic(path, zip_of({{"z.npy", npy_of("<i8", "(2,)", bytes_of<int64_t>({8, 1}))}, {"readme", "text"}}));
  NpzFile file = NpzFile::open(path);
  EXPECT_THAT(file.names(), ElementsAre("z", "readme"));
  EXPECT_TRUE(file.contains("z"));
  EXPECT_FALSE(file.contains("readme"));
  EXPECT_EQ(file.array("z").real(0), 8);
  EXPECT_EQ(error_of([&] { file.array("y"); }).kind(), ErrorKind::not_found);
  file.check_intact();
}

TEST(Npz, BrokenArchivesAreCorrupt) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.npz");
  const std::string whole = zip_of({{"z.npy", npy_of("<i8", "(2,)", bytes_of<int64_t>({8, 1}))}});
  for (size_t size = 0; size < whole.size(); ++size) {
    write_file_atomic(path, whole.substr(0, size));
    EXPECT_EQ(error_of([&] { NpzFile::open(path).array("z"); }).kind(), ErrorKind::corrupt) << size;
  }
  std::string changed = whole;
  changed[100] ^= 1;
  write_file_atomic(path, changed);
  EXPECT_EQ(error_of([&] { NpzFile::open(path).array("z"); }).kind(), ErrorKind::corrupt);
}

TEST(Npy, SurvivesEveryFailedAllocation) {  // FI-01
  const std::string bytes = npy_of("<f8", "(2, 1)", bytes_of<double>({1, 2}));
  for_each_failing_allocation([&] {
    try {
      parse(bytes);
    } catch (const std::bad_alloc&) {
      const AllocationsSucceed now;
      throw Error(ErrorKind::unavailable, "memory");
    }
  });
}

}  // namespace
}  // namespace spinel
