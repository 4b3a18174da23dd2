#include "spinel/nn/conv/film_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relations.h"

namespace spinel::nn {

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

at::Tensor FiLMConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type) {
  check_widths(x, options_.in_channels, name());
  require(x.target().defined(), "FiLMConv: x of the targets is None; features of both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  std::vector<Adjacency> relations = {edge_index};
  if (options_.num_relations > 1) {
    if (edge_index.is_sparse()) check_nodes(edge_index, x.source().size(0), x.target().size(0), name());
    const at::Tensor types = edge_index.is_sparse() ? edge_values(edge_index) : edge_type;
    require(types.defined(), "FiLMConv: edge_type is None; the type of each edge is needed");
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
