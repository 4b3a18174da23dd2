#include "spinel/models/schnet/schnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/models/list.h"
#include "tests/models/conformance.h"
#include "tests/models/schnet/fixture.h"
#include "tests/support/errors.h"

namespace spinel::models {
namespace {

using testing::HasSubstr;

Config small(const std::string& head, Config::Map more = {}) {
  Config::Map arguments{
      {"n_atom_basis", 16}, {"n_interactions", 2}, {"n_rbf", 12}, {"cutoff", 4.0}, {"head", parse_json(head, "head")}};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return Config::map(std::move(arguments));
}

// The slope of a mean over atoms halves when the atoms double, so the forces of aggregation_mode avg do.
INSTANTIATE_TEST_SUITE_P(
    SchNet, ModelConformance,
    testing::Values(ConformanceCase{"Potential",
                                    "SchNet",
                                    small(R"({"type": "Atomwise", "forces": true})"),
                                    {ethanol_like(), water(), skew_crystal()},
                                    4.0,
                                    {}},
                    ConformanceCase{"OldCheckpoint",
                                    "SchNet",
                                    small("{}", {{"max_z", 30}}),
                                    {ethanol_like(), water(), skew_crystal()},
                                    4.0,
                                    {},
                                    "models/schnet/checkpoint-v2"},
                    ConformanceCase{"Crystal",
                                    "SchNet",
                                    small(R"({"type": "Atomwise", "stress": true})"),
                                    {skew_crystal(), copper_oxide()},
                                    4.0,
                                    {}},
                    ConformanceCase{"Mollifier",
                                    "SchNet",
                                    small(R"({"aggregation_mode": "avg"})",
                                          {{"cutoff_fn", "MollifierCutoff"}, {"radial_basis", "BesselRBF"}}),
                                    {ethanol_like(), skew_crystal()},
                                    4.0,
                                    {"doubled_cell"}},
                    ConformanceCase{"GeneralPath",
                                    "SchNet",
                                    small(R"({"activation": "elu"})", {{"trainable_rbf", true}}),
                                    {ethanol_like(), water()},
                                    4.0,
                                    {}},
                    ConformanceCase{
                        "Dipole", "SchNet", small(R"({"type": "DipoleMoment"})"), {ethanol_like(), water()}, 4.0, {}},
                    ConformanceCase{"DipoleMagnitude",
                                    "SchNet",
                                    small(R"({"type": "DipoleMoment", "predict_magnitude": true})"),
                                    {ethanol_like(), water()},
                                    4.0,
                                    {}}),
    conformance_name);

int64_t parameters_of(int64_t features, int64_t n_rbf) {
  return SchNet({.n_atom_basis = features, .n_interactions = 6, .n_rbf = n_rbf}).num_parameters();
}

TEST(SchNet, HasTheReferencesNumberOfParameters) {
  EXPECT_EQ(parameters_of(128, 20), 432769);
  EXPECT_EQ(parameters_of(128, 50), 455809);
  EXPECT_EQ(parameters_of(64, 25), 117953);
}

TEST(SchNet, StateHasTheReferencesKeys) {
  const SchNet model({.n_atom_basis = 8, .n_interactions = 2});
  const NamedTensors state = model.state_dict();
  for (const char* key : {"representation.embedding.weight", "representation.radial_basis.offsets",
                          "representation.radial_basis.widths", "representation.cutoff_fn.cutoff",
                          "representation.interactions.1.in2f.weight", "representation.interactions.1.f2out.0.bias",
                          "representation.interactions.0.filter_network.1.weight", "output_modules.0.outnet.1.bias"}) {
    EXPECT_TRUE(state.contains(key)) << key;
  }
  EXPECT_EQ(state.at("representation.embedding.weight").sizes(), at::IntArrayRef({100, 8}));
}

TEST(SchNet, SharedInteractionsAppearUnderEveryIndex) {
  const SchNet model({.n_atom_basis = 8, .n_interactions = 3, .shared_interactions = true});
  const NamedTensors state = model.state_dict();
  EXPECT_TRUE(state.at("representation.interactions.0.in2f.weight")
                  .is_same(state.at("representation.interactions.2.in2f.weight")));
  EXPECT_FALSE(model.named_parameters().contains("representation.interactions.2.in2f.weight"));
}

TEST(SchNet, TotalChargeShiftsThePartialCharges) {
  auto model = small_schnet({.n_atom_basis = 8, .n_interactions = 1, .head = {.type = "DipoleMoment"}});
  NamedTensors batch = batch_of(*model, {water(), ethanol_like()});
  EXPECT_NEAR(model->call(batch).at("partial_charges").sum().item<double>(), 0, 1e-12);
  batch.set("total_charge", at::tensor({1.0, -2.0}, at::kDouble));
  const at::Tensor charges = model->call(batch).at("partial_charges");
  EXPECT_NEAR(charges.narrow(0, 0, 3).sum().item<double>(), 1, 1e-12);
  EXPECT_NEAR(charges.narrow(0, 3, 9).sum().item<double>(), -2, 1e-12);
}

TEST(SchNet, AverageIsTheMeanOfTheAtoms) {
  SchNetOptions options{.n_atom_basis = 8, .n_interactions = 1, .head = {.aggregation_mode = "avg"}};
  const auto model = small_schnet(options);
  const NamedTensors out = model->call(batch_of(*model, {water()}));
  EXPECT_NEAR(out.at("energy").item<double>(), out.at("energy_per_atom").mean().item<double>(), 1e-13);
}

TEST(SchNet, NamesAnotherProperty) {
  const auto model = make_schnet(small(R"({"output_key": "gap", "unit": "eV", "forces": false})"));
  ASSERT_EQ(model->outputs().size(), 2u);
  EXPECT_EQ(model->outputs()[0].name, "gap");
  model->to(at::kDouble);
  EXPECT_TRUE(model->call(model->featurize(water(), at::kDouble)).contains("gap_per_atom"));
}

TEST(SchNetOptions, MistakesAreNamedWithTheRightKey) {
  const auto message = [](const char* text) {
    const Error error = error_of([&] { make_schnet(parse_json(text, "args")); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return std::string(error.what());
  };
  EXPECT_THAT(message(R"({"n_atom_bases": 8})"), HasSubstr("n_atom_basis"));
  EXPECT_THAT(message(R"({"cutoff": -1})"), HasSubstr("cutoff"));
  EXPECT_THAT(message(R"({"n_interactions": 1.5})"), HasSubstr("n_interactions"));
  EXPECT_THAT(message(R"({"radial_basis": "GausianRBF"})"), HasSubstr("GaussianRBF"));
  EXPECT_THAT(message(R"({"head": {"type": "Atomwise", "predict_magnitude": true}})"), HasSubstr("predict_magnitude"));
  EXPECT_THAT(message(R"({"head": {"type": "Dipole"}})"), HasSubstr("DipoleMoment"));
  EXPECT_THAT(message(R"({"radial_basis": "BesselRBF", "trainable_rbf": true})"), HasSubstr("trainable_rbf"));
}

TEST(SchNet, RefusesInputsThatPointOutside) {
  auto model = small_schnet({.n_atom_basis = 8, .n_interactions = 1});
  const auto message = [&](const char* name, const at::Tensor& value) {
    NamedTensors batch = batch_of(*model, {water()});
    batch.set(name, value);
    return std::string(error_of([&] { model->call(batch); }).what());
  };
  EXPECT_THAT(message("idx_j", at::full({6}, 3, at::kLong)), HasSubstr("idx_j"));
  EXPECT_THAT(message("idx_i", at::full({5}, 0, at::kLong)), HasSubstr("idx_j has shape"));
  EXPECT_THAT(message("z", at::tensor({8, 1, 100}, at::kLong)), HasSubstr("atomic numbers"));
  EXPECT_THAT(message("offsets", at::zeros({6, 2}, at::kDouble)), HasSubstr("offsets"));
  EXPECT_THAT(message("idx_m", at::full({3}, -1, at::kLong)), HasSubstr("idx_m"));
}

TEST(ModelList, ExplainsUnknownNamesAndDocumentsOptions) {
  EXPECT_THAT(error_of([] { model_list().at("Schnet"); }).what(), HasSubstr("SchNet"));
  for (const auto& model : model_list().all()) {
    EXPECT_FALSE(model.summary.empty());
    for (const OptionDoc& doc : model.options) EXPECT_FALSE(doc.text.empty()) << doc.name;
  }
}

}  // namespace
}  // namespace spinel::models
