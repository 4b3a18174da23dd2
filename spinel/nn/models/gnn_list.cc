#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/models/basic_gnn.h"

namespace spinel::nn {
namespace {

/// `name`, of the network, begins messages.
OptionTable<BasicGNNOptions> basic_table(const std::string& name) {
  using O = BasicGNNOptions;
  OptionTable<O> table(name);
  table.add("in_channels", &O::in_channels, "width of the nodes' features; -1: that of the first input")
      .add("hidden_channels", &O::hidden_channels, "width of the hidden layers")
      .required()
      .add("num_layers", &O::num_layers, "number of message passing layers")
      .required()
      .add("out_channels", &O::out_channels, "width of the result; null: hidden_channels")
      .add("dropout", &O::dropout, "probability, behind all layers but the last")
      .range(0, 1)
      .add("act", &O::act, "activation; null: none")
      .add("act_first", &O::act_first, "the activation before the norm")
      .add("act_kwargs", &O::act_kwargs, "arguments of the activation")
      .add("norm", &O::norm, "norm; null: none")
      .add("norm_kwargs", &O::norm_kwargs, "arguments of the norm")
      .add("jk", &O::jk, "jumping knowledge: last, cat, max or lstm; null: none");
  return table;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> names_of(const std::vector<OptionDoc>& docs) {
  std::vector<std::string> names;
  for (const OptionDoc& doc : docs) names.push_back(doc.name);
  return names;
}

/// The options passed on, with the widths.
Config between(const char* conv, int64_t in, int64_t out, Config kwargs) {
  kwargs.set("in_channels", in);
  kwargs.set("out_channels", out);
  return Config::map({{conv, std::move(kwargs)}});
}

template <const char* const& conv>
Config passing_on(int64_t in, int64_t out, const Config& kwargs, const BasicGNNOptions&, bool) {
  return between(conv, in, out, kwargs);
}
constexpr const char* gcn_conv = "GCNConv";
constexpr const char* sage_conv = "SAGEConv";
constexpr const char* pna_conv = "PNAConv";

/// The network of two layers that GIN and EdgeCNN have in each convolution.
Config two_layers(int64_t in, int64_t out, const BasicGNNOptions& options) {
  Config mlp = Config::map({{"channel_list", Config(Config::List{in, out, out})},
                            {"act", options.act},
                            {"act_first", options.act_first},
                            {"norm", options.norm}});
  if (!options.act_kwargs.is_null()) mlp.set("act_kwargs", options.act_kwargs);
  if (!options.norm_kwargs.is_null()) mlp.set("norm_kwargs", options.norm_kwargs);
  return Config::map({{"MLP", std::move(mlp)}});
}

Config gin(int64_t in, int64_t out, const Config& kwargs, const BasicGNNOptions& options, bool) {
  Config arguments = kwargs;
  arguments.set("nn", two_layers(in, out, options));
  return Config::map({{"GINConv", std::move(arguments)}});
}

Config edge_cnn(int64_t in, int64_t out, const Config& kwargs, const BasicGNNOptions& options, bool) {
  Config arguments = kwargs;
  arguments.set("nn", two_layers(in < 0 ? in : 2 * in, out, options));
  return Config::map({{"EdgeConv", std::move(arguments)}});
}

Config gat(int64_t in, int64_t out, const Config& kwargs, const BasicGNNOptions& options, bool is_output) {
  Config arguments = kwargs;
  const Config* v2 = kwargs.find("v2");
  const Config* heads_given = kwargs.find("heads");
  const Config* concat_given = kwargs.find("concat");
  arguments.erase("v2");
  const int64_t heads = heads_given ? heads_given->as_int() : 1;
  require(heads >= 1, "GAT: heads is {}; it must be at least 1", heads);
  const bool concat = !is_output && (!concat_given || concat_given->as_bool());
  require(!concat || out % heads == 0, "GAT: {} heads do not divide the width {}; take a multiple", heads, out);
  arguments.set("heads", heads);
  arguments.set("concat", concat);
  arguments.set("dropout", options.dropout);
  return between(v2 && v2->as_bool() ? "GATv2Conv" : "GATConv", in, concat ? out / heads : out, std::move(arguments));
}

const GNNKind* find_kind(std::string_view name) {
  for (const GNNKind& kind : gnn_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace

const std::vector<GNNKind>& gnn_kinds() {
  static const std::vector<std::string> widths{"in_channels", "out_channels"};
  static const std::vector<GNNKind> kinds{
      {"GCN", "graph convolutional network", "GCNConv", true, false, {}, widths, passing_on<gcn_conv>},
      {"GraphSAGE", "GraphSAGE", "SAGEConv", false, false, {}, widths, passing_on<sage_conv>},
      {"GIN", "graph isomorphism network", "GINConv", false, false, {}, {"nn"}, gin},
      {"GAT",
       "graph attention network",
       "GATConv",
       false,
       true,
       {{"v2", "bool", "false", "", "GATv2Conv, whose scores are dynamic"}},
       {"in_channels", "out_channels", "dropout"},
       gat},
      {"PNA", "principal neighbourhood aggregation", "PNAConv", false, true, {}, widths, passing_on<pna_conv>},
      {"EdgeCNN", "dynamic graph CNN on a given graph", "EdgeConv", false, false, {}, {"nn"}, edge_cnn},
  };
  return kinds;
}

std::vector<OptionDoc> gnn_option_docs(const GNNKind& kind) {
  std::vector<OptionDoc> docs = basic_table(kind.name).docs();
  docs.insert(docs.end(), kind.own_options.begin(), kind.own_options.end());
  const std::vector<std::string> known = names_of(docs);
  for (const OptionDoc& doc : conv_list().at(kind.conv).options) {
    // The activation of PNA's towers is the network's own argument of that name.
    if (!contains(kind.fixed_options, doc.name) && !contains(known, doc.name)) docs.push_back(doc);
  }
  return docs;
}

std::unique_ptr<BasicGNN> make_gnn(const GNNKind& kind, const Config& arguments) {
  const std::vector<std::string> basic = names_of(basic_table(kind.name).docs());
  const std::vector<std::string> all = names_of(gnn_option_docs(kind));
  Config own = Config::map(), kwargs = Config::map();
  own.set_location(arguments.location());
  for (const auto& [key, value] : arguments.as_map()) {
    if (!contains(all, key)) {
      fail(ErrorKind::invalid_argument, "{}{}: there is no option '{}'{}",
           value.where().empty() ? "" : value.where() + ": ", kind.name, key, suggestion(key, all));
    }
    (contains(basic, key) ? own : kwargs).set(key, value);
  }
  return std::make_unique<BasicGNN>(kind, basic_table(kind.name).parse(own), std::move(kwargs));
}

Config BasicGNN::arguments() const {
  Config result = basic_table(kind_.name).complete(options_);
  for (const auto& [key, value] : kwargs_.as_map()) result.set(key, value);
  return result;
}

const GNNList& gnn_list() {
  static const GNNList list = [] {
    std::vector<Component<std::unique_ptr<BasicGNN>(const Config&)>> components;
    const auto add = [&](const std::string& name, const GNNKind& kind) {
      components.push_back({name, kind.summary, gnn_option_docs(kind),
                            [&kind](const Config& arguments) { return make_gnn(kind, arguments); }});
    };
    for (const GNNKind& kind : gnn_kinds()) add(kind.name, kind);
    add("SAGE", *find_kind("GraphSAGE"));
    return GNNList("graph network", std::move(components));
  }();
  return list;
}

}  // namespace spinel::nn
