// Random properties through ASE's two encodings, written here as ase.io.jsonio and ase.db.core write them.
#include "spinel/atoms/ase_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "tests/atoms/frame_testing.h"
#include "tests/support/errors.h"
#include "tests/support/zip_writer.h"

namespace spinel::ase {
namespace {

using testing::HasSubstr;

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// The binary form: where the JSON begins, arrays, JSON.
std::optional<FrameProperty> from_bytes(const std::string& arrays, const std::string& json) {
  const std::string bytes = little(8 + arrays.size(), 8) + arrays + json;
  const Encoded encoded = parse_bytes(std::as_bytes(std::span(bytes)), "row 1");
  return to_property(encoded.object, encoded.bytes, "row 1");
}

std::optional<FrameProperty> from_text(const std::string& json) {
  const Encoded encoded = parse_text(json, "row 1");
  return to_property(encoded.object, encoded.bytes, "row 1");
}

TEST(AseJsonForms, ArraysOfEveryTypeComeBackFromTheirBytes) {
  std::mt19937_64 random(161);
  const auto check = [&]<typename Target, typename Source>(const char* type, Target, Source) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<int64_t> shape(1 + random() % 3);
      size_t count = 1;
      for (int64_t& size : shape) count *= static_cast<size_t>(size = static_cast<int64_t>(random() % 4));
      std::vector<Source> values(count);
      for (Source& value : values) value = static_cast<Source>(random() % 100);
      const std::string before(random() % 20, '#');  // other arrays may stand in front
      const auto property =
          from_bytes(before + bytes_of(values), "{\"__ndarray__\": [" + shape_text(shape) + ", \"" + type + "\", " +
                                                    std::to_string(8 + before.size()) + "]}");
      ASSERT_TRUE(property) << type;
      EXPECT_EQ(property->shape, shape) << type;
      EXPECT_EQ(std::get<std::vector<Target>>(property->values), std::vector<Target>(values.begin(), values.end()));
    }
  };
  check("float64", 0.0, 0.0);
  check("float32", 0.0, 0.f);
  check("int64", int64_t{}, int64_t{});
  check("int32", int64_t{}, int32_t{});
  check("int16", int64_t{}, int16_t{});
  check("int8", int64_t{}, int8_t{});
  check("uint8", int64_t{}, uint8_t{});
  check("uint16", int64_t{}, uint16_t{});
  check("uint32", int64_t{}, uint32_t{});
}

TEST(AseJsonForms, ArraysOfTheTextFormHoldTheirValues) {
  const auto property = from_text(R"({"__ndarray__": [[2, 2], "float64", [1.5, 2.5, 3.5, -4]]})");
  ASSERT_TRUE(property);
  EXPECT_EQ(property->shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(std::get<std::vector<double>>(property->values), (std::vector<double>{1.5, 2.5, 3.5, -4}));
  const auto empty = from_text(R"({"__ndarray__": [[0, 3], "float64", []]})");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->shape, (std::vector<int64_t>{0, 3}));
}

TEST(AseJsonForms, ListsAndScalarsKeepTheirKind) {
  struct Case {
    const char* json;
    FrameProperty property;
  };
  for (const Case& c :
       {Case{"5", {{}, std::vector<int64_t>{5}}}, Case{"-2.5", {{}, std::vector<double>{-2.5}}},
        Case{"true", {{}, std::vector<uint8_t>{1}}}, Case{R"("text")", {{}, std::vector<std::string>{"text"}}},
        Case{"[1, 2, 3]", {{3}, std::vector<int64_t>{1, 2, 3}}}, Case{"[1, 2.5]", {{2}, std::vector<double>{1, 2.5}}},
        Case{"[[1, 2], [3, 4]]", {{2, 2}, std::vector<int64_t>{1, 2, 3, 4}}},
        Case{R"(["a", "b"])", {{2}, std::vector<std::string>{"a", "b"}}},
        Case{"[true, false]", {{2}, std::vector<uint8_t>{1, 0}}},
        Case{"[[[1]], [[2]]]", {{2, 1, 1}, std::vector<int64_t>{1, 2}}}}) {
    const auto property = from_text(c.json);
    ASSERT_TRUE(property) << c.json;
    EXPECT_EQ(property->shape, c.property.shape) << c.json;
    EXPECT_TRUE(same_values(property->values, c.property.values)) << c.json;
  }
}

TEST(AseJsonForms, WhatNoFrameCanHoldIsNothing) {
  for (const char* json : {"null", "{}", R"({"a": 1})", R"([1, "a"])", "[[1], [2, 3]]", "[1, [2]]", "[true, 1]",
                           "[null]", R"({"__complex__": [1, 2]})", R"([{"a": 1}])"}) {
    EXPECT_FALSE(from_text(json)) << json;
  }
}

TEST(AseJsonForms, WhatEncodingsBreakIsCorruptAndNamed) {
  for (const std::string& json : {std::string("{"), std::string(""), std::string("[1"), std::string("\xff")}) {
    const Error error = error_of([&] { from_text(json); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << json;
    EXPECT_THAT(error.what(), testing::StartsWith("row 1"));
  }
  std::mt19937_64 random(162);
  const std::string arrays = bytes_of(std::vector<double>(6, 1.5)), json = R"({"__ndarray__": [[2, 3], "float64", 8]})";
  const std::string whole = little(8 + arrays.size(), 8) + arrays + json;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::string changed = whole;
    changed[random() % 8 + (repeat % 2 ? 8 + arrays.size() : 0)] = static_cast<char>(random());
    if (repeat % 3 == 0) changed.resize(random() % changed.size());
    try {
      const Encoded encoded = parse_bytes(std::as_bytes(std::span(changed)), "row 1");
      const auto property = to_property(encoded.object, encoded.bytes, "row 1");
      if (!property) continue;
      int64_t count = 1;
      for (const int64_t size : property->shape) count *= size;
      std::visit([&](const auto& values) { EXPECT_EQ(std::ssize(values), count); }, property->values);
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid_argument) << error.what();
    }
  }
}

}  // namespace
}  // namespace spinel::ase
