#include "spinel/train/transforms.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/train/offsets.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

std::unique_ptr<Transform> make(const std::string& json) { return make_transform(parse_json(json, "test")); }

at::Tensor numbers(std::vector<double> values) { return at::tensor(values, at::kDouble); }
at::Tensor integers(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Water, hydrogen, and a carbon monoxide.
AtomContext molecules() {
  return {integers({8, 1, 1, 1, 1, 6, 8}), integers({0, 0, 0, 1, 1, 2, 2}), integers({3, 2, 2})};
}
at::Tensor energies() { return numbers({-76.4, -1.2, -113.3}); }

BatchSource source() {
  return [](const BatchVisitor& visit) { visit(energies(), molecules()); };
}

void expect_round_trip(const Transform& transform, const at::Tensor& value) {
  const at::Tensor back = transform.invert(transform.apply(value, molecules()), molecules());
  EXPECT_TRUE(at::allclose(back, value.to(at::kDouble), 1e-12)) << transform.name() << "\n" << back << value;
}

TEST(Transforms, RemoveOffsetsByHand) {
  const auto extensive = make(R"({"RemoveOffsets": {"mean": 2, "atomrefs": {"H": -1, "C": -38, "O": -75}}})");
  const at::Tensor expected = numbers({-76.4 - 6 + 77, -1.2 - 4 + 2, -113.3 - 4 + 113});
  EXPECT_TRUE(at::allclose(extensive->apply(energies(), molecules()), expected));
  const auto intensive =
      make(R"({"RemoveOffsets": {"mean": 2, "atomrefs": {"H": -1, "C": -38, "O": -75}, "is_extensive": false}})");
  const at::Tensor per_atom = numbers({-76.4 - 2 + 77.0 / 3, -1.2 - 2 + 1, -113.3 - 2 + 56.5});
  EXPECT_TRUE(at::allclose(intensive->apply(energies(), molecules()), per_atom));
  for (const auto* transform : {&extensive, &intensive}) {
    expect_round_trip(**transform, energies());
    expect_round_trip(**transform, energies().view({3, 1}));
    expect_round_trip(**transform, energies().to(at::kFloat));
  }
}

TEST(Transforms, AddOffsetsUndoesRemoveOffsets) {
  const auto remove = make(R"({"RemoveOffsets": {"mean": 2}})"), add = make(R"({"AddOffsets": {"mean": 2}})");
  const at::Tensor removed = remove->apply(energies(), molecules());
  EXPECT_TRUE(at::allclose(add->apply(removed, molecules()), energies()));
  expect_round_trip(*add, energies());
}

TEST(Transforms, TheMeanIsFittedPerAtom) {
  auto transform = make(R"("RemoveOffsets")");
  EXPECT_TRUE(transform->needs_fit());
  EXPECT_ERROR(transform->apply(energies(), molecules()), ErrorKind::invalid_argument, "fit");
  transform->fit(source());
  const double mean = (-76.4 / 3 - 1.2 / 2 - 113.3 / 2) / 3;
  EXPECT_NEAR(transform->arguments().at("mean").as_double(), mean, 1e-12);
  const auto again = make_transform(Config::map({{transform->name(), transform->arguments()}}));
  EXPECT_FALSE(again->needs_fit());
  EXPECT_TRUE(at::equal(again->apply(energies(), molecules()), transform->apply(energies(), molecules())));
  EXPECT_FALSE(make(R"({"RemoveOffsets": {"remove_mean": false}})")->needs_fit());
  EXPECT_ERROR(make(R"("RemoveOffsets")")->fit([](const BatchVisitor&) {}), ErrorKind::invalid_argument, "no sample");
}

TEST(Transforms, ReferenceEnergiesReproduceASumOverElements) {
  at::manual_seed(3);
  const at::Tensor truth = numbers({-13.6, -1036.0, -2042.5});
  const at::Tensor z_of = integers({1, 6, 8});
  auto transform = make(R"("ReferenceEnergies")");
  transform->fit([&](const BatchVisitor& visit) {
    for (int batch = 0; batch < 4; ++batch) {
      const at::Tensor kind = at::randint(3, {40}, at::kLong), sample = at::arange(40).floor_divide(4);
      const at::Tensor energy = at::zeros({10}, at::kDouble).index_add(0, sample, truth.index_select(0, kind));
      visit(energy, {z_of.index_select(0, kind), sample, at::full({10}, 4, at::kLong)});
    }
  });
  const Config found = transform->arguments().at("energies");
  EXPECT_NEAR(found.at("H").as_double(), -13.6, 1e-7);
  EXPECT_NEAR(found.at("C").as_double(), -1036.0, 1e-7);
  EXPECT_NEAR(found.at("O").as_double(), -2042.5, 1e-7);
  EXPECT_EQ(found.as_map().size(), 3u);
  expect_round_trip(*transform, energies());
}

TEST(Transforms, ElementsInFixedProportionShareTheEnergy) {
  ReferenceEnergyFit fit;
  fit.add(numbers({-3, -6}), {integers({11, 17, 11, 17, 11, 17}), integers({0, 0, 1, 1, 1, 1}), integers({2, 4})});
  const at::Tensor e = fit.solve();
  EXPECT_NEAR(e[11].item<double>(), -1.5, 1e-9);
  EXPECT_NEAR(e[17].item<double>(), -1.5, 1e-9);
  EXPECT_TRUE(std::isnan(e[1].item<double>()));
  EXPECT_ERROR(ReferenceEnergyFit().solve(), ErrorKind::invalid_argument, "no atoms");
}

TEST(Transforms, AnElementWithoutEnergyIsAnError) {
  const auto transform = make(R"({"ReferenceEnergies": {"energies": {"H": -1, "O": -75}}})");
  EXPECT_ERROR(transform->apply(energies(), molecules()), ErrorKind::invalid_argument, "C (atomic number 6)");
  EXPECT_ERROR(make(R"({"ReferenceEnergies": {"energies": {"Hx": -1}}})"), ErrorKind::invalid_argument, "Hx");
  EXPECT_ERROR(make(R"({"RemoveOffsets": {"mean": 1}})")->apply(energies(), {}), ErrorKind::invalid_argument,
               "no atoms");
  EXPECT_ERROR(make(R"({"RemoveOffsets": {"mean": 1}})")->apply(numbers({1, 2}), molecules()),
               ErrorKind::invalid_argument, "3 samples");
}

TEST(Transforms, NormalizeFitsMeanAndUnbiasedDeviation) {
  auto transform = make(R"("Normalize")");
  transform->fit([](const BatchVisitor& visit) {
    visit(numbers({1, 2}), {});
    visit(numbers({6}), {});
  });
  const at::Tensor expected = (numbers({1, 2, 6}) - 3) / std::sqrt(7.0);
  EXPECT_TRUE(at::allclose(transform->apply(numbers({1, 2, 6}), {}), expected));
  EXPECT_NEAR(transform->slope(), 1 / std::sqrt(7.0), 1e-15);
  expect_round_trip(*transform, numbers({1, 2, 6}));
  EXPECT_ERROR(make(R"("Normalize")")->fit([](const BatchVisitor& visit) {
    visit(numbers({1, 1}), {});
  }),
               ErrorKind::invalid_argument, "all targets equal");
  EXPECT_ERROR(make(R"("Normalize")")->fit([](const BatchVisitor& visit) { visit(numbers({1}), {}); }),
               ErrorKind::invalid_argument, "1 value");
}

TEST(Transforms, NormalizePerComponent) {
  auto transform = make(R"({"Normalize": {"per_component": true}})");
  const at::Tensor rows = numbers({1, 10, 3, 30}).view({2, 2});
  transform->fit([&](const BatchVisitor& visit) { visit(rows, {}); });
  const at::Tensor s = numbers({-1, -1, 1, 1}).view({2, 2}) / std::sqrt(2.0);
  EXPECT_TRUE(at::allclose(transform->apply(rows, {}), s));
  EXPECT_ERROR(transform->slope(), ErrorKind::invalid_argument, "2 standard deviations");
  EXPECT_ERROR(transform->apply(numbers({1, 2, 3}), {}), ErrorKind::invalid_argument, "2 numbers");
}

TEST(Transforms, ScalerModes) {
  const at::Tensor x = numbers({1, 2});
  EXPECT_TRUE(at::equal(make(R"({"Scaler": {"mode": "no_scaling"}})")->apply(x, {}), x));
  const auto custom = make(R"({"Scaler": {"mode": "custom_scaling", "mean": [1], "std": [2]}})");
  EXPECT_TRUE(at::allclose(custom->apply(x, {}), numbers({0, 0.5})));
  EXPECT_TRUE(make(R"({"Scaler": {"mode": "mean_std_scaling"}})")->needs_fit());
  EXPECT_ERROR(make(R"({"Scaler": {"mode": "custom_scaling", "mean": [1]}})"), ErrorKind::invalid_argument, "both");
  EXPECT_ERROR(make(R"({"Scaler": {"mode": "no_scaling", "mean": [1]}})"), ErrorKind::invalid_argument, "custom");
  EXPECT_TRUE(at::allclose(make(R"({"UnNormalize": {"mean": [1], "std": [2]}})")->apply(x, {}), numbers({3, 5})));
}

TEST(Transforms, ElementwiseMapsAndTheirInverses) {
  const at::Tensor x = numbers({0.5, 2, 10});
  EXPECT_TRUE(at::allclose(make(R"("Log10")")->apply(x, {}), x.log10()));
  EXPECT_TRUE(at::allclose(make(R"({"PowerData": {"base": 2}})")->apply(x, {}), at::pow(2.0, x)));
  EXPECT_TRUE(at::allclose(make(R"({"PowerData": {"exp": 3}})")->apply(x, {}), x.pow(3)));
  EXPECT_TRUE(at::allclose(make(R"({"Scale": {"scale": -2}})")->apply(x, {}), x * -2));
  for (const char* json :
       {R"("Log10")", R"({"PowerData": {"base": 2}})", R"({"PowerData": {"exp": 3}})", R"({"Scale": {"scale": -2}})"}) {
    expect_round_trip(*make(json), x);
  }
  EXPECT_TRUE(at::equal(make(R"("Abs")")->apply(-x, {}), x));
  EXPECT_ERROR(make(R"("Abs")")->invert(x, {}), ErrorKind::invalid_argument, "no inverse");
  EXPECT_ERROR(make(R"("Log10")")->apply(-x, {}), ErrorKind::invalid_argument, "-10");
  EXPECT_ERROR(make(R"("Log10")")->slope(), ErrorKind::invalid_argument, "not linear");
  EXPECT_ERROR(make(R"("PowerData")"), ErrorKind::invalid_argument, "either");
  EXPECT_ERROR(make(R"({"PowerData": {"base": 1}})"), ErrorKind::invalid_argument, "base is 1");
  EXPECT_ERROR(make(R"({"Scale": {"scale": 0}})"), ErrorKind::invalid_argument, "not 0");
}

TEST(TransformChain, FitsEachOnWhatTheOthersLeave) {
  TransformChain chain(parse_json(R"([{"RemoveOffsets": {}}, "Normalize"])", "test"));
  EXPECT_TRUE(chain.needs_fit());
  chain.fit(source());
  EXPECT_FALSE(chain.needs_fit());
  const at::Tensor value = chain.apply(energies(), molecules());
  EXPECT_NEAR(value.mean().item<double>(), 0, 1e-12);
  EXPECT_NEAR(value.std().item<double>(), 1, 1e-12);
  EXPECT_TRUE(at::allclose(chain.invert(value, molecules()), energies()));

  const TransformChain saved(parse_json(to_json(chain.to_config()), "saved"));
  EXPECT_FALSE(saved.needs_fit());
  EXPECT_TRUE(at::equal(saved.apply(energies(), molecules()), value));
  EXPECT_EQ(saved.slope(), chain.slope());
  EXPECT_TRUE(TransformChain(Config()).empty());
  EXPECT_TRUE(at::equal(TransformChain().apply(energies(), {}), energies()));
}

TEST(RunningMoments, AgreeWithTheDirectFormulas) {
  RunningMoments moments;
  const at::Tensor x = numbers({1e8 + 1, 1e8 + 2, 1e8 + 4});
  moments.add(x);
  EXPECT_EQ(moments.count(), 3);
  EXPECT_NEAR(moments.mean(), 1e8 + 7.0 / 3, 1e-7);
  EXPECT_NEAR(moments.standard_deviation(), std::sqrt(7.0 / 3), 1e-7);
  EXPECT_TRUE(std::isnan(RunningMoments().standard_deviation()));
}

}  // namespace
}  // namespace spinel::train
