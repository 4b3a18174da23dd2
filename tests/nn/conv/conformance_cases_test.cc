#include <gmock/gmock.h>

#include <algorithm>

#include "spinel/nn/conv/list.h"
#include "spinel/sparse/sparse_tensor.h"
#include "tests/nn/conv/conformance.h"

namespace spinel::nn {

at::Tensor& TestGraph::named(const std::string& name) {
  if (name == "pos") return pos;
  if (name == "normal") return normal;
  if (name == "x_0" || name == "hyperedge_attr") return x_0;
  if (name == "hyperedge_weight") return hyperedge_weight;
  if (name == "edge_weight") return edge_weight;
  if (name == "edge_attr") return edge_attr;
  if (name == "edge_type") return edge_type;
  if (name == "node_type") return node_type;
  throw std::invalid_argument("no such input: " + name);
}

TestGraph random_graph(int64_t nodes, int64_t edges, int64_t width, bool loops) {
  at::Tensor places = at::randperm(nodes * nodes);
  const at::Tensor is_loop = places.remainder(nodes).eq(places.div(nodes, "floor"));
  if (loops) {
    // Of all nodes but two.
    const at::Tensor loops_first = is_loop.to(at::kLong).argsort(/*stable=*/true, 0, /*descending=*/true);
    places = places.index_select(0, loops_first).slice(0, std::min<int64_t>(2, nodes), edges + 2);
    places = places.index_select(0, at::randperm(places.size(0)));
  } else {
    places = places.masked_select(is_loop.logical_not());
    places = places.slice(0, 0, std::min(edges, places.size(0)));
  }
  TestGraph graph;
  graph.edge_index = at::stack({places.remainder(nodes), places.div(nodes, "floor")});
  const int64_t count = places.size(0);
  graph.x = at::randn({nodes, width}, at::kDouble);
  graph.x_0 = at::randn({nodes, width}, at::kDouble);
  graph.pos = at::randn({nodes, 3}, at::kDouble);
  graph.normal = at::randn({nodes, 3}, at::kDouble);
  graph.hyperedge_weight = at::rand({nodes}, at::kDouble) + 0.5;
  graph.edge_weight = at::rand({count}, at::kDouble) + 0.5;
  graph.edge_attr = at::rand({count, 3}, at::kDouble);
  graph.edge_type = at::randint(3, {count}, at::kLong);
  graph.node_type = at::randint(2, {nodes}, at::kLong);
  return graph;
}

bool is_of_nodes(const std::string& name) {
  return name == "pos" || name == "normal" || name == "x_0" || name == "node_type" || name.starts_with("hyper");
}

TestGraph permuted(const TestGraph& graph, const at::Tensor& nodes, const at::Tensor& edges) {
  TestGraph other = graph;
  const at::Tensor inverse = at::empty_like(nodes).scatter_(0, nodes, at::arange(nodes.size(0)));
  for (at::Tensor* part :
       {&other.x, &other.pos, &other.normal, &other.x_0, &other.node_type, &other.hyperedge_weight}) {
    *part = part->index_select(0, nodes);
  }
  other.edge_index = inverse.index({graph.edge_index}).index_select(1, edges);
  for (at::Tensor* part : {&other.edge_weight, &other.edge_attr, &other.edge_type})
    *part = part->index_select(0, edges);
  return other;
}

TestGraph joined(const TestGraph& a, const TestGraph& b) {
  TestGraph both;
  const auto join = [&](at::Tensor TestGraph::*part) { both.*part = at::cat({a.*part, b.*part}); };
  for (const auto part :
       {&TestGraph::x, &TestGraph::pos, &TestGraph::normal, &TestGraph::x_0, &TestGraph::node_type,
        &TestGraph::hyperedge_weight, &TestGraph::edge_weight, &TestGraph::edge_attr, &TestGraph::edge_type}) {
    join(part);
  }
  both.edge_index = at::cat({a.edge_index, b.edge_index + a.nodes()}, 1);
  return both;
}

Config ConvTest::arguments_of_case() const { return parse_json(GetParam().arguments, GetParam().name); }

std::unique_ptr<CallableModule> ConvTest::made(const Config& arguments) const {
  std::unique_ptr<CallableModule> conv = conv_list().at(GetParam().name).make(arguments);
  conv->to(at::kDouble);
  conv->eval();
  return conv;
}

bool ConvTest::has_option(const std::string& option) const {
  const auto& options = conv_list().at(GetParam().name).options;
  return std::any_of(options.begin(), options.end(), [&](const OptionDoc& doc) { return doc.name == option; });
}

TestGraph ConvTest::graph(int64_t nodes, int64_t edges, bool loops) const {
  TestGraph made = random_graph(nodes, edges, width, loops);
  if (GetParam().layers > 0) made.x = at::randn({nodes, GetParam().layers, width}, at::kDouble);
  return made;
}

bool ConvTest::takes(const std::string& name) const {
  const auto& inputs = GetParam().inputs;
  return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
}

CallArguments ConvTest::arguments(const TestGraph& graph, Value x, const Value& edges) const {
  CallArguments call;
  call.named.emplace_back("x", std::move(x));
  for (const std::string& name : GetParam().edges) call.named.emplace_back(name, edges);
  for (const std::string& name : GetParam().inputs) {
    const bool in_matrix = edges.sparse() && !is_of_nodes(name);
    if (!in_matrix) call.named.emplace_back(name, graph.named(name));
  }
  return call;
}

Value ConvTest::matrix(const TestGraph& graph, int64_t rows, int64_t columns) const {
  at::Tensor value;
  for (const char* name : {"edge_weight", "edge_attr", "edge_type"}) {
    if (takes(name)) value = graph.named(name);
  }
  return sparse::SparseTensor(sparse::StorageArguments{
      .row = graph.edge_index[1], .col = graph.edge_index[0], .value = value, .sparse_sizes = {rows, columns}});
}

at::Tensor ConvTest::run(CallableModule& conv, const TestGraph& graph) const {
  return run(conv, arguments(graph, graph.x, graph.edge_index));
}

at::Tensor ConvTest::run(CallableModule& conv, const CallArguments& arguments) const {
  return *conv.call(arguments).at(0).tensor();
}

std::string ConvTest::refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << error.what();
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "an exception that is no Error: " << error.what();
    return "";
  }
  ADD_FAILURE() << "it was taken";
  return "";
}

std::string conv_case_name(const testing::TestParamInfo<ConvCase>& info) {
  return info.param.name + std::to_string(info.index);
}

std::vector<ConvCase> conv_cases_with(const char* ConvCase::*reason) {
  std::vector<ConvCase> result;
  std::copy_if(conv_cases().begin(), conv_cases().end(), std::back_inserter(result),
               [&](const ConvCase& one) { return one.*reason == nullptr; });
  return result;
}

namespace {

const char* const one_set = "sources are targets";
const char* const any_features = "it has no weights";
const char* const second_row =
    "degrees are those of the second row, or the first, whatever the flow, as in the reference";

const char* const small_nn =
    R"({"Sequential": {"layers": [{"Linear": {"in_features": 4, "out_features": 5}}, "Tanh"]}})";

std::string with_nn(const std::string& more = "") { return std::string(R"({"nn": )") + small_nn + more + "}"; }

}  // namespace

const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> cases = {
      {.name = "AGNNConv", .arguments = "{}", .inputs = {}, .no_pair = one_set, .any_width = any_features},
      {.name = "APPNP",
       .arguments = R"({"K": 3, "alpha": 0.2})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .any_width = any_features},
      {.name = "AntiSymmetricConv",
       .arguments = R"({"in_channels": 4, "num_iters": 2})",
       .inputs = {},
       .no_pair = one_set},
      {.name = "ARMAConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_stacks": 2, "num_layers": 2, "act": "Tanh"})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "CGConv", .arguments = R"({"channels": 4, "dim": 3})", .inputs = {"edge_attr"}},
      {.name = "ChebConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 3})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .no_matrix = "the Laplacian is made of an edge list",
       .no_batch = "the largest eigenvalue is that of all graphs unless it is given",
       .no_flow = second_row},
      {.name = "ClusterGCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "diag_lambda": 0.3})",
       .inputs = {},
       .no_pair = one_set,
       .no_equal_matrix = "degrees of a matrix without values are float32, as golden cases have them",
       .no_flow = second_row},
      {.name = "DirGNNConv",
       .arguments = R"({"conv": {"SAGEConv": {"in_channels": 4, "out_channels": 3}}, "alpha": 0.3})",
       .inputs = {},
       .no_pair = one_set,
       .no_matrix = "it turns the edges round"},
      {.name = "DNAConv",
       .arguments = R"({"channels": 4, "heads": 2, "groups": 2})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .layers = 3},
      {.name = "DNAConv",
       .arguments = R"({"channels": 4, "normalize": false, "aggr": "max"})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .no_loops = "without normalize none are added",
       .layers = 2},
      {.name = "FAConv", .arguments = R"({"channels": 4})", .inputs = {"x_0"}, .no_pair = one_set},
      {.name = "FastRGCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3})",
       .inputs = {"edge_type"}},
      {.name = "FeaStConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})", .inputs = {}},
      {.name = "GCN2Conv",
       .arguments = R"({"channels": 4, "alpha": 0.2, "theta": 0.5, "layer": 2})",
       .inputs = {"x_0", "edge_weight"},
       .no_pair = one_set},
      {.name = "GENConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "norm": "layer"})", .inputs = {}},
      {.name = "GENConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "mean", "norm": null, "edge_dim": 3})",
       .inputs = {"edge_attr"},
       .optional = {"edge_attr"}},
      {.name = "PDNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "edge_dim": 3, "hidden_channels": 5})",
       .inputs = {"edge_attr"},
       .optional = {"edge_attr"},
       .no_pair = one_set,
       .no_loops = "weights of loops are not made of attributes"},
      {.name = "PointTransformerConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"pos"}},
      {.name = "PointNetConv", .arguments = "{}", .inputs = {"pos"}, .any_width = any_features},
      {.name = "RGCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "num_bases": 2})",
       .inputs = {"edge_type"}},
      {.name = "RGCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 6, "num_relations": 3, "num_blocks": 2})",
       .inputs = {"edge_type"}},
      {.name = "EdgeConv",
       .arguments =
           R"({"nn": {"Sequential": {"layers": [{"Linear": {"in_features": 8, "out_features": 5}}, "Tanh"]}}})",
       .inputs = {}},
      {.name = "GATConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})", .inputs = {}},
      {.name = "GATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "edge_dim": 3, "residual": true})",
       .inputs = {"edge_attr"},
       .optional = {"edge_attr"},
       .no_matrix = "loops of a matrix would have no attributes",
       .no_flow = "attributes of loops are means over the second row, as in the reference",
       .no_loops = "loops have attributes"},
      {.name = "GATv2Conv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "concat": false})",
       .inputs = {}},
      {.name = "GCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "GCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "improved": true})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .no_loops = "improved: loops have the weight 2"},
      {.name = "GINConv", .arguments = with_nn(R"(, "train_eps": true)"), .inputs = {}},
      {.name = "GINEConv", .arguments = with_nn(R"(, "edge_dim": 3)"), .inputs = {"edge_attr"}},
      {.name = "EGConv",
       .arguments =
           R"({"in_channels": 4, "out_channels": 6, "aggregators": ["symnorm", "max", "var"], "num_heads": 2})",
       .inputs = {},
       .no_pair = one_set},
      {.name = "FiLMConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "act": "Tanh"})",
       .inputs = {"edge_type"}},
      {.name = "FiLMConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3})",
       .inputs = {"edge_type"}},
      {.name = "GMMConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 2})",
       .inputs = {"edge_attr"}},
      {.name = "GeneralConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "attention": true})",
       .inputs = {}},
      {.name = "GeneralConv",
       .arguments = R"({"in_channels": 4, "out_channels": 4, "in_edge_channels": 3, "attention": true,
                      "attention_type": "dot_product", "directed_msg": false})",
       .inputs = {"edge_attr"}},
      {.name = "WLConvContinuous",
       .arguments = "{}",
       .inputs = {"edge_weight"},
       .any_width = any_features,
       .no_flow = second_row},
      {.name = "GatedGraphConv",
       .arguments = R"({"out_channels": 5, "num_layers": 2})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "GPSConv",
       .arguments = R"({"channels": 4, "conv": {"GCNConv": {"in_channels": 4, "out_channels": 4}}, "heads": 2,
                      "act": "tanh", "norm": "layer_norm"})",
       .inputs = {},
       .no_pair = one_set,
       .no_batch = "without batch all nodes attend to each other; wrappers_test.cc tries it with one"},
      {.name = "GraphConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"edge_weight"}},
      {.name = "GraphConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "max"})",
       .inputs = {"edge_weight"}},
      {.name = "HEATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_node_types": 2, "num_edge_types": 3,
                      "edge_type_emb_dim": 2, "edge_dim": 3, "edge_attr_emb_dim": 2, "heads": 2})",
       .inputs = {"node_type", "edge_type", "edge_attr"},
       .no_pair = one_set,
       .no_matrix = "its values would be both attributes and types"},
      {.name = "LEConv", .arguments = R"({"in_channels": 4, "out_channels": 3})", .inputs = {"edge_weight"}},
      {.name = "LGConv", .arguments = "{}", .inputs = {"edge_weight"}, .no_pair = one_set, .any_width = any_features},
      {.name = "MFConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "max_degree": 2})", .inputs = {}},
      {.name = "MixHopConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "NNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 2, "nn": {"Linear": {"in_features": 3, "out_features": 8}}})",
       .inputs = {"edge_attr"}},
      {.name = "PANConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "filter_size": 2})",
       .inputs = {},
       .no_pair = one_set,
       .no_flow = "it refuses the other"},
      {.name = "PNAConv",
       .arguments = R"({"in_channels": 4, "out_channels": 4, "aggregators": ["mean", "max", "std"],
         "scalers": ["identity", "linear"], "deg": [1, 2, 3], "towers": 2, "edge_dim": 3, "divide_input": true})",
       .inputs = {"edge_attr"},
       .no_pair = one_set},
      {.name = "RGATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "heads": 2, "mod": "scaled"})",
       .inputs = {"edge_type"}},
      {.name = "RGATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "num_relations": 3, "num_bases": 2, "dim": 2,
                      "attention_mechanism": "within-relation", "mod": "additive",
                      "attention_mode": "multiplicative-self-attention", "concat": false})",
       .inputs = {"edge_type"}},
      {.name = "ResGatedGraphConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "edge_dim": 3})",
       .inputs = {"edge_attr"}},
      {.name = "SAGEConv", .arguments = R"({"in_channels": 4, "out_channels": 3, "normalize": true})", .inputs = {}},
      {.name = "SAGEConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "aggr": "max", "project": true})",
       .inputs = {}},
      {.name = "SGConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 2})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "SSGConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 2, "alpha": 0.2})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "SimpleConv",
       .arguments = R"({"aggr": "mean", "combine_root": "cat"})",
       .inputs = {"edge_weight"},
       .any_width = any_features},
      {.name = "SplineConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": [3, 4, 5], "degree": 2})",
       .inputs = {"edge_attr"}},
      {.name = "SplineConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 3, "is_open_spline": false,
                      "degree": 3, "aggr": "max"})",
       .inputs = {"edge_attr"}},
      {.name = "SuperGATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2})",
       .inputs = {},
       .no_pair = one_set},
      {.name = "SuperGATConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "attention_type": "SD", "concat": false})",
       .inputs = {},
       .no_pair = one_set},
      {.name = "TAGConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "TransformerConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "beta": true})",
       .inputs = {}},
      {.name = "TransformerConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "heads": 2, "edge_dim": 3})",
       .inputs = {"edge_attr"}},
      {.name = "HypergraphConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3})",
       .inputs = {},
       .no_pair = one_set,
       .no_matrix = "incidences are a list",
       .any_target = "hyperedges are as many as their numbers say",
       .edges = {"hyperedge_index"}},
      {.name = "PPFConv",
       .arguments =
           R"({"local_nn": {"Sequential": {"layers": [{"Linear": {"in_features": 8, "out_features": 5}}, "Tanh"]}}})",
       .inputs = {"pos", "normal"}},
      {.name = "PointGNNConv",
       .arguments = R"({"mlp_h": {"Linear": {"in_features": 4, "out_features": 3}},
                      "mlp_f": {"Linear": {"in_features": 7, "out_features": 5}},
                      "mlp_g": {"Linear": {"in_features": 5, "out_features": 4}}})",
       .inputs = {"pos"},
       .no_pair = one_set},
      {.name = "SignedConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "first_aggr": true})",
       .inputs = {},
       .edges = {"pos_edge_index", "neg_edge_index"}},
      {.name = "SignedConv",
       .arguments = R"({"in_channels": 2, "out_channels": 3, "first_aggr": false})",
       .inputs = {},
       .edges = {"pos_edge_index", "neg_edge_index"}},
      {.name = "PointNetConv",
       .arguments =
           R"({"local_nn": {"Linear": {"in_features": 7, "out_features": 5}}, "global_nn": "Tanh",
                      "add_self_loops": false})",
       .inputs = {"pos"}},
      {.name = "HypergraphConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "use_attention": true, "heads": 2,
                      "concat": false})",
       .inputs = {"hyperedge_weight", "hyperedge_attr"},
       .optional = {"hyperedge_weight"},
       .no_pair = one_set,
       .no_matrix = "incidences are a list",
       .any_target = "hyperedges are as many as their numbers say",
       .edges = {"hyperedge_index"}},
      {.name = "GMMConv",
       .arguments =
           R"({"in_channels": 4, "out_channels": 3, "dim": 3, "kernel_size": 2,
                      "separate_gaussians": true, "root_weight": false})",
       .inputs = {"edge_attr"}},
      {.name = "GCNConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "normalize": false, "add_self_loops": false})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .no_loops = "loops are added by the normalisation"},
      {.name = "SimpleConv",
       .arguments = R"({"aggr": "sum", "combine_root": "self_loop"})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .no_equal_matrix = "loops of a matrix are set, those of a list added",
       .any_width = any_features},

      {.name = "APPNP",
       .arguments = R"({"K": 2, "alpha": 0.1, "normalize": false, "add_self_loops": false})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .any_width = any_features,
       .no_loops = "loops are added by the normalisation"},
      {.name = "LGConv",
       .arguments = R"({"normalize": false})",
       .inputs = {"edge_weight"},
       .no_pair = one_set,
       .any_width = any_features},
      {.name = "TAGConv",
       .arguments = R"({"in_channels": 4, "out_channels": 3, "K": 2, "normalize": false})",
       .inputs = {"edge_weight"},
       .no_pair = one_set},
      {.name = "GCN2Conv",
       .arguments = R"({"channels": 4, "alpha": 0.2, "shared_weights": false, "normalize": false})",
       .inputs = {"x_0", "edge_weight"},
       .no_pair = one_set,
       .no_loops = "loops are added by the normalisation"},
  };
  return cases;
}

namespace {

/// Convolutions that take no graph of this kind, and where what they must do is tried instead.
struct Elsewhere {
  const char *name, *why;
};
const Elsewhere elsewhere[] = {
    {"DynamicEdgeConv", "it makes its edges: point_conv_test.cc"},
    {"FusedGATConv", "it takes compressed forms of a graph: attention_conv_test.cc"},
    {"GravNetConv", "it makes its edges: point_conv_test.cc"},
    {"HANConv", "its graph has types: typed_conv_test.cc"},
    {"HGTConv", "its graph has types: typed_conv_test.cc"},
    {"HeteroConv", "its graph has types: typed_conv_test.cc"},
    {"MeshCNNConv", "each of its nodes has four edges in order: mesh_cnn_conv_test.cc"},
    {"WLConv", "its features are colours, without derivatives: wl_conv_test.cc"},
    {"XConv", "it makes its edges: point_conv_test.cc"},
};

TEST(ConvCases, AreThereForEveryConvolutionOfTheList) {
  std::vector<std::string> tried;
  for (const ConvCase& one : conv_cases()) tried.push_back(one.name);
  for (const Elsewhere& one : elsewhere) tried.push_back(one.name);
  std::sort(tried.begin(), tried.end());
  tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
  std::vector<std::string> names = conv_list().names();
  std::sort(names.begin(), names.end());
  EXPECT_EQ(tried, names);
}

}  // namespace
}  // namespace spinel::nn
