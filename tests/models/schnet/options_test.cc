#include "spinel/models/schnet/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "spinel/base/error.h"
#include "spinel/nn/activation.h"
#include "tests/support/errors.h"

namespace spinel::models {
namespace {

using testing::HasSubstr;

SchNetOptions parse(const std::string& json) { return parse_schnet_options(parse_json(json, "args.json")); }

/// Arguments with any of the options, all of them possible.
Config random_arguments(std::mt19937& random) {
  const auto coin = [&] { return random() % 2 == 0; };
  const auto integer = [&](int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
  };
  Config arguments = Config::map(), head = Config::map();
  if (coin()) arguments.set("n_atom_basis", integer(1, 200));
  if (coin()) arguments.set("n_interactions", integer(0, 9));
  if (coin()) arguments.set("n_filters", coin() ? Config() : Config(integer(1, 99)));
  if (coin()) arguments.set("cutoff", 0.5 + static_cast<double>(integer(0, 40)) / 4);
  if (coin()) arguments.set("cutoff_fn", coin() ? "CosineCutoff" : "MollifierCutoff");
  const char* const bases[] = {"GaussianRBF", "GaussianRBFCentered", "BesselRBF"};
  const std::string basis = bases[random() % 3];
  if (coin() || basis != "GaussianRBF") arguments.set("radial_basis", basis);
  if (basis != "BesselRBF" && coin()) arguments.set("rbf_start", 0.25);
  if (basis != "BesselRBF") arguments.set("trainable_rbf", coin());
  if (coin()) arguments.set("rbf_end", 4.5);
  if (coin()) arguments.set("shared_interactions", coin());
  if (coin()) arguments.set("activation", coin() ? Config("silu") : parse_json(R"({"elu": {"alpha": 2}})", "a"));
  if (coin()) arguments.set("max_z", integer(2, 1000));
  const bool dipole = coin();
  if (dipole || coin()) head.set("type", dipole ? "DipoleMoment" : "Atomwise");
  if (coin()) head.set("n_layers", integer(1, 5));
  if (coin()) head.set("n_hidden", coin() ? Config() : Config(integer(1, 64)));
  if (!dipole && coin()) head.set("aggregation_mode", coin() ? "sum" : "avg");
  if (!dipole && coin()) head.set("forces", coin());
  if (!dipole && coin()) head.set("output_key", "formation_energy");
  if (dipole && coin()) head.set("predict_magnitude", coin());
  if (coin() || dipole) arguments.set("head", head);
  return arguments;
}

TEST(SchNetOptionsProperties, CompleteOnesReadBackAsTheSame) {
  std::mt19937 random(181);
  for (int repeat = 0; repeat < 500; ++repeat) {
    const Config arguments = random_arguments(random);
    const SchNetOptions options = parse_schnet_options(arguments);
    const Config whole = complete(options);
    EXPECT_EQ(complete(parse_schnet_options(whole)), whole) << to_json(arguments);
    EXPECT_EQ(complete(parse_schnet_options(parse_yaml(to_yaml(whole), "a"))), whole) << to_yaml(whole);
    // What was given is there as it was given.
    for (const auto& [key, value] : arguments.as_map()) {
      if (key != "head") EXPECT_EQ(whole.at(key), value) << key;
    }
    if (const Config* head = arguments.find("head")) {
      for (const auto& [key, value] : head->as_map()) EXPECT_EQ(whole.at("head").at(key), value) << key;
    }
  }
}

TEST(SchNetOptionsProperties, DefaultsAreSchNetPacks) {
  const SchNetOptions options = parse("{}");
  EXPECT_EQ(options.n_atom_basis, 128);
  EXPECT_EQ(options.n_interactions, 6);
  EXPECT_EQ(options.filters(), 128);
  EXPECT_EQ(options.n_rbf, 20);
  EXPECT_EQ(options.cutoff, 5);
  EXPECT_EQ(options.max_z, 100);
  EXPECT_TRUE(options.is_potential());
  EXPECT_EQ(options.head.n_layers, 2);
  EXPECT_EQ(parse(R"({"n_filters": 7})").filters(), 7);
  EXPECT_EQ(parse(R"({"n_atom_basis": 9})").filters(), 9);
  EXPECT_FALSE(parse(R"({"head": {"type": "DipoleMoment"}})").is_potential());
}

TEST(SchNetOptionsProperties, MistakesNameThePlaceAndTheValue) {
  struct Case {
    const char *json, *message;
  };
  for (const Case& c :
       {Case{R"({"n_atom_basis": 0})", "args.json:1: n_atom_basis: n_atom_basis is 0"},
        Case{R"({"n_atom_basis": 1e9})", "n_atom_basis is 1000000000"}, Case{R"({"n_interactions": -1})", "-1"},
        Case{R"({"cutoff": 0})", "cutoff is 0; it must be greater than 0"},
        Case{R"({"cutoff": "nan"})", "cutoff is nan"}, Case{R"({"n_rbf": 0})", "n_rbf is 0"},
        Case{R"({"max_z": 1})", "max_z is 1"}, Case{R"({"cutoff_fn": "Cosine"})", "'Cosine', which is unknown"},
        Case{R"({"rbf_end": -2})", "rbf_end is -2"}, Case{R"({"head": {"n_layers": 0}})", "n_layers is 0"},
        Case{R"({"head": {"n_layerz": 2}})", "did you mean 'n_layers'?"},
        Case{R"({"head": {"aggregation_mode": "max"}})", "aggregation_mode is 'max'"},
        Case{R"({"head": {"type": "DipoleMoment", "forces": true}})", "forces"}, Case{R"({"head": 3})", "an integer"},
        Case{R"({"radial_basis": "BesselRBF", "rbf_start": 0.5})", "rbf_start is 0.5"}, Case{R"([])", "a list"}}) {
    const Error error = error_of([&] { parse(c.json); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << c.json;
    EXPECT_THAT(error.what(), HasSubstr(c.message)) << c.json;
  }
}

TEST(SchNetOptionsProperties, DocsNameEveryKeyOnce) {
  std::set<std::string> names;
  for (const OptionDoc& doc : schnet_option_docs()) {
    EXPECT_TRUE(names.insert(doc.name).second) << doc.name;
    EXPECT_FALSE(doc.text.empty()) << doc.name;
  }
  for (const char* type : {"Atomwise", "DipoleMoment"}) {
    const Config whole = complete(parse(std::string(R"({"head": {"type": ")") + type + "\"}}"));
    for (const auto& [key, value] : whole.as_map()) EXPECT_TRUE(names.contains(key)) << key;
    for (const auto& [key, value] : whole.at("head").as_map()) EXPECT_TRUE(names.contains("head." + key)) << key;
  }
}

}  // namespace
}  // namespace spinel::models
