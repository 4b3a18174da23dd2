// Inputs of potentials from random frames, and crystals of pymatgen's form, against their definitions.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/graph.h"
#include "spinel/atoms/lattice.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/atoms/pymatgen_json.h"
#include "spinel/base/error.h"
#include "tests/atoms/frame_testing.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using testing::HasSubstr;

Frame random_crystal(std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  Frame frame;
  frame.cell = {{{6 + uniform(random), uniform(random), 0},
                 {uniform(random), 7 + uniform(random), uniform(random)},
                 {0, uniform(random), 8 + uniform(random)}}};
  for (bool& periodic : frame.pbc) periodic = random() % 3 != 0;
  for (size_t i = 1 + random() % 6; i-- > 0;) {
    frame.numbers.push_back(static_cast<int64_t>(1 + random() % 94));
    frame.positions.push_back({5 * uniform(random), 5 * uniform(random), 5 * uniform(random)});
  }
  return frame;
}

TEST(GraphProperties, InputsAreTheFrameAndItsSortedPairs) {
  std::mt19937_64 random(231);
  for (int repeat = 0; repeat < 80; ++repeat) {
    const Frame frame = random_crystal(random);
    const GraphOptions options{.cutoff = 3 + static_cast<double>(random() % 4), .center_of_mass = random() % 2 == 0};
    const NamedTensors inputs = potential_inputs(frame, options, at::kDouble);
    const NeighborList list = find_neighbors(frame.positions, frame.cell, frame.pbc, {.cutoff = options.cutoff});
    const Vector3 center = options.center_of_mass ? center_of_mass(frame) : Vector3{};
    const int64_t n = frame.size();
    EXPECT_THAT(inputs.names(), testing::UnorderedElementsAre("z", "pos", "idx_i", "idx_j", "offsets", "idx_m",
                                                              "n_atoms", "cell", "pbc"));
    ASSERT_EQ(inputs.at("pos").sizes(), at::IntArrayRef({n, 3}));
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_EQ(inputs.at("z")[i].item<int64_t>(), frame.numbers[i]);
      for (int k = 0; k < 3; ++k) {
        EXPECT_NEAR(inputs.at("pos")[i][k].item<double>(), frame.positions[i][k] - center[k], 1e-12);
      }
    }
    ASSERT_EQ(inputs.at("idx_i").numel(), list.size());
    for (int64_t e = 0; e < list.size(); ++e) {
      ASSERT_EQ(inputs.at("idx_i")[e].item<int64_t>(), list.center[e]);
      ASSERT_EQ(inputs.at("idx_j")[e].item<int64_t>(), list.neighbor[e]);
      for (int k = 0; k < 3; ++k) {
        double offset = 0;
        for (int a = 0; a < 3; ++a) offset += list.shift[e][a] * frame.cell[a][k];
        ASSERT_NEAR(inputs.at("offsets")[e][k].item<double>(), offset, 1e-12);
      }
    }
    for (int a = 0; a < 3; ++a) {
      EXPECT_EQ(inputs.at("pbc")[a].item<bool>(), frame.pbc[a]);
      for (int k = 0; k < 3; ++k) EXPECT_EQ(inputs.at("cell")[0][a][k].item<double>(), frame.cell[a][k]);
    }
    const NamedTensors single = potential_inputs(frame, options, at::kFloat);
    for (const auto& [name, tensor] : inputs) {
      EXPECT_TRUE(at::equal(single.at(name), tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor)) << name;
    }
  }
}

TEST(GraphProperties, TheCentreOfMassIsTheWeightedMean) {
  std::mt19937_64 random(232);
  for (int repeat = 0; repeat < 50; ++repeat) {
    Frame frame = random_crystal(random);
    if (repeat % 3 == 0) frame.numbers[0] = 0;  // a dummy atom of mass 1
    Vector3 sum{};
    double mass = 0;
    for (int64_t i = 0; i < frame.size(); ++i) {
      const double m = element(frame.numbers[i]).mass;
      mass += m;
      for (int k = 0; k < 3; ++k) sum[k] += m * frame.positions[i][k];
    }
    for (int k = 0; k < 3; ++k) EXPECT_NEAR(center_of_mass(frame)[k], sum[k] / mass, 1e-12);
  }
  EXPECT_EQ(element(0).mass, 1);
}

/// The frame as pymatgen's as_dict() gives it; sites with abc, xyz, or both.
std::string structure_text(const Frame& frame, std::mt19937_64& random) {
  Config::List sites, rows, pbc;
  const bool cell = frame.cell != Matrix3{};
  for (int64_t i = 0; i < frame.size(); ++i) {
    Config site = Config::map();
    Config species = Config::map({{"element", std::string(element(frame.numbers[i]).symbol)}, {"occu", 1}});
    site.set("species", Config(Config::List{species}));
    const auto vector = [](const Vector3& v) { return Config(Config::List{v[0], v[1], v[2]}); };
    const bool fractional = cell && random() % 3 != 0;
    if (fractional) site.set("abc", vector(Lattice(frame.cell).fractional(frame.positions[i])));
    if (!fractional || random() % 2) site.set("xyz", vector(frame.positions[i]));
    site.set("properties", Config::map({{"magmom", static_cast<double>(i)}}));
    sites.push_back(std::move(site));
  }
  for (const Vector3& row : frame.cell) rows.push_back(Config(Config::List{row[0], row[1], row[2]}));
  for (const bool periodic : frame.pbc) pbc.push_back(periodic);
  Config structure = Config::map({{"@class", "Structure"}, {"sites", Config(std::move(sites))}});
  if (cell)
    structure.set("lattice", Config::map({{"matrix", Config(std::move(rows))}, {"pbc", Config(std::move(pbc))}}));
  return to_json(structure, static_cast<int>(random() % 3) - 1);
}

TEST(PymatgenProperties, RandomStructuresComeBack) {
  std::mt19937_64 random(233);
  for (int repeat = 0; repeat < 100; ++repeat) {
    std::vector<Frame> frames;
    std::string text;
    for (size_t i = 1 + random() % 3; i-- > 0;) {
      frames.push_back(random_crystal(random));
      if (random() % 4 == 0) {
        frames.back().cell = {};
        frames.back().pbc = {false, false, false};
      }
      text += structure_text(frames.back(), random) + "\n";
    }
    PymatgenReader reader = PymatgenReader::over(text, "s.json");
    Frame frame;
    for (const Frame& expected : frames) {
      ASSERT_TRUE(reader.next(frame));
      EXPECT_EQ(frame.numbers, expected.numbers);
      EXPECT_EQ(frame.cell, expected.cell);
      EXPECT_EQ(frame.pbc, expected.pbc);
      for (int64_t i = 0; i < frame.size(); ++i) {
        for (int k = 0; k < 3; ++k) EXPECT_NEAR(frame.positions[i][k], expected.positions[i][k], 1e-10);
        EXPECT_EQ(std::get<std::vector<double>>(frame.arrays.at("magmom").values)[i], static_cast<double>(i));
      }
    }
    EXPECT_FALSE(reader.next(frame));
    EXPECT_EQ(reader.items().count(), std::ssize(frames));
  }
}

TEST(PymatgenProperties, ChangedTextGivesAnErrorWithItsPlaceOrAFrame) {
  std::mt19937_64 random(234);
  for (int repeat = 0; repeat < 1500; ++repeat) {
    std::string text = structure_text(random_crystal(random), random);
    for (int changes = 0; changes < 2; ++changes) {
      text[random() % text.size()] = "\"{}[],:x0-.1e\n"[random() % 14];
    }
    try {
      PymatgenReader reader = PymatgenReader::over(text, "s.json");
      for (Frame frame; reader.next(frame); frame = Frame()) {
        ASSERT_EQ(frame.numbers.size(), frame.positions.size());
        for (const auto& [name, array] : frame.arrays) {
          std::visit([&](const auto& v) { ASSERT_EQ(std::ssize(v), frame.size() * array.columns) << name; },
                     array.values);
        }
      }
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid_argument) << error.what();
      EXPECT_THAT(error.what(), testing::StartsWith("s.json")) << text;
    }
  }
}

TEST(ElementProperties, NumbersSymbolsAndMassesAreThoseOfThePeriodicTable) {
  // Along the noble gases, which end the rows, and where masses do not rise with the number.
  const std::pair<int64_t, const char*> fixed[] = {{2, "He"},  {10, "Ne"}, {18, "Ar"},  {36, "Kr"},
                                                   {54, "Xe"}, {86, "Rn"}, {118, "Og"}, {26, "Fe"},
                                                   {79, "Au"}, {92, "U"},  {57, "La"},  {104, "Rf"}};
  for (const auto& [number, symbol] : fixed) EXPECT_EQ(element(number).symbol, symbol);
  std::set<std::string_view> names;
  for (int64_t z = 1; z <= kLargestAtomicNumber; ++z) {
    EXPECT_TRUE(names.insert(element(z).name).second) << z;
    EXPECT_EQ(element_symbols()[static_cast<size_t>(z)], element(z).symbol);
    if (z > 5) EXPECT_GT(element(z).mass, element(z - 3).mass) << z;  // Ar/K, Co/Ni, Te/I and others swap neighbours
    EXPECT_NEAR(element(z).mass, 2.5 * static_cast<double>(z), 0.75 * static_cast<double>(z) + 1) << z;
    EXPECT_TRUE(element(z).covalent_radius == 0 ||
                (element(z).covalent_radius > 0.2 && element(z).covalent_radius < 2.7));
  }
  EXPECT_EQ(find_atomic_number("T"), 1);
}

}  // namespace
}  // namespace spinel
