// Random predictions through the writers of CSV, JSON Lines and extended XYZ, read back number by number.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <random>
#include <sstream>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/platform/file.h"
#include "spinel/cli/prediction_file.h"
#include "tests/support/random_config.h"

namespace spinel::cli {
namespace {

/// Frames with targets and what a model says of them.
struct Case {
  explicit Case(std::mt19937_64& random) {
    for (size_t i = 1 + random() % 4; i-- > 0;) {
      frame.numbers.push_back(static_cast<int64_t>(1 + random() % 118));
      frame.positions.push_back({random_number(random), random_number(random), random_number(random)});
    }
    const int64_t atoms = frame.size();
    energy = random_number(random);
    target = random_number(random);
    forces = values(random, 3 * atoms);
    stress = values(random, 9);
    prediction.set("energy", at::tensor({energy}, at::kDouble));
    prediction.set("forces", at::tensor(forces, at::kDouble).reshape({atoms, 3}));
    prediction.set("stress", at::tensor(stress, at::kDouble).reshape({1, 3, 3}));
    has_target = random() % 2;
    if (has_target) frame.info["E"] = {{}, std::vector<double>{target}};
  }
  static std::vector<double> values(std::mt19937_64& random, int64_t count) {
    std::vector<double> result;
    for (int64_t k = 0; k < count; ++k) result.push_back(random_number(random));
    return result;
  }
  Frame frame;
  train::Prediction prediction;
  double energy, target;
  std::vector<double> forces, stress;
  bool has_target;
};

const std::vector<TargetKey> kKeys{
    {"energy", "eV", false, "E", 1}, {"forces", "eV/Å", true, "forces", 1}, {"stress", "eV/Å³", false, "stress", 1}};

std::string written(PredictionFormat format, const std::vector<Case>& cases) {
  const TemporaryFolder folder;
  File file = File::open(folder.file("a"), File::Mode::write);
  PredictionWriter writer(file, format, kKeys);
  for (size_t k = 0; k < cases.size(); ++k) {
    writer.write(static_cast<int64_t>(k) * 3, cases[k].frame, cases[k].prediction);
  }
  file.close();
  return read_file(folder.file("a"));
}

std::vector<Case> cases(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Case> result;
  for (int i = 0; i < 60; ++i) result.emplace_back(random);
  return result;
}

double number(const std::string& text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  EXPECT_TRUE(result.ec == std::errc() && result.ptr == text.data() + text.size()) << text;
  return value;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') cells.emplace_back();
    else cells.back() += c;
  }
  return cells;
}

TEST(PredictionProperties, CsvKeepsEveryBitAndItsColumns) {
  const std::vector<Case> all = cases(171);
  std::istringstream text(written(PredictionFormat::csv, all));
  std::string line;
  ASSERT_TRUE(std::getline(text, line));
  const std::vector<std::string> header = cells_of(line);
  const auto column = [&](const std::string& name) {
    return static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  for (size_t k = 0; k < all.size(); ++k) {
    ASSERT_TRUE(std::getline(text, line));
    const std::vector<std::string> cells = cells_of(line);
    ASSERT_EQ(cells.size(), header.size());
    EXPECT_EQ(cells[column("frame")], std::to_string(3 * k));
    EXPECT_EQ(cells[column("atoms")], std::to_string(all[k].frame.size()));
    EXPECT_EQ(cells[column("formula")], formula(all[k].frame.numbers));
    EXPECT_EQ(number(cells[column("energy")]), all[k].energy);
    if (all[k].has_target) EXPECT_EQ(number(cells[column("target_energy")]), all[k].target);
    else EXPECT_EQ(cells[column("target_energy")], "");
    for (size_t c = 0; c < 9; ++c) EXPECT_EQ(number(cells[column("stress_" + std::to_string(c))]), all[k].stress[c]);
    EXPECT_EQ(column("forces"), header.size());  // per atom: not in a row per frame
  }
  EXPECT_FALSE(std::getline(text, line));
}

TEST(PredictionProperties, JsonLinesKeepEveryBitAndShape) {
  const std::vector<Case> all = cases(172);
  std::istringstream text(written(PredictionFormat::jsonl, all));
  std::string line;
  for (size_t k = 0; k < all.size(); ++k) {
    ASSERT_TRUE(std::getline(text, line));
    const Config entry = parse_json(line, "line");
    EXPECT_EQ(entry.at("frame").as_int(), static_cast<int64_t>(3 * k));
    EXPECT_EQ(entry.at("energy").as_double(), all[k].energy);
    const Config::List& rows = entry.at("forces").as_list();
    ASSERT_EQ(std::ssize(rows), all[k].frame.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].as_doubles(),
                std::vector<double>(all[k].forces.begin() + static_cast<std::ptrdiff_t>(3 * i),
                                    all[k].forces.begin() + static_cast<std::ptrdiff_t>(3 * i + 3)));
    }
    EXPECT_EQ(entry.contains("target"), all[k].has_target);
    if (all[k].has_target) EXPECT_EQ(entry.find_path("target.energy")->as_double(), all[k].target);
  }
  EXPECT_FALSE(std::getline(text, line));
}

TEST(PredictionProperties, XyzKeepsEveryBitAndTheFrame) {
  const std::vector<Case> all = cases(173);
  const std::vector<Frame> read = parse_xyz(written(PredictionFormat::xyz, all), "a.xyz");
  ASSERT_EQ(read.size(), all.size());
  for (size_t k = 0; k < all.size(); ++k) {
    EXPECT_EQ(read[k].numbers, all[k].frame.numbers);
    EXPECT_EQ(read[k].positions, all[k].frame.positions);
    EXPECT_EQ(std::get<std::vector<double>>(read[k].info.at("energy").values).at(0), all[k].energy);
    EXPECT_EQ(std::get<std::vector<double>>(read[k].arrays.at("forces").values), all[k].forces);
    EXPECT_EQ(std::get<std::vector<double>>(read[k].info.at("stress").values), all[k].stress);
    EXPECT_EQ(read[k].info.contains("target_energy"), all[k].has_target);
    EXPECT_FALSE(read[k].info.contains("E"));
  }
}

TEST(PredictionProperties, FormulasCountEveryAtomOnce) {
  std::mt19937 random(174);
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<int64_t> numbers;
    for (size_t i = random() % 12; i-- > 0;) numbers.push_back(1 + static_cast<int64_t>(random() % 10));
    const std::string text = formula(numbers);
    // Symbols and counts, taken apart again.
    std::vector<int64_t> read;
    std::vector<std::string> symbols;
    for (size_t at = 0; at < text.size();) {
      std::string symbol(1, text[at++]), count;
      while (at < text.size() && std::islower(static_cast<unsigned char>(text[at]))) symbol += text[at++];
      while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) count += text[at++];
      EXPECT_NE(count, "1");
      symbols.push_back(symbol);
      read.insert(read.end(), count.empty() ? 1 : std::stoul(count), atomic_number(symbol));
    }
    std::sort(read.begin(), read.end());
    std::sort(numbers.begin(), numbers.end());
    ASSERT_EQ(read, numbers) << text;
    const size_t first = !symbols.empty() && symbols[0] == "C" ? (symbols.size() > 1 && symbols[1] == "H" ? 2 : 1) : 0;
    EXPECT_TRUE(std::is_sorted(symbols.begin() + static_cast<std::ptrdiff_t>(first), symbols.end())) << text;
  }
}

}  // namespace
}  // namespace spinel::cli
