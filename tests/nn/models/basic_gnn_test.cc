#include "spinel/nn/models/basic_gnn.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Config config(const char* json) { return parse_json(json, "test"); }
std::unique_ptr<BasicGNN> make(const std::string& name, const char* json) {
  return gnn_list().at(name).make(config(json));
}

at::Tensor edges() { return at::tensor({0, 1, 2, 3, 1, 2, 3, 0, 1, 0, 2, 1}, at::kLong).view({2, 6}); }
at::Tensor features() { return at::arange(20).to(at::kFloat).view({4, 5}).sin(); }

/// Each kind with arguments for features of width 5 and a result of width 3.
struct Kind {
  const char* name;
  const char* arguments;
};
const Kind kinds[] = {
    {"GCN", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3})"},
    {"GraphSAGE",
     R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3, "norm": "batch_norm"})"},
    {"SAGE", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 3, "out_channels": 3, "jk": "cat"})"},
    {"GIN", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3, "jk": "lstm"})"},
    {"GAT", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3, "heads": 4, "v2": true})"},
    {"PNA", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3, "deg": [0, 2, 2],
                "aggregators": ["mean", "max"], "scalers": ["identity", "linear"]})"},
    {"EdgeCNN", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3, "jk": "max"})"},
};

class GNNConformance : public testing::TestWithParam<Kind> {
 protected:
  GNNConformance() : network_(make(GetParam().name, GetParam().arguments)) { network_->eval(); }
  at::Tensor run(const at::Tensor& x, const at::Tensor& edge_index) { return network_->forward(x, edge_index); }
  std::unique_ptr<BasicGNN> network_;
};
INSTANTIATE_TEST_SUITE_P(All, GNNConformance, testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(GNNConformance, FollowsAPermutationOfNodes) {
  const at::Tensor permutation = at::tensor({2, 0, 3, 1}, at::kLong), place = permutation.argsort();
  const at::Tensor out = run(features(), edges());
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{4, 3}));
  const at::Tensor moved =
      run(features().index_select(0, permutation), place.index_select(0, edges().flatten()).view({2, 6}));
  EXPECT_TRUE(moved.allclose(out.index_select(0, permutation), 1e-4, 1e-5));
}

TEST_P(GNNConformance, ABatchOfGraphsIsItsGraphs) {
  const at::Tensor x = features(), out = run(x, edges());
  const at::Tensor both = run(at::cat({x, x}), at::cat({edges(), edges() + 4}, 1));
  EXPECT_TRUE(both.allclose(at::cat({out, out}), 1e-4, 1e-5));
}

TEST_P(GNNConformance, EveryParameterHasAGradient) {
  network_->train();
  run(features(), edges()).square().sum().backward();
  for (const auto& [name, parameter] : network_->named_parameters()) {
    EXPECT_TRUE(parameter.grad().defined()) << name;
  }
}

TEST_P(GNNConformance, ArgumentsAndStateMakeItAgain) {
  const auto again = make_gnn(network_->kind(), network_->arguments());
  again->load_state_dict(network_->state_dict());
  again->eval();
  EXPECT_TRUE(again->forward(features(), edges()).equal(run(features(), edges())));
}

TEST_P(GNNConformance, AGraphWithoutEdgesOrNodesIsTaken) {
  const at::Tensor none = at::empty({2, 0}, at::kLong);
  EXPECT_TRUE(run(features(), none).isfinite().all().item<bool>());
  EXPECT_EQ(run(features().slice(0, 0, 0), none).sizes(), (at::IntArrayRef{0, 3}));
}

TEST(BasicGNN, KeysAreThoseOfTheReference) {
  const auto names = make("GCN", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "out_channels": 3,
                                     "norm": "batch_norm", "jk": "lstm"})")
                         ->state_dict()
                         .names();
  for (const char* key :
       {"convs.0.lin.weight", "convs.0.bias", "convs.1.lin.weight", "norms.0.module.weight",
        "norms.1.module.running_mean", "jk.lstm.weight_ih_l0", "jk.att.bias", "lin.weight", "lin.bias"}) {
    EXPECT_THAT(names, Contains(key));
  }
  const auto gin = make("GIN", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 1, "norm": "layer_norm"})");
  EXPECT_THAT(gin->state_dict().names(), Contains("convs.0.nn.norms.0.weight"));
  EXPECT_THAT(gin->state_dict().names(), Not(Contains("lin.weight")));
  EXPECT_EQ(gin->out_channels(), 8);
  EXPECT_EQ(gin->to_string(), "GIN(5, 8, num_layers=1)");
}

TEST(BasicGNN, AWidthThatIsNotGivenIsThatOfTheInput) {
  const auto gcn = make("GCN", R"({"hidden_channels": 8, "num_layers": 2})");
  EXPECT_TRUE(gcn->has_lazy_parameters());
  EXPECT_EQ(gcn->forward(features(), edges()).size(1), 8);
  const auto cnn = make("EdgeCNN", R"({"hidden_channels": 8, "num_layers": 1, "norm": null})");
  EXPECT_EQ(cnn->forward(features(), edges()).size(1), 8);
}

TEST(BasicGNN, DropsOnlyInTrainingAndWithTheSeed) {
  const auto gcn = make("GCN", R"({"in_channels": 5, "hidden_channels": 64, "num_layers": 2, "dropout": 0.5})");
  const auto run = [&] {
    at::manual_seed(4);
    return gcn->forward(features(), edges());
  };
  const at::Tensor trained = run();
  EXPECT_TRUE(run().equal(trained));
  EXPECT_FALSE(gcn->forward(features(), edges()).equal(trained));
  gcn->eval();
  EXPECT_FALSE(run().equal(trained));
  EXPECT_TRUE(run().equal(gcn->forward(features(), edges())));
}

TEST(BasicGNN, DataOfEdgesGoToNetworksThatTakeThem) {
  const at::Tensor weight = at::tensor({1.0F, 2.0F, 0.5F, 1.0F, 1.0F, 3.0F});
  const auto gcn = make("GCN", kinds[0].arguments);
  EXPECT_FALSE(gcn->forward(features(), edges(), weight).allclose(gcn->forward(features(), edges())));
  EXPECT_THAT(error_of([&] { gcn->forward(features(), edges(), {}, weight.unsqueeze(1)); }).what(),
              HasSubstr("GCN: edge_attr is given, but GCNConv has no use for it"));
  const auto gat = make("GAT", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 1, "edge_dim": 1})");
  EXPECT_TRUE(gat->uses_edge_attr());
  EXPECT_FALSE(gat->forward(features(), edges(), {}, weight.unsqueeze(1))
                   .allclose(gat->forward(features(), edges(), {}, -weight.unsqueeze(1))));
  EXPECT_FALSE(make("GAT", kinds[4].arguments)->uses_edge_attr());
  EXPECT_THAT(error_of([&] { gat->forward(features(), edges(), weight); }).what(),
              HasSubstr("GAT: edge_weight is given, but GATConv has no use for it"));
}

TEST(BasicGNN, WrongArgumentsAreNamed) {
  const auto message = [](const char* name, const char* json) {
    return std::string(error_of([&] { make(name, json); }).what());
  };
  EXPECT_THAT(message("GCN", R"({"hiden_channels": 8, "num_layers": 2})"), HasSubstr("hidden_channels"));
  EXPECT_THAT(message("GCN", R"({"num_layers": 2})"), HasSubstr("hidden_channels"));
  EXPECT_THAT(message("GCN", R"({"hidden_channels": 8, "num_layers": 0})"), HasSubstr("num_layers is 0"));
  EXPECT_THAT(message("GCN", R"({"hidden_channels": 0, "num_layers": 1})"), HasSubstr("hidden_channels is 0"));
  EXPECT_THAT(message("GCN", R"({"hidden_channels": 8, "num_layers": 1, "heads": 2})"), HasSubstr("no option 'heads'"));
  EXPECT_THAT(message("GCN", R"({"hidden_channels": 8, "num_layers": 1, "jk": "mean"})"), HasSubstr("no mode 'mean'"));
  EXPECT_THAT(message("GCN", R"({"hidden_channels": 8, "num_layers": 1, "norm": "bach", "jk": "last"})"),
              HasSubstr("bach"));
  EXPECT_THAT(message("GAT", R"({"in_channels": 5, "hidden_channels": 8, "num_layers": 2, "heads": 3})"),
              HasSubstr("3 heads do not divide the width 8"));
  EXPECT_THAT(message("GIN", R"({"hidden_channels": 8, "num_layers": 1, "nn": null})"), HasSubstr("no option 'nn'"));
}

}  // namespace
}  // namespace spinel::nn
