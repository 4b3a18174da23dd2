#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/atoms/frame_testing.h"
#include "tests/support/paths.h"

namespace spinel {
namespace {

using testing::HasSubstr;

Frame back(const Frame& frame) { return parse_xyz(format_xyz(frame), "t.xyz").at(0); }

Frame one_atom() {
  Frame frame;
  frame.numbers = {1};
  frame.positions = {{0, 0, 0}};
  return frame;
}

TEST(XyzWriter, FilesOfAseComeBackUnchanged) {
  for (const char* name : {"ase.xyz", "ase_plain.xyz", "ase_vec.xyz"}) {
    for (const Frame& frame : read_xyz(source_dir() + "/tests/atoms/data/" + name)) {
      expect_same(back(frame), frame);
    }
  }
}

TEST(XyzWriter, NumbersKeepEveryBit) {
  std::mt19937_64 generator(5);
  Frame frame;
  std::vector<double> forces;
  for (int i = 0; i < 300; ++i) {
    auto any = [&] {
      double value;
      do {
        const uint64_t bits = generator();
        std::memcpy(&value, &bits, sizeof value);
      } while (!std::isfinite(value));
      return value;
    };
    frame.numbers.push_back(i % 119);
    frame.positions.push_back({any(), any(), any()});
    for (int k = 0; k < 3; ++k) forces.push_back(any());
  }
  forces[4] = std::numeric_limits<double>::quiet_NaN();
  forces[5] = -std::numeric_limits<double>::infinity();
  frame.arrays["forces"] = {3, forces};
  frame.cell = {{{0.1, 0.2, 0.3}, {1e-300, 5e-324, 1e300}, {-0.0, 1.0 / 3, 7}}};
  frame.info["energy"] = {{}, std::vector<double>{-0.1 - 0.2}};
  expect_same(back(frame), frame);
}

TEST(XyzWriter, TextsAndArraysOfAllKindsComeBack) {
  Frame frame = one_atom();
  int n = 0;
  for (const char* text : {"",
                           " ",
                           "a b",
                           "12",
                           "1.5",
                           "T",
                           "false",
                           "nan",
                           "1 2",
                           "a=b",
                           "=",
                           "\"",
                           "'",
                           "\\",
                           "a\\b",
                           "{",
                           "]",
                           "[[1, 2], [3, 4]]",
                           "[[x]]",
                           "_JSON 5",
                           "_JSON {broken",
                           "_JSON {\"a\": [1]}",
                           "line\nbreak",
                           "tab\t",
                           "\xc3\x85ngstr\xc3\xb6m",
                           "x\r",
                           ",",
                           "a,b"}) {
    frame.info["text" + std::to_string(n++)] = {{}, std::vector<std::string>{text}};
  }
  frame.info["key with blank"] = {{}, std::vector<int64_t>{1}};
  frame.info["texts"] = {{2}, std::vector<std::string>{"a", "b\"c"}};
  frame.info["one"] = {{1}, std::vector<double>{2}};
  frame.info["none"] = {{0}, std::vector<int64_t>{}};
  frame.info["matrix"] = {{2, 2}, std::vector<double>{1, 0.5, std::numeric_limits<double>::quiet_NaN(), -1e99}};
  frame.info["cube"] = {{2, 1, 2}, std::vector<int64_t>{1, 2, 3, 4}};
  frame.info["flags"] = {{2, 1}, std::vector<uint8_t>{1, 0}};
  frame.info["flag"] = {{}, std::vector<uint8_t>{0}};
  frame.info["reals"] = {{3}, std::vector<double>{1, 2, 1e22}};
  frame.info["stress"] = {{3, 3}, std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}};
  Frame read = back(frame);
  // The JSON object and number are kept by meaning: the reader keeps objects as text and makes a number of the number.
  expect_same(read, frame);
}

TEST(XyzWriter, DecimalsAsAse) {
  Frame frame = one_atom();
  frame.positions[0] = {1.23456789012, -0.5, 1e5};
  frame.arrays["tags"] = {1, std::vector<int64_t>{7}};
  frame.arrays["on"] = {1, std::vector<uint8_t>{1}};
  XyzWriteOptions options;
  options.decimals = 8;
  EXPECT_EQ(format_xyz(frame, options),
            "1\nProperties=species:S:1:pos:R:3:on:L:1:tags:I:1 pbc=\"F F F\"\n"
            "H        1.23456789      -0.50000000  100000.00000000  T        7\n");
}

std::string error_of(const Frame& frame) {
  try {
    format_xyz(frame);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(XyzWriter, WhatTheFormatCannotHoldIsAnError) {
  Frame frame = one_atom();
  frame.numbers = {1, 1};
  EXPECT_THAT(error_of(frame), HasSubstr("2 atomic numbers but 1 positions"));
  frame = one_atom();
  frame.numbers = {119};
  EXPECT_THAT(error_of(frame), HasSubstr("119"));
  for (const char* name : {"", "a b", "a:b", "pos", "species", "Z", "a=b"}) {
    frame = one_atom();
    frame.arrays[name] = {1, std::vector<double>{1}};
    EXPECT_THAT(error_of(frame), HasSubstr("cannot be a column")) << name;
  }
  frame = one_atom();
  frame.arrays["charge"] = frame.arrays["charges"] = {1, std::vector<double>{1}};
  EXPECT_THAT(error_of(frame), HasSubstr("'charge' and 'charges' would have the same column"));
  frame = one_atom();
  frame.arrays["label"] = {1, std::vector<std::string>{"a b"}};
  EXPECT_THAT(error_of(frame), HasSubstr("holds the text 'a b'"));
  frame = one_atom();
  frame.arrays["forces"] = {3, std::vector<double>{1}};
  EXPECT_THAT(error_of(frame), HasSubstr("has 1 values; 1 atoms with 3 columns need 3"));
  for (const char* key : {"", "Lattice", "Properties", "pbc", "a\nb"}) {
    frame = one_atom();
    frame.info[key] = {{}, std::vector<double>{1}};
    EXPECT_THAT(error_of(frame), HasSubstr("cannot stand in a comment")) << key;
  }
  frame = one_atom();
  frame.info["stress"] = {{2}, std::vector<double>{1, 2}};
  EXPECT_THAT(error_of(frame), HasSubstr("3x3"));
  frame = one_atom();
  frame.info["v"] = {{2}, std::vector<double>{1}};
  EXPECT_THAT(error_of(frame), HasSubstr("'v' has 1 values but its shape asks for 2"));
}

TEST(XyzWriter, WritesFilesAtOnceAndAsStreams) {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.xyz");
  const auto frames = read_xyz(source_dir() + "/tests/atoms/data/ase.xyz");
  write_xyz(path, frames);
  EXPECT_EQ(read_xyz(path).size(), 3u);
  {
    XyzWriter writer(path);
    for (int i = 0; i < 1000; ++i) writer.write(frames[i % 3]);
    Frame broken = one_atom();
    broken.numbers.clear();
    EXPECT_THROW(writer.write(broken), Error);
    writer.write(frames[2]);
    writer.close();
  }
  auto read = read_xyz(path);
  ASSERT_EQ(read.size(), 1001u);
  expect_same(read[999], frames[0]);
  XyzWriteOptions append;
  append.append = true;
  XyzWriter(path, append).write(frames[1]);
  EXPECT_EQ(read_xyz(path).size(), 1002u);
  write_xyz(path, std::span(frames).first(1), append);
  EXPECT_EQ(read_xyz(path).size(), 1003u);
  EXPECT_THROW(XyzWriter("/nonexistent/folder/out.xyz"), Error);
}

TEST(XyzWriter, IsClosedByBeingDestroyedMovedOverOrAsked) {
  const TemporaryFolder folder;
  const std::string first = folder.file("1.xyz"), second = folder.file("2.xyz"), third = folder.file("3.xyz");
  const auto frames = [](const std::string& path) { return read_xyz(path).size(); };
  {
    XyzWriter writer(first);
    writer.write(one_atom());
    writer = XyzWriter(second);
    EXPECT_EQ(frames(first), 1u) << "what is moved over keeps what was written to it";
    writer.write(one_atom());
    writer.write(one_atom());
    XyzWriter other = std::move(writer);
    other.write(one_atom());
  }
  EXPECT_EQ(frames(second), 3u);
  XyzWriter writer(third);
  writer.write(one_atom());
  writer.close();
  EXPECT_EQ(frames(third), 1u);
  writer.close();  // once more changes nothing
  EXPECT_THROW(writer.write(one_atom()), Error);
  EXPECT_EQ(frames(third), 1u);
}

}  // namespace
}  // namespace spinel
