// Convolutions on graphs with several types of nodes and edges.
#include "spinel/nn/conv/hetero_conv.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "spinel/nn/conv/gat_conv.h"
#include "spinel/nn/conv/gcn_conv.h"
#include "spinel/nn/conv/graph_conv.h"
#include "spinel/nn/conv/han_conv.h"
#include "spinel/nn/conv/hgt_conv.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/conv/sage_conv.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const EdgeType writes{"author", "writes", "paper"}, written{"paper", "written_by", "author"},
    cites{"paper", "cites", "paper"};
const Metadata library{{"author", "paper"}, {writes, written, cites}};

at::Tensor random_edges(int64_t sources, int64_t targets, int64_t count) {
  return at::stack({at::randint(sources, {count}, at::kLong), at::randint(targets, {count}, at::kLong)});
}

struct Library {
  NamedTensors x{{"author", at::randn({4, 6}, at::kDouble)}, {"paper", at::randn({5, 8}, at::kDouble)}};
  EdgeDict<Adjacency> edges{
      {writes, random_edges(4, 5, 9)}, {written, random_edges(5, 4, 7)}, {cites, random_edges(5, 5, 8)}};
};

sparse::SparseTensor as_matrix(const at::Tensor& edges, int64_t sources, int64_t targets) {
  return sparse::SparseTensor(
      sparse::StorageArguments{.row = edges[1], .col = edges[0], .sparse_sizes = {targets, sources}});
}

at::Tensor state_of(const Module& module, const std::string& wanted) {
  for (const auto& [key, tensor] : module.state_dict()) {
    if (key == wanted) return tensor;
  }
  return {};
}

std::vector<std::string> keys_of(const Module& module) {
  std::vector<std::string> keys;
  for (const auto& [key, tensor] : module.state_dict()) keys.push_back(key);
  return keys;
}

HGTConvOptions hgt_options() {
  return {
      .in_channels = TypedChannels({{"author", 6}, {"paper", 8}}), .out_channels = 8, .metadata = library, .heads = 2};
}

TEST(HGTConv, FollowsItsFormulaNodeByNode) {
  at::manual_seed(1);
  const Library data;
  HGTConv conv(hgt_options());
  conv.to(at::kDouble);
  {
    const at::NoGradGuard no_grad;
    for (const at::Tensor& parameter : conv.parameters()) parameter.normal_(0, 0.5);
  }
  const auto map = [&](const std::string& lin, const std::string& type, const at::Tensor& x) {
    const std::string key = lin + ".lins." + type;
    return at::linear(x, state_of(conv, key + ".weight"), state_of(conv, key + ".bias"));
  };
  const NamedTensors out = conv.forward(data.x, data.edges);
  for (const std::string type : {"author", "paper"}) {
    const at::Tensor own = map("kqv_lin", type, data.x.at(type));
    at::Tensor wanted = at::zeros({own.size(0), 8}, at::kDouble);
    for (int64_t i = 0; i < own.size(0); ++i) {
      for (int64_t h = 0; h < 2; ++h) {
        // All edges into i share one softmax.
        at::Tensor sum = at::zeros({4}, at::kDouble), total = at::zeros({}, at::kDouble);
        for (int64_t r = 0; r < 3; ++r) {
          const EdgeType& edge = library.edge_types[static_cast<size_t>(r)];
          if (edge.target != type) continue;
          const at::Tensor list = data.edges.at(edge).edge_index();
          const at::Tensor sources = map("kqv_lin", edge.source, data.x.at(edge.source));
          for (int64_t e = 0; e < list.size(1); ++e) {
            if (list[1][e].item<int64_t>() != i) continue;
            const at::Tensor kqv = sources[list[0][e].item<int64_t>()].view({3, 2, 4});
            const at::Tensor k = at::matmul(kqv[0][h], state_of(conv, "k_rel.weight")[h * 3 + r]);
            const at::Tensor v = at::matmul(kqv[2][h], state_of(conv, "v_rel.weight")[h * 3 + r]);
            const at::Tensor q = own[i].view({3, 2, 4})[1][h];
            const at::Tensor p = state_of(conv, "p_rel." + edge.key())[0][h];
            const at::Tensor share = ((q * k).sum() * p / 2).exp();
            sum = sum + share * v;
            total = total + share;
          }
        }
        if (total.item<double>() > 0) wanted[i].narrow(0, 4 * h, 4).copy_(sum / total);
      }
    }
    wanted = map("out_lin", type, at::gelu(wanted));
    if (type == "paper") {
      const at::Tensor share = state_of(conv, "skip.paper").sigmoid();
      wanted = share * wanted + (1 - share) * data.x.at(type);
    }
    EXPECT_TRUE(at::allclose(out.at(type), wanted)) << type;
  }
}

TEST(HGTConv, MatricesAreAsGoodAsListsAndWidthsMayComeFromTheInput) {
  at::manual_seed(2);
  const Library data;
  HGTConvOptions options = hgt_options();
  options.in_channels = -1;
  HGTConv conv(options);
  conv.to(at::kDouble);
  const NamedTensors out = conv.forward(data.x, data.edges);
  EXPECT_EQ(state_of(conv, "kqv_lin.lins.author.weight").sizes(), (at::IntArrayRef{24, 6}));
  const EdgeDict<Adjacency> matrices{{writes, as_matrix(data.edges.at(writes).edge_index(), 4, 5)},
                                     {written, as_matrix(data.edges.at(written).edge_index(), 5, 4)},
                                     {cites, as_matrix(data.edges.at(cites).edge_index(), 5, 5)}};
  const NamedTensors same = conv.forward(data.x, matrices);
  for (const char* type : {"author", "paper"}) EXPECT_TRUE(at::allclose(same.at(type), out.at(type)));
}

TEST(HGTConv, FactorsOfMatricesGoByTheOrderOfTargets) {
  at::manual_seed(12);
  const Library data;
  HGTConv conv(hgt_options());
  conv.to(at::kDouble);
  {
    const at::NoGradGuard no_grad;
    state_of(conv, "p_rel." + writes.key()).fill_(3);
  }
  const auto results = [&](std::initializer_list<EdgeType> order, bool matrices) {
    EdgeDict<Adjacency> edges;
    for (const EdgeType& type : order) {
      const at::Tensor list = data.edges.at(type).edge_index();
      const int64_t sources = data.x.at(type.source).size(0), targets = data.x.at(type.target).size(0);
      edges.set(type, matrices ? Adjacency(as_matrix(list, sources, targets)) : Adjacency(list));
    }
    return conv.forward(data.x, edges).at("paper");
  };
  const at::Tensor lists = results({written, writes}, false);
  EXPECT_TRUE(at::allclose(results({writes, written}, false), lists));
  // Authors come before papers, as edges into authors do here, and do not below.
  EXPECT_TRUE(at::allclose(results({written, writes}, true), lists));
  EXPECT_FALSE(at::allclose(results({writes, written}, true), lists));
}

TEST(HGTConv, TypesMayBeMissing) {
  at::manual_seed(3);
  const Library data;
  HGTConv conv(hgt_options());
  conv.to(at::kDouble);
  // No edges into authors in this call: their result is that of no message. No author at all: only papers.
  const NamedTensors fewer = conv.forward(data.x, {{cites, data.edges.at(cites)}});
  EXPECT_EQ(fewer.size(), 2U);
  EXPECT_TRUE(at::allclose(fewer.at("author")[0], state_of(conv, "out_lin.lins.author.bias")));
  const NamedTensors papers = conv.forward({{"paper", data.x.at("paper")}}, {{cites, data.edges.at(cites)}});
  EXPECT_THAT(papers.names(), ElementsAre("paper"));
  EXPECT_TRUE(at::allclose(papers.at("paper"), fewer.at("paper")));
  EXPECT_EQ(conv.forward(data.x, {}).size(), 2U);
  // A type that no edge type of the metadata ends at has no result.
  HGTConvOptions options = hgt_options();
  options.metadata.edge_types = {writes, cites};
  HGTConv sinks(options);
  sinks.to(at::kDouble);
  EXPECT_THAT(sinks.forward(data.x, {{writes, data.edges.at(writes)}}).names(), ElementsAre("paper"));
}

TEST(HGTConv, BadInputIsAnErrorThatNamesTypesAndValues) {
  const Library data;
  HGTConv conv(hgt_options());
  conv.to(at::kDouble);
  const auto message = [&](const NamedTensors& x, const EdgeDict<Adjacency>& edges) {
    return std::string(error_of([&] { conv.forward(x, edges); }).what());
  };
  EXPECT_THAT(message({{"paper", data.x.at("paper")}}, data.edges),
              AllOf(StartsWith("HGTConv: x_dict has no 'author'"), HasSubstr("(author, writes, paper)")));
  EXPECT_THAT(message({{"author", data.x.at("paper")}}, {}),
              StartsWith("HGTConv: x_dict['author'] has 8 features but 6 are expected"));
  EXPECT_THAT(message(data.x, {{{"paper", "cite", "paper"}, data.edges.at(cites)}}),
              AllOf(StartsWith("HGTConv: edge_index_dict has (paper, cite, paper)"), HasSubstr("paper__cites__paper")));
  EXPECT_THAT(message(data.x, {{writes, at::full({2, 1}, 4, at::kLong)}}),
              AllOf(StartsWith("HGTConv: (author, writes, paper): edge_index holds the node 4"), HasSubstr("[0, 4)")));
  HGTConvOptions options = hgt_options();
  options.heads = 3;
  EXPECT_THAT(error_of([&] { HGTConv{options}; }).what(), HasSubstr("out_channels is 8, which 3 heads"));
  options.heads = 2;
  options.metadata.edge_types.push_back({"autor", "edits", "paper"});
  EXPECT_THAT(error_of([&] { HGTConv{options}; }).what(), AllOf(HasSubstr("'autor'"), HasSubstr("author")));
}

HANConvOptions han_options() {
  return {
      .in_channels = TypedChannels({{"author", 6}, {"paper", 8}}), .out_channels = 4, .metadata = library, .heads = 2};
}

TEST(HANConv, FollowsItsFormula) {
  at::manual_seed(4);
  const Library data;
  HANConv conv(han_options());
  conv.to(at::kDouble);
  const HANConv::Result result = conv.forward_with_attention(data.x, data.edges);
  const auto features = [&](const std::string& type) {
    return at::linear(data.x.at(type), state_of(conv, "proj." + type + ".weight"),
                      state_of(conv, "proj." + type + ".bias"))
        .view({-1, 2, 2});
  };
  std::vector<at::Tensor> parts;
  for (const EdgeType& type : {writes, cites}) {
    const at::Tensor list = data.edges.at(type).edge_index();
    const at::Tensor h_j = features(type.source).index_select(0, list[0]),
                     h_i = features("paper").index_select(0, list[1]);
    const at::Tensor score = at::leaky_relu((h_j * state_of(conv, "lin_src." + type.key())).sum(-1) +
                                                (h_i * state_of(conv, "lin_dst." + type.key())).sum(-1),
                                            0.2);
    const at::Tensor shares = score.exp();
    const at::Tensor total = at::zeros({5, 2}, at::kDouble).index_add(0, list[1], shares);
    const at::Tensor alpha = shares / total.index_select(0, list[1]);
    parts.push_back(
        at::zeros({5, 4}, at::kDouble).index_add(0, list[1], (alpha.unsqueeze(-1) * h_j).flatten(1)).relu());
  }
  const at::Tensor stacked = at::stack(parts);
  const at::Tensor mapped = at::linear(stacked, state_of(conv, "k_lin.weight"), state_of(conv, "k_lin.bias")).tanh();
  const at::Tensor beta = (mapped.mean(1) * state_of(conv, "q")).sum(-1).softmax(0);
  EXPECT_TRUE(at::allclose(result.attention.at("paper"), beta));
  EXPECT_TRUE(at::allclose(result.out.at("paper"), beta[0] * parts[0] + beta[1] * parts[1]));
  EXPECT_TRUE(at::allclose(result.attention.at("author"), at::ones({1}, at::kDouble)));
}

TEST(HANConv, TypesWithoutEdgesGiveNoneAndTypesWithoutNodesNoRows) {
  at::manual_seed(5);
  Library data;
  HANConv conv(han_options());
  conv.to(at::kDouble);
  const NamedTensors out = conv.forward(data.x, {{cites, data.edges.at(cites)}});
  EXPECT_THAT(out.names(), ElementsAre("author", "paper"));
  EXPECT_FALSE(out.get("author").defined());
  data.x.set("author", at::empty({0, 6}, at::kDouble));
  const HANConv::Result none =
      conv.forward_with_attention(data.x, {{written, at::empty({2, 0}, at::kLong)}, {cites, data.edges.at(cites)}});
  EXPECT_EQ(none.out.at("author").sizes(), (at::IntArrayRef{0, 4}));
  EXPECT_FALSE(none.attention.get("author").defined());
  const CallArguments call{
      {Value(data.x), Value(ValueDict{{"paper__cites__paper", data.edges.at(cites).edge_index()}})},
      {{"return_semantic_attention_weights", Config(true)}}};
  EXPECT_EQ(conv.call(call).size(), 2U);
}

TEST(HANConv, MatricesAreAsGoodAsLists) {
  at::manual_seed(6);
  const Library data;
  HANConv conv(han_options());
  conv.to(at::kDouble);
  const EdgeDict<Adjacency> matrices{{writes, as_matrix(data.edges.at(writes).edge_index(), 4, 5)},
                                     {cites, as_matrix(data.edges.at(cites).edge_index(), 5, 5)}};
  EXPECT_TRUE(
      at::allclose(conv.forward(data.x, matrices).at("paper"),
                   conv.forward(data.x, {{writes, data.edges.at(writes)}, {cites, data.edges.at(cites)}}).at("paper")));
  EXPECT_THAT(error_of([&] {
                conv.forward(data.x, {{{"paper", "cite", "paper"}, data.edges.at(cites)}});
              }).what(),
              StartsWith("HANConv: edge_index_dict has (paper, cite, paper)"));
  EXPECT_THAT(error_of([&] {
                conv.forward({{"papers", data.x.at("paper")}}, {});
              }).what(),
              AllOf(StartsWith("HANConv: x_dict has 'papers'"), HasSubstr("'paper'")));
}

HeteroConv::Convs library_convs(bool loops = false) {
  HeteroConv::Convs convs;
  convs.emplace_back(writes, std::make_unique<SAGEConv>(SAGEConvOptions{.in_channels = {6, 8}, .out_channels = 3}));
  convs.emplace_back(written, std::make_unique<GATConv>(
                                  GATConvOptions{.in_channels = {8, 6}, .out_channels = 3, .add_self_loops = loops}));
  convs.emplace_back(cites, std::make_unique<GCNConv>(GCNConvOptions{.in_channels = 8, .out_channels = 3}));
  return convs;
}

TEST(HeteroConv, CombinesTheResultsOfEachTargetType) {
  at::manual_seed(7);
  const Library data;
  for (const char* aggr : {"sum", "mean", "min", "max", "cat", ""}) {
    HeteroConv conv(library_convs(), *aggr ? std::optional<std::string>(aggr) : std::nullopt);
    conv.to(at::kDouble);
    const NamedTensors out = conv.forward(data.x, data.edges);
    EXPECT_THAT(out.names(), ElementsAre("paper", "author"));
    const auto alone = [&](const EdgeType& type, Value x) {
      return *conv.at(type).call({{std::move(x), data.edges.at(type)}, {}}).at(0).tensor();
    };
    const at::Tensor a = alone(writes, Features(data.x.at("author"), data.x.at("paper")));
    const at::Tensor b = alone(cites, data.x.at("paper"));
    const std::string name = aggr;
    const at::Tensor wanted = name == "sum"    ? a + b
                              : name == "mean" ? (a + b) / 2
                              : name == "min"  ? at::minimum(a, b)
                              : name == "max"  ? at::maximum(a, b)
                              : name == "cat"  ? at::cat({a, b}, -1)
                                               : at::stack({a, b}, 1);
    EXPECT_TRUE(at::allclose(out.at("paper"), wanted)) << aggr;
    EXPECT_EQ(out.at("author").dim(), name.empty() ? 3 : 2);
  }
}

TEST(HeteroConv, KeepsTheReferencesKeysAlsoOfNamesWithDots) {
  HeteroConv::Convs convs;
  convs.emplace_back(EdgeType{"a.b", "to", "a.b"},
                     std::make_unique<GCNConv>(GCNConvOptions{.in_channels = 2, .out_channels = 3}));
  EXPECT_THAT(keys_of(HeteroConv(std::move(convs))), Contains("convs.<a#b___to___a#b>.lin.weight"));
  EXPECT_THAT(keys_of(HeteroConv(library_convs())), Contains("convs.<author___writes___paper>.lin_l.weight"));
}

TEST(HeteroConv, GivesEachConvolutionTheFurtherDictionariesThatHoldSomethingForIt) {
  at::manual_seed(8);
  const Library data;
  const EdgeType knows{"author", "knows", "author"};
  HeteroConv::Convs convs;
  convs.emplace_back(cites, conv_list().at("GCN2Conv").make(parse_json(R"({"channels": 8, "alpha": 0.2})", "test")));
  convs.emplace_back(knows, std::make_unique<GraphConv>(GraphConvOptions{.in_channels = 6, .out_channels = 2}));
  HeteroConv conv(std::move(convs));
  conv.to(at::kDouble);
  const at::Tensor x_0 = at::randn({5, 8}, at::kDouble), weight = at::rand({7}, at::kDouble);
  const at::Tensor papers = data.edges.at(cites).edge_index(), authors = random_edges(4, 4, 7);
  const ValueList out = conv.call({{Value(data.x)},
                                   {{"x_0_dict", ValueDict{{"paper", x_0}}},
                                    {"edge_index_dict", ValueDict{{cites.key(), papers}, {knows.key(), authors}}},
                                    {"edge_weight_dict", ValueDict{{knows.key(), weight}}}}});
  const ValueDict& found = *out.at(0).dict();
  ASSERT_EQ(found.size(), 2U);
  const ValueList one = conv.at(cites).call({{data.x.at("paper"), x_0, papers}, {}});
  const ValueList other = conv.at(knows).call({{data.x.at("author"), authors, weight}, {}});
  EXPECT_TRUE(at::equal(*found[0].second.tensor(), *one.at(0).tensor()));
  EXPECT_TRUE(at::equal(*found[1].second.tensor(), *other.at(0).tensor()));
}

TEST(HeteroConv, EdgeTypesWithoutEdgesAreLeftOut) {
  at::manual_seed(9);
  const Library data;
  HeteroConv conv(library_convs());
  conv.to(at::kDouble);
  EXPECT_THAT(conv.forward(data.x, {{written, data.edges.at(written)}}).names(), ElementsAre("author"));
  EXPECT_TRUE(conv.forward(data.x, {}).empty());
  EXPECT_THAT(conv.forward(data.x, {{{"venue", "of", "paper"}, data.edges.at(cites)}}).names(), ElementsAre());
}

TEST(HeteroConv, IsMadeFromAConfig) {
  at::manual_seed(10);
  const Library data;
  const auto conv = make_conv(parse_json(R"({"HeteroConv": {"aggr": "mean", "convs": {
      "author__writes__paper": {"SAGEConv": {"in_channels": [6, 8], "out_channels": 3}},
      "paper__cites__paper": {"GCNConv": {"in_channels": 8, "out_channels": 3}}}}})",
                                         "test"));
  conv->to(at::kDouble);
  ValueDict edges;
  for (const auto& [type, list] : data.edges) edges.emplace_back(type.key(), list);
  const ValueList out = conv->call({{Value(data.x), Value(edges)}, {}});
  EXPECT_EQ(out.at(0).dict()->size(), 1U);
}

TEST(HeteroConv, BadArgumentsAreErrors) {
  const Library data;
  const auto message = [](auto&& call) { return std::string(error_of(call).what()); };
  EXPECT_THAT(message([] { HeteroConv(library_convs(true)); }),
              AllOf(StartsWith("HeteroConv: add_self_loops is true for GATConv of (paper, written_by, author)"),
                    HasSubstr("incorrect message passing")));
  EXPECT_THAT(message([] { HeteroConv(library_convs(), "median"); }),
              AllOf(StartsWith("HeteroConv: aggr is 'median'"), HasSubstr("mean")));
  HeteroConv conv(library_convs());
  conv.to(at::kDouble);
  EXPECT_THAT(message([&] {
                conv.call({{Value(data.x)}, {{"edge_index", Value(ValueDict())}}});
              }),
              AllOf(StartsWith("HeteroConv: there is an argument 'edge_index'"), HasSubstr("_dict")));
  EXPECT_THAT(message([&] {
                conv.call({{Value(data.x.at("paper"))}, {}});
              }),
              StartsWith("HeteroConv: argument 0: it is a tensor"));
  EXPECT_THAT(message([] { make_conv(parse_json(R"({"HeteroConv": {"convs": {"paper": "GCNConv"}}})", "test")); }),
              HasSubstr("the edge type 'paper' has 1 parts"));
  EXPECT_THAT(message([&] {
                conv.at({"paper", "cite", "paper"});
              }),
              AllOf(StartsWith("HeteroConv: there is no convolution"), HasSubstr("paper__cites__paper")));
}

/// Gradients of the squares of all results by x_dict and by all parameters are those of differences.
template <class Conv>
void expect_gradients(Conv& conv, const Library& data) {
  const auto value = [&](const NamedTensors& x) {
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& [type, out] : conv.forward(x, data.edges)) sum = sum + out.square().sum();
    return sum;
  };
  NamedTensors leaves, direction;
  std::vector<at::Tensor> inputs;
  for (const auto& [type, x] : data.x) {
    leaves.set(type, x.clone().set_requires_grad(true));
    direction.set(type, at::randn_like(x));
    inputs.push_back(leaves.at(type));
  }
  const auto moved = [&](double h) {
    NamedTensors x;
    for (const auto& [type, own] : data.x) x.set(type, own + h * direction.at(type));
    return value(x).template item<double>();
  };
  const auto found = torch::autograd::grad({value(leaves)}, inputs);
  double along = 0;
  size_t k = 0;
  for (const auto& [type, own] : direction) along += (found[k++] * own).sum().template item<double>();
  EXPECT_NEAR(along, (moved(1e-6) - moved(-1e-6)) / 2e-6, 1e-5 * std::max(1.0, std::abs(along)));
  for (const at::Tensor& gradient : torch::autograd::grad({value(leaves)}, conv.parameters(), {}, {}, false, true)) {
    if (gradient.defined()) EXPECT_TRUE(gradient.isfinite().all().template item<bool>());
  }
}

TEST(TypedConvs, HaveGradients) {
  at::manual_seed(11);
  const Library data;
  HGTConv hgt(hgt_options());
  HANConv han(han_options());
  HeteroConv hetero(library_convs());
  for (Module* conv : std::initializer_list<Module*>{&hgt, &han, &hetero}) conv->to(at::kDouble);
  expect_gradients(hgt, data);
  expect_gradients(han, data);
  expect_gradients(hetero, data);
}

}  // namespace
}  // namespace spinel::nn
