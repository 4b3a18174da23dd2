// Convolutions whose linear maps are made of nodes, and that store no messages, against the same ones over each edge,
// as a hook sees them.
#include "spinel/nn/conv/linear_of_nodes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "spinel/nn/conv/list.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {
namespace {

struct Case {
  const char* name;
  std::string config;
  std::vector<const char*> inputs;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

CallArguments inputs_of(const Case& c, const at::Tensor& edges, const at::Tensor& x) {
  at::manual_seed(2);
  CallArguments arguments;
  const int64_t nodes = x.size(0), count = edges.size(1);
  for (const std::string name : c.inputs) {
    at::Tensor value;
    if (name == "x") value = x;
    else if (name == "edge_index") value = edges;
    else if (name == "edge_type") value = at::randint(3, {count}, at::kLong);
    else if (name == "edge_attr") value = at::randn({count, 2}, at::kDouble);
    else value = at::randn({nodes, 3}, at::kDouble);
    arguments.named.emplace_back(name, value);
  }
  return arguments;
}

std::string layer(int a, int b, int c) {
  return format(R"({{"Sequential": {{"layers": [{{"Linear": {{"in_features": {}, "out_features": {}}}}}, "Tanh",)"
                R"( {{"Linear": {{"in_features": {}, "out_features": {}}}}}]}}}})",
                a, b, b, c);
}

class LinearOfNodes : public testing::TestWithParam<Case> {};

TEST_P(LinearOfNodes, IsTheLayerOverEachEdge) {
  at::manual_seed(1);
  const Config config = parse_json(GetParam().config, "test");
  const std::unique_ptr<CallableModule> conv = make_conv(Config::map({{GetParam().name, config}}));
  conv->to(at::kDouble);
  const at::Tensor edges = at::randint(7, {2, 40}, at::kLong);
  at::Tensor x = at::randn({7, 4}, at::kDouble).requires_grad_();
  const CallArguments arguments = inputs_of(GetParam(), edges, x);
  const auto run = [&] {
    std::vector<at::Tensor> leaves = conv->parameters();
    leaves.push_back(x);
    for (at::Tensor& leaf : leaves) leaf.mutable_grad().reset();
    const at::Tensor out = *conv->call(arguments).at(0).tensor();
    out.sin().sum().backward();
    std::vector<at::Tensor> found{out};
    for (at::Tensor& leaf : leaves) found.push_back(leaf.grad());
    return found;
  };
  const std::vector<at::Tensor> by_nodes = run();
  int64_t seen = 0;
  auto& base = dynamic_cast<MessagePassingBase&>(*conv);
  base.hooks().message.after.add(
      [&](MessagePassingBase&, const MessageArguments&, at::Tensor& message) { seen += message.size(0); });
  const std::vector<at::Tensor> by_edges = run();
  EXPECT_GE(seen, 21);
  for (size_t k = 0; k < by_edges.size(); ++k) EXPECT_TRUE(at::allclose(by_nodes[k], by_edges[k])) << k;
}

INSTANTIATE_TEST_SUITE_P(
    All, LinearOfNodes,
    testing::Values(Case{"EdgeConv", R"({"nn": )" + layer(8, 6, 5) + "}", {"x", "edge_index"}},
                    Case{"EdgeConv",
                         R"({"aggr": "mean", "flow": "target_to_source", "nn": {"MLP": {"channel_list": [8, 6, 5]}}})",
                         {"x", "edge_index"}},
                    Case{"EdgeConv",
                         R"({"nn": {"Linear": {"in_features": 8, "out_features": 5, "bias": false}}})",
                         {"x", "edge_index"}},
                    Case{"DynamicEdgeConv", R"({"k": 3, "nn": )" + layer(8, 6, 5) + "}", {"x"}},
                    Case{"PointNetConv", R"({"local_nn": )" + layer(7, 6, 5) + "}", {"x", "pos", "edge_index"}},
                    Case{"PPFConv",
                         R"({"add_self_loops": false, "local_nn": )" + layer(8, 6, 5) + "}",
                         {"x", "pos", "normal", "edge_index"}},
                    Case{"PointGNNConv",
                         R"({"mlp_h": )" + layer(4, 6, 3) + R"(, "mlp_f": )" + layer(7, 6, 5) + R"(, "mlp_g": )" +
                             layer(5, 6, 4) + "}",
                         {"x", "pos", "edge_index"}},
                    Case{"NNConv",
                         R"({"in_channels": 4, "out_channels": 5, "nn": )" + layer(2, 6, 20) + "}",
                         {"x", "edge_index", "edge_attr"}},
                    Case{"NNConv",
                         R"({"in_channels": 4, "out_channels": 5, "aggr": "max",
                 "nn": {"Linear": {"in_features": 2, "out_features": 20, "bias": false}}})",
                         {"x", "edge_index", "edge_attr"}},
                    Case{"FiLMConv",
                         R"({"in_channels": 4, "out_channels": 5, "num_relations": 3})",
                         {"x", "edge_index", "edge_type"}},
                    Case{"FiLMConv",
                         R"({"in_channels": 4, "out_channels": 5, "act": null, "aggr": "sum",
                             "flow": "target_to_source"})",
                         {"x", "edge_index"}},
                    Case{
                        "PointTransformerConv", R"({"in_channels": 4, "out_channels": 5})", {"x", "pos", "edge_index"}},
                    Case{"PointTransformerConv",
                         R"({"in_channels": 4, "out_channels": 5, "add_self_loops": false, "flow": "target_to_source",
                             "pos_nn": {"Linear": {"in_features": 3, "out_features": 5, "bias": false}}})",
                         {"x", "pos", "edge_index"}}));

TEST(LinearOfNodesOnly, NeedsALinearMapOfKnownWidthAndEnoughEdges) {
  const std::unique_ptr<CallableModule> conv =
      make_conv(parse_json(R"({"EdgeConv": {"nn": {"Linear": {"in_features": 8, "out_features": 5}}}})", "test"));
  auto& base = dynamic_cast<MessagePassingBase&>(*conv);
  Linear plain(8, 5), lazy(-1, 5);
  const Adjacency edges(at::zeros({2, 10}, at::kLong));
  EXPECT_EQ(linear_of_nodes(plain, base, edges, 10), &plain);
  EXPECT_EQ(linear_of_nodes(plain, base, edges, 11), nullptr);
  EXPECT_EQ(linear_of_nodes(lazy, base, edges, 10), nullptr);
  EXPECT_EQ(linear_of_nodes(*make_layer("ReLU"), base, edges, 10), nullptr);
  base.set_explain(true);
  EXPECT_EQ(linear_of_nodes(plain, base, edges, 10), nullptr);
}

}  // namespace
}  // namespace spinel::nn
