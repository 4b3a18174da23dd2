#include "spinel/nn/conv/film_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relations.h"
#include "spinel/nn/conv/remembered.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

/// The edges between pairs (node, relation), numbered node · (relations + 1) + relation, and behind them a loop of each
/// node in the last relation. types [E] of several relations.
at::Tensor edges_of_pairs(const at::Tensor& list, const at::Tensor& types, int64_t relations, int64_t nodes) {
  const std::string key = format("pairs of {} nodes and {} relations of {}", nodes, relations, remembered_number(list));
  return *remembered(relations > 1 ? types : list, key, [&] {
    const int64_t each = relations + 1;
    at::Tensor pairs = list.variable_data().to(at::kLong) * each;
    if (relations > 1) pairs += types.variable_data();
    const at::Tensor loops = at::arange(nodes, pairs.options()) * each + relations;
    return at::cat({pairs, loops.expand({2, nodes})}, 1);
  });
}

const Linear& linear_of(Layer& layer) { return *layer.steps().front().linear; }

}  // namespace

OptionTable<FiLMConvOptions> FiLMConv::options() {
  using Options = FiLMConvOptions;
  OptionTable<Options> table("FiLMConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("num_relations", &Options::num_relations, "types of edges").range(1);
  table.add("nn", &Options::nn, "the layer that makes scales and shifts of targets; null: linear");
  table.add("act", &Options::act, "the activation of messages; null: none");
  table.add("aggr", &Options::aggr, "how the messages of a relation are reduced");
  return table.include(&Options::kwargs, message_passing_options("FiLMConv", {"aggr"}));
}

FiLMConv::FiLMConv(FiLMConvOptions options)
    : MessagePassing("FiLMConv", options.aggr, options.kwargs),
      options_(std::move(options)),
      act_(options_.act.get()),
      lin_skip_(options_.in_channels.target, options_.out_channels, {.bias = false}) {
  require(options_.num_relations >= 1, "FiLMConv: num_relations is {}; at least one is needed", options_.num_relations);
  const auto film = [&](bool bias) -> std::unique_ptr<Layer> {
    if (!options_.nn.is_none()) return options_.nn.copy("FiLMConv");
    return std::make_unique<Linear>(options_.in_channels.target, 2 * options_.out_channels,
                                    LinearOptions{.bias = bias});
  };
  for (int64_t r = 0; r < options_.num_relations; ++r) {
    lins_.add(options_.in_channels.source, options_.out_channels, LinearOptions{.bias = false});
    films_.add(film(true));
  }
  film_skip_ = film(false);
  add_child("lins", lins_);
  add_child("films", films_);
  add_child("lin_skip", lin_skip_);
  add_child("film_skip", *film_skip_);
}

std::pair<at::Tensor, at::Tensor> FiLMConv::modulation(Layer& film, const at::Tensor& target) const {
  const at::Tensor both = film.forward(target);
  const int64_t width = options_.out_channels;
  require(both.size(-1) == 2 * width, "FiLMConv: nn makes {} numbers of a target but {} are needed", both.size(-1),
          2 * width);
  // Cut in one operation, whose derivative joins both gradients in one too.
  std::vector<at::Tensor> parts = both.split(width, -1);
  return {std::move(parts[0]), std::move(parts[1])};
}

bool FiLMConv::is_joined(const Features& x) const {
  const std::optional<graph::GroupReduce> plain = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  const at::ScalarType type = x.source().scalar_type();
  return may_bypass_messages() && options_.nn.is_none() && (!act_ || act_->name() == "ReLU") &&
         (plain == graph::GroupReduce::sum || plain == graph::GroupReduce::mean) && !x.is_pair() &&
         x.source().dim() == 2 && (node_dim() == -2 || node_dim() == 0) && x.source().is_cpu() &&
         (type == at::kFloat || type == at::kDouble) && lin_skip_.in_channels();
}

at::Tensor FiLMConv::forward_joined(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& types) {
  const int64_t relations = options_.num_relations, nodes = x.size(0), pairs = nodes * (relations + 1);
  check_nodes(edge_index, nodes, nodes, name());
  if (relations > 1) check_relations(types, edge_index, relations, name());
  std::vector<at::Tensor> maps, films, shifts;
  for (size_t r = 0; r < lins_.size(); ++r) {
    const Linear& film = linear_of(films_[r]);
    maps.push_back(lins_[r].weight());
    films.push_back(film.weight());
    shifts.push_back(film.bias());
  }
  maps.push_back(lin_skip_.weight());
  films.push_back(linear_of(*film_skip_).weight());
  shifts.push_back(at::zeros_like(shifts.front()));
  const int64_t width = options_.out_channels;
  const at::Tensor modulations = linear_product(x, at::cat(films), at::cat(shifts)).view({pairs, 2 * width});
  const at::Tensor mapped = linear_product(x, at::cat(maps)).view({pairs, width});
  const MessageEdges edges(edges_of_pairs(edge_list(edge_index), types, relations, nodes), flow(), pairs, pairs,
                           name());
  EdgeTerms terms{.target = Lifted(modulations, edges, End::i, 0), .source = Lifted(mapped, edges, End::j, 0)};
  terms.modulated = true;
  terms.activation = act_ ? EdgeActivation::relu : EdgeActivation::identity;
  const bool is_mean = aggr_module()->plain_reduce() == graph::GroupReduce::mean;
  const at::Tensor out = reduce_terms(terms, edges, {.kind = is_mean ? EdgeReduction::mean : EdgeReduction::sum});
  return out.view({nodes, relations + 1, width}).sum(1);
}

at::Tensor FiLMConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type) {
  check_widths(x, options_.in_channels, name());
  require(x.target().defined(), "FiLMConv: x of the targets is None; features of both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor types = edge_index.is_sparse() ? edge_values(edge_index) : edge_type;
  require(options_.num_relations == 1 || types.defined(),
          "FiLMConv: edge_type is None; the type of each edge is needed");
  if (is_joined(x)) return forward_joined(x.source(), edge_index, types);
  std::vector<Adjacency> relations = {edge_index};
  if (options_.num_relations > 1) {
    if (edge_index.is_sparse()) check_nodes(edge_index, x.source().size(0), x.target().size(0), name());
    const auto lists = edges_by_relation(edge_index, types, options_.num_relations, name());
    relations.assign(lists.begin(), lists.end());
  }
  const auto [beta, gamma] = modulation(*film_skip_, x.target());
  at::Tensor out = activated(gamma * lin_skip_.forward(x.target()) + beta);
  const Size size({x.source().size(0), x.target().size(0)});
  for (size_t r = 0; r < relations.size(); ++r) {
    const auto [shift, scale] = modulation(films_[r], x.target());
    out = out + propagate(relations[r], size, arg<"x">(lins_[r].forward(x.source())), arg<"beta">(shift),
                          arg<"gamma">(scale));
  }
  return out;
}

at::Tensor FiLMConv::message(Arg<"x_j"> x_j, Arg<"beta_i"> beta_i, Arg<"gamma_i"> gamma_i) {
  return activated(gamma_i.tensor() * x_j.tensor() + beta_i.tensor());
}

ValueList FiLMConv::call(const CallArguments& arguments) {
  return call_forward(*this, &FiLMConv::forward, {{"x"}, {"edge_index"}, {"edge_type", Config()}}, arguments);
}

std::string FiLMConv::to_string() const {
  return format("FiLMConv({}, {}, num_relations={})", options_.in_channels.text(), options_.out_channels,
                options_.num_relations);
}

}  // namespace spinel::nn
