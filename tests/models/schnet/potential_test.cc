#include "spinel/models/schnet/potential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/models/schnet/fixture.h"
#include "tests/support/errors.h"

namespace spinel::models {
namespace {

/// Largest difference relative to the largest value.
double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() / (1e-30 + b.abs().max().item<double>());
}

/// Outputs and the parameter gradients of a loss in which every output has its own random cotangent.
struct Run {
  NamedTensors outputs;
  std::vector<at::Tensor> gradients;
};

Run run(SchNet& model, const NamedTensors& inputs, bool fast, const std::vector<std::string>& in_loss) {
  model.set_fast_path(fast);
  Run result{model.call(inputs), {}};
  at::manual_seed(5);
  at::Tensor loss = at::zeros({}, at::kDouble);
  for (const auto& [name, tensor] : result.outputs) {
    const at::Tensor cotangent = at::randn(tensor.sizes(), at::kDouble);
    if (std::find(in_loss.begin(), in_loss.end(), name) != in_loss.end()) loss = loss + (tensor * cotangent).sum();
  }
  result.gradients = torch::autograd::grad({loss}, model.parameters(), {}, std::nullopt, false, true);
  return result;
}

void expect_same(SchNet& model, const NamedTensors& inputs, const std::vector<std::string>& in_loss) {
  ASSERT_TRUE(has_fast_path(model, inputs));
  const Run general = run(model, inputs, false, in_loss), fast = run(model, inputs, true, in_loss);
  for (const auto& [name, tensor] : general.outputs) {
    EXPECT_LT(difference(fast.outputs.at(name), tensor), 1e-11) << name;
  }
  const std::vector<std::string> names = model.named_parameters().names();
  for (size_t k = 0; k < names.size(); ++k) {
    const at::Tensor zero = at::zeros_like(fast.gradients[k]);
    const at::Tensor& wanted = general.gradients[k].defined() ? general.gradients[k] : zero;
    EXPECT_LT((fast.gradients[k] - wanted).abs().max().item<double>(), 1e-10 * (1 + wanted.abs().max().item<double>()))
        << names[k];
  }
}

SchNetOptions options_with(const std::function<void(SchNetOptions&)>& change) {
  SchNetOptions options{.n_atom_basis = 12, .n_interactions = 3, .n_rbf = 7};
  change(options);
  return options;
}

struct Variant {
  std::string name;
  std::function<void(SchNetOptions&)> change;
};

class Potential : public testing::TestWithParam<Variant> {};

TEST_P(Potential, AgreesWithDifferentiableOperators) {
  auto model = small_schnet(options_with(GetParam().change));
  const bool stress = model->options().head.stress;
  const NamedTensors batch = stress ? batch_of(*model, {skew_crystal(), skew_crystal()})
                                    : batch_of(*model, {ethanol_like(), water(), skew_crystal()});
  std::vector<std::string> all;
  for (const auto& output : model->outputs()) all.push_back(output.name);
  expect_same(*model, batch, all);
}

INSTANTIATE_TEST_SUITE_P(
    Options, Potential,
    testing::Values(Variant{"defaults", [](SchNetOptions&) {}},
                    Variant{"stress", [](SchNetOptions& o) { o.head.stress = true; }},
                    Variant{"average", [](SchNetOptions& o) { o.head.aggregation_mode = "avg"; }},
                    Variant{"average_stress",
                            [](SchNetOptions& o) { o.head.aggregation_mode = "avg", o.head.stress = true; }},
                    Variant{"shared", [](SchNetOptions& o) { o.shared_interactions = true; }},
                    Variant{"filters", [](SchNetOptions& o) { o.n_filters = 5; }},
                    Variant{"bessel", [](SchNetOptions& o) { o.radial_basis = "BesselRBF"; }},
                    Variant{"centered", [](SchNetOptions& o) { o.radial_basis = "GaussianRBFCentered"; }},
                    Variant{"mollifier", [](SchNetOptions& o) { o.cutoff_fn = "MollifierCutoff"; }},
                    Variant{"tanh_silu", [](SchNetOptions& o) { o.activation = "silu", o.head.activation = "tanh"; }},
                    Variant{"deep_head", [](SchNetOptions& o) { o.head.n_layers = 4, o.head.n_hidden = 6; }},
                    Variant{"linear_head", [](SchNetOptions& o) { o.head.n_layers = 1; }},
                    Variant{"one_step", [](SchNetOptions& o) { o.n_interactions = 1; }},
                    Variant{"no_step", [](SchNetOptions& o) { o.n_interactions = 0; }},
                    Variant{"energy_only", [](SchNetOptions& o) { o.head.forces = false; }}),
    [](const auto& info) { return info.param.name; });

TEST(Potential, EveryOutputAloneGivesItsGradient) {
  auto model = small_schnet(options_with([](SchNetOptions& o) { o.head.stress = true; }));
  const NamedTensors batch = batch_of(*model, {skew_crystal()});
  for (const char* name : {"energy", "energy_per_atom", "forces", "stress"}) expect_same(*model, batch, {name});
}

TEST(Potential, TakesListsThatAreNotSymmetric) {
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  NamedTensors batch = batch_of(*model, {ethanol_like()});
  const at::Tensor some = at::randperm(batch.at("idx_i").size(0)).slice(0, 0, 40);
  for (const char* name : {"idx_i", "idx_j", "offsets"}) batch.set(name, batch.at(name).index_select(0, some));
  expect_same(*model, batch, {"energy", "forces"});
}

TEST(Potential, TwoPendingBatchesDoNotDisturbEachOther) {
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  const NamedTensors one = batch_of(*model, {ethanol_like()}), two = batch_of(*model, {water(), water()});
  const std::vector<at::Tensor> parameters = model->parameters();
  const auto loss = [&](const NamedTensors& batch) {
    const NamedTensors out = model->call(batch);
    return out.at("energy").sum() + out.at("forces").square().sum();
  };
  const at::Tensor alone = torch::autograd::grad({loss(one)}, {parameters[0]})[0];
  const at::Tensor first = loss(one), second = loss(two);  // both graphs live at once
  const at::Tensor pending = torch::autograd::grad({first}, {parameters[0]})[0];
  EXPECT_TRUE(at::equal(alone, pending));
  EXPECT_TRUE(torch::autograd::grad({second}, {parameters[0]})[0].isfinite().all().item<bool>());
}

TEST(Potential, OneGraphGivesItsGradientsAgain) {
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  const NamedTensors out = model->call(batch_of(*model, {ethanol_like()}));
  const at::Tensor loss = out.at("energy").sum() + out.at("forces").square().sum();
  const auto first = torch::autograd::grad({loss}, model->parameters(), {}, /*retain_graph=*/true);
  const auto again = torch::autograd::grad({loss}, model->parameters());
  for (size_t k = 0; k < first.size(); ++k) EXPECT_TRUE(at::equal(first[k], again[k])) << k;
}

TEST(Potential, ModelsThatComputeInTurnShareTheirMemory) {
  const TapePool pool;
  auto one = small_schnet(options_with([](SchNetOptions&) {})), two = small_schnet(options_with([](SchNetOptions&) {}));
  const NamedTensors batch = batch_of(*one, {ethanol_like()});
  const at::Tensor energy = one->call(batch).at("energy").detach();
  const size_t tapes = pool.num_free();
  EXPECT_GE(tapes, 1u);
  {
    const NamedTensors pending = two->call(batch);
    EXPECT_EQ(pool.num_free(), tapes - 1) << "a graph that may still be differentiated keeps its tape";
  }
  EXPECT_EQ(pool.num_free(), tapes);
  auto single = small_schnet(options_with([](SchNetOptions&) {}), at::kFloat);
  single->call(batch_of(*single, {water()}, at::kFloat));
  const size_t both = pool.num_free();
  single->call(batch_of(*single, {water()}, at::kFloat));
  EXPECT_TRUE(at::equal(one->call(batch).at("energy").detach(), energy));
  EXPECT_EQ(pool.num_free(), both) << "each dtype has its own";
}

TEST(Potential, RefusesWhatItCannotDerive) {
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  const NamedTensors out = model->call(batch_of(*model, {water()}));
  const auto graph_of_gradient = [&] {
    torch::autograd::grad({out.at("energy").sum()}, {model->parameters()[0]}, {}, true, /*create_graph=*/true);
  };
  EXPECT_THAT(error_of(graph_of_gradient).what(), testing::HasSubstr("set_fast_path"));
}

TEST(Potential, NoticesAParameterChangedBeforeTheBackwardPass) {
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  const NamedTensors out = model->call(batch_of(*model, {water()}));
  {
    at::NoGradGuard no_grad;
    for (at::Tensor p : model->parameters()) p.add_(1);
  }
  EXPECT_ANY_THROW(torch::autograd::grad({out.at("energy").sum()}, model->parameters()));
}

TEST(Potential, StepsAsideWhereItDoesNotApply) {
  const auto applies = [](const std::function<void(SchNetOptions&)>& change) {
    auto model = small_schnet(options_with(change));
    return has_fast_path(*model, batch_of(*model, {water()}));
  };
  EXPECT_TRUE(applies([](SchNetOptions&) {}));
  EXPECT_FALSE(applies([](SchNetOptions& o) { o.trainable_rbf = true; }));
  EXPECT_FALSE(applies([](SchNetOptions& o) { o.activation = "elu"; }));
  EXPECT_FALSE(applies([](SchNetOptions& o) { o.head = {.type = "DipoleMoment"}; }));
  auto model = small_schnet(options_with([](SchNetOptions&) {}));
  NamedTensors batch = batch_of(*model, {water()});
  batch.set("pos", batch.at("pos").clone().requires_grad_());
  EXPECT_FALSE(has_fast_path(*model, batch));
}

TEST(Potential, Float32IsCloseToFloat64) {
  const SchNetOptions options = options_with([](SchNetOptions& o) { o.n_atom_basis = 64; });
  auto single = small_schnet(options, at::kFloat);
  auto twice = small_schnet(options, at::kDouble);
  const NamedTensors a = single->call(batch_of(*single, {ethanol_like()}, at::kFloat));
  const NamedTensors b = twice->call(batch_of(*twice, {ethanol_like()}));
  EXPECT_LT(difference(a.at("forces").to(at::kDouble), b.at("forces")), 2e-5);
  EXPECT_EQ(a.at("forces").scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace spinel::models
