#include "spinel/models/schnet/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/models/schnet/fixture.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace spinel::models {
namespace {

using testing::HasSubstr;

/// The tensors of a fixture whose names begin with `prefix`, without it.
NamedTensors fixture(const std::string& name, const std::string& prefix) {
  const auto file = SafetensorsFile::open(source_dir() + "/tests/golden/models/schnet/" + name + ".safetensors");
  NamedTensors tensors;
  for (const std::string& key : file.names()) {
    if (key.starts_with(prefix)) tensors.set(key.substr(prefix.size()), to_tensor(file.tensor(key), file.owner()));
  }
  return tensors;
}

class ConvertSchNetPack : public testing::TestWithParam<const char*> {};

TEST_P(ConvertSchNetPack, GivesTheEnergyAndForcesOfTheReference) {
  const ConvertedSchNet converted = convert_schnetpack(fixture(GetParam(), "state."), GetParam());
  const auto model = make_schnet(converted.arguments);
  model->load_state_dict(converted.state);
  const NamedTensors wanted = fixture(GetParam(), "output.");
  const NamedTensors outputs = model->call(model->featurize(water(), at::kFloat));
  EXPECT_TRUE(at::allclose(outputs.at("forces"), wanted.at("forces").to(at::kFloat), 1e-4, 1e-6));
  const Config& offsets = converted.transforms.at("energy").at("RemoveOffsets");
  EXPECT_TRUE(offsets.at("is_extensive").as_bool());
  const auto atomrefs = offsets.at("atomrefs").as_doubles();
  const double added = 3 * offsets.at("mean").as_double() + atomrefs[8] + 2 * atomrefs[1];
  EXPECT_NEAR(outputs.at("energy").item<double>() + added, wanted.at("energy").item<double>(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ConvertSchNetPack, testing::Values("gaussian", "bessel-shared"),
                         [](const auto& info) { return std::string(info.index == 0 ? "Gaussian" : "BesselShared"); });

TEST(ConvertSchNet, ReadsWhatTheTensorsTell) {
  const Config arguments = convert_schnetpack(fixture("bessel-shared", "state."), "x").arguments;
  EXPECT_EQ(arguments.at("radial_basis").as_string(), "BesselRBF");
  EXPECT_EQ(arguments.at("cutoff_fn").as_string(), "MollifierCutoff");
  EXPECT_TRUE(arguments.at("shared_interactions").as_bool());
  EXPECT_EQ(arguments.at("n_filters").as_int(), 5);
  EXPECT_EQ(arguments.at("cutoff").as_double(), 4.0);
  EXPECT_EQ(arguments.at("head").at("n_hidden").as_int(), 4);
  EXPECT_EQ(arguments.at("head").at("n_layers").as_int(), 3);
}

TEST(ConvertSchNet, TakesLightningsPrefixAndOverrides) {
  NamedTensors task;
  for (const auto& [key, tensor] : fixture("gaussian", "state.")) task.set("model." + key, tensor);
  EXPECT_TRUE(is_schnetpack(task));
  const Config dipole = Config::map({{"head", Config::map({{"type", "DipoleMoment"}})}});
  const ConvertedSchNet converted = convert_schnetpack(task, "x", dipole);
  EXPECT_EQ(converted.arguments.at("head").at("type").as_string(), "DipoleMoment");
  EXPECT_TRUE(converted.transforms.as_map().empty());
  EXPECT_TRUE(converted.state.contains("output_modules.0.outnet.1.bias"));
}

/// The state of a model under the names of version 0.3.
NamedTensors as_version_0_3(const SchNet& model) {
  NamedTensors old;
  for (const auto& [key, tensor] : model.state_dict()) {
    std::string name = key;
    const auto replace = [&name](const std::string& from, const std::string& to) {
      if (const size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    replace(".in2f.", ".cfconv.in2f.");
    replace(".f2out.0.", ".cfconv.f2out.");
    replace(".f2out.1.", ".dense.");
    replace(".radial_basis.widths", ".distance_expansion.width");
    replace(".radial_basis.offsets", ".distance_expansion.offsets");
    replace(".outnet.", ".out_net.1.out_net.");
    replace("representation.cutoff_fn.", "representation.interactions.0.cutoff_network.");
    old.set(name, tensor.detach());
    if (name.find(".filter_network.") != std::string::npos) {
      replace(".filter_network.", ".cfconv.filter_network.");
      old.set(name, tensor.detach());
    }
  }
  old.set("output_modules.0.standardize.mean", at::tensor({-2.0f}));
  old.set("output_modules.0.standardize.stddev", at::tensor({3.0f}));
  return old;
}

TEST(ConvertSchNet, KnowsTheNamesOfVersion03) {
  SchNetOptions options{.n_atom_basis = 8, .n_interactions = 2, .n_rbf = 5};
  options.head.activation = "shifted_softplus";
  const auto model = small_schnet(options, at::kFloat);
  const NamedTensors old = as_version_0_3(*model);
  ASSERT_TRUE(is_schnetpack(old));
  const ConvertedSchNet converted = convert_schnetpack(old, "old");
  EXPECT_EQ(converted.arguments.at("head").at("activation").as_string(), "shifted_softplus");
  EXPECT_EQ(converted.transforms.at("energy").at("RemoveOffsets").at("mean").as_double(), -2.0);
  const auto again = make_schnet(converted.arguments);
  again->load_state_dict(converted.state);
  // Its energies are standardised: a standard deviation of 3 triples what the network alone gives.
  const at::Tensor alone = model->call(batch_of(*model, {water()}, at::kFloat)).at("energy");
  const at::Tensor tripled = again->call(again->featurize(water(), at::kFloat)).at("energy");
  EXPECT_TRUE(at::allclose(tripled, 3 * alone, 1e-4, 1e-5));
}

TEST(ConvertSchNet, NamesWhatIsWrong) {
  NamedTensors state;
  for (const auto& [key, tensor] : fixture("gaussian", "state.")) state.set(key, tensor);
  EXPECT_EQ(error_of([] {
              convert_schnetpack({{"weight", at::zeros({1})}}, "other.pt");
            }).kind(),
            ErrorKind::invalid_argument);
  NamedTensors two_outputs = state;
  two_outputs.set("output_modules.0.outnet.1.weight", at::zeros({2, 3}));
  EXPECT_THAT(error_of([&] { convert_schnetpack(two_outputs, "x.pt"); }).what(), HasSubstr("2 outputs"));
  NamedTensors partial;
  for (const auto& [key, tensor] : state) {
    if (key != "representation.cutoff_fn.cutoff") partial.set(key, tensor);
  }
  const std::string message = error_of([&] { convert_schnetpack(partial, "x.pt"); }).what();
  EXPECT_THAT(message, HasSubstr("x.pt: it has no tensor 'representation.cutoff_fn.cutoff'"));
}

}  // namespace
}  // namespace spinel::models
