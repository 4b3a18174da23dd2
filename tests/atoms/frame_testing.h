// What tests of frames share: comparing two, and random ones.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "tests/support/random_config.h"

namespace spinel {

// NaN equals NaN.
inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
template <typename Values>
bool same_values(const Values& a, const Values& b) {
  if (a.index() != b.index()) return false;
  if (const auto* reals = std::get_if<std::vector<double>>(&a)) {
    const auto& others = std::get<std::vector<double>>(b);
    return std::equal(reals->begin(), reals->end(), others.begin(), others.end(), same);
  }
  return a == b;
}

inline void expect_same(const Frame& a, const Frame& b) {
  EXPECT_EQ(a.numbers, b.numbers);
  EXPECT_EQ(a.positions, b.positions);
  EXPECT_EQ(a.cell, b.cell);
  EXPECT_EQ(a.pbc, b.pbc);
  ASSERT_EQ(a.info.size(), b.info.size());
  for (const auto& [key, property] : a.info) {
    ASSERT_TRUE(b.info.contains(key)) << key;
    EXPECT_EQ(property.shape, b.info.at(key).shape) << key;
    EXPECT_TRUE(same_values(property.values, b.info.at(key).values)) << key;
  }
  ASSERT_EQ(a.arrays.size(), b.arrays.size());
  for (const auto& [key, property] : a.arrays) {
    ASSERT_TRUE(b.arrays.contains(key)) << key;
    EXPECT_EQ(property.columns, b.arrays.at(key).columns) << key;
    EXPECT_TRUE(same_values(property.values, b.arrays.at(key).values)) << key;
  }
}

/// Any real that files hold: often round, sometimes not finite.
inline double random_real(std::mt19937_64& random) {
  static constexpr double odd[] = {0.0, -0.0, 1.0, 1e22, 1e-300, 0.1, -1e99, 123456789.125};
  switch (random() % 8) {
    case 0: return std::numeric_limits<double>::quiet_NaN();
    case 1: return random() % 2 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    case 2: return odd[random() % std::size(odd)];
    default: return random_number(random);
  }
}

/// `count` values of one of the four kinds; texts in columns (`column`) have no blanks.
inline decltype(FrameProperty::values) random_values(std::mt19937_64& random, size_t count, bool column) {
  switch (random() % 4) {
    case 0: {
      std::vector<double> values(count);
      for (double& value : values) value = random_real(random);
      return values;
    }
    case 1: {
      std::vector<int64_t> values(count);
      for (int64_t& value : values) value = static_cast<int64_t>(random() % 3 ? random() % 200 : random()) - 100;
      return values;
    }
    case 2: {
      std::vector<uint8_t> values(count);
      for (uint8_t& value : values) value = random() % 2;
      return values;
    }
    default: {
      std::vector<std::string> values(count);
      for (std::string& value : values) {
        value = random_text(random);
        if (!column) continue;
        std::erase_if(value, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
        value += 'x';
      }
      return values;
    }
  }
}

/// A frame with every kind of property that extended XYZ can hold.
inline Frame random_frame(std::mt19937_64& random) {
  Frame frame;
  const size_t atoms = random() % 6;
  for (size_t i = 0; i < atoms; ++i) {
    frame.numbers.push_back(static_cast<int64_t>(random() % 119));
    frame.positions.push_back({random_number(random), random_number(random), random_number(random)});
  }
  if (random() % 2) {
    for (Vector3& row : frame.cell) row = {random_number(random), random_number(random), random_number(random)};
    frame.cell[0][0] = 5.25;
  }
  for (bool& periodic : frame.pbc) periodic = random() % 2;
  for (size_t i = random() % 5; i-- > 0;) {
    FrameProperty property;
    size_t count = 1;
    for (size_t axes = random() % 4; axes-- > 0;) {
      property.shape.push_back(1 + static_cast<int64_t>(random() % 3));
      count *= static_cast<size_t>(property.shape.back());
    }
    property.values = random_values(random, count, false);
    frame.info["key" + std::to_string(i) + (random() % 3 ? "" : " \"'{[=\\")] = std::move(property);
  }
  for (size_t i = random() % 4; i-- > 0;) {
    AtomProperty property;
    property.columns = 1 + static_cast<int>(random() % 4);
    property.values = random_values(random, atoms * static_cast<size_t>(property.columns), true);
    frame.arrays["array" + std::to_string(i)] = std::move(property);
  }
  return frame;
}

}  // namespace spinel
