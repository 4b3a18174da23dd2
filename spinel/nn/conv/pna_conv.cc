#include "spinel/nn/conv/pna_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/forwarding.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

template <typename T>
Config list_of(const std::vector<T>& items) {
  return write_config(items);
}

Config degree_scaler(const PNAConvOptions& options) {
  return Config::map({{"DegreeScalerAggregation", Config::map({{"aggr", list_of(options.aggregators)},
                                                               {"scaler", list_of(options.scalers)},
                                                               {"deg", list_of(options.deg)},
                                                               {"train_norm", Config(options.train_norm)}})}});
}

int64_t share(const char* what, int64_t width, int64_t towers) {
  require(towers >= 1 && width % towers == 0, "PNAConv: {} is {}, which {} towers do not divide", what, width, towers);
  return width / towers;
}

}  // namespace

OptionTable<PNAConvOptions> PNAConv::options() {
  using Options = PNAConvOptions;
  OptionTable<Options> table("PNAConv");
  table.add("in_channels", &Options::in_channels, "width of the input").required().range(1);
  table.add("out_channels", &Options::out_channels, "width of the result").required().range(1);
  table.add("aggregators", &Options::aggregators, "names of aggregations").required();
  table.add("scalers", &Options::scalers, "identity, amplification, attenuation, linear, inverse_linear").required();
  table.add("deg", &Options::deg, "how many nodes have 0, 1, … incoming edges").required();
  table.add("edge_dim", &Options::edge_dim, "width of edge_attr; null: it does not count");
  table.add("towers", &Options::towers, "towers side by side").range(1);
  table.add("pre_layers", &Options::pre_layers, "layers before the aggregation").range(1);
  table.add("post_layers", &Options::post_layers, "layers behind the aggregation").range(1);
  table.add("divide_input", &Options::divide_input, "each tower sees its share of the features");
  table.add("act", &Options::act, "the activation between layers; null: none");
  table.add("act_kwargs", &Options::act_kwargs, "its arguments");
  table.add("train_norm", &Options::train_norm, "average degrees are parameters");
  return table.include(&Options::kwargs, message_passing_options("PNAConv", {"aggr", "aggr_kwargs", "node_dim"}));
}

PNAConv::Tower::Tower(int64_t in, int64_t width, int64_t layers) {
  for (int64_t k = 0; k < layers; ++k) {
    lins_.push_back(std::make_unique<Linear>(k == 0 ? in : width, width));
    add_child(std::to_string(2 * k), *lins_.back());  // activations stand between
  }
}

at::Tensor PNAConv::Tower::forward(at::Tensor x, const Activation& act) const {
  return forward_behind_first(first().forward(x), act);
}

at::Tensor PNAConv::Tower::forward_behind_first(at::Tensor h, const Activation& act) const {
  for (size_t k = 1; k < lins_.size(); ++k) h = lins_[k]->forward(act(h));
  return h;
}

PNAConv::PNAConv(PNAConvOptions options)
    : MessagePassing("PNAConv", degree_scaler(options), with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      in_width_(options_.divide_input ? share("in_channels", options_.in_channels, options_.towers)
                                      : options_.in_channels),
      out_width_(share("out_channels", options_.out_channels, options_.towers)),
      act_(named_activation(options_.act, options_.act_kwargs)),
      lin_(options_.out_channels, options_.out_channels) {
  const int64_t ends = options_.edge_dim ? 3 : 2;
  const auto blocks = static_cast<int64_t>(options_.aggregators.size() * options_.scalers.size()) + 1;
  if (options_.edge_dim) {
    edge_encoder_ = std::make_unique<Linear>(*options_.edge_dim, in_width_);
    add_child("edge_encoder", *edge_encoder_);
  }
  for (int64_t t = 0; t < options_.towers; ++t) {
    pre_nns_.add(ends * in_width_, in_width_, options_.pre_layers);
    post_nns_.add(blocks * in_width_, out_width_, options_.post_layers);
  }
  add_child("pre_nns", pre_nns_);
  add_child("post_nns", post_nns_);
  add_child("lin", lin_);
}

at::Tensor PNAConv::forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_attr) {
  check_width(x, options_.in_channels, "x", name());
  require(x.dim() == 2, "PNAConv: x has {} dimensions; nodes and features are needed", x.dim());
  const int64_t towers = options_.towers, F = in_width_;
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(attr.defined() || !edge_encoder_, "PNAConv: edge_attr is None but edge_dim is {}; features are needed",
          options_.edge_dim.value_or(0));
  const at::Tensor nodes = options_.divide_input ? x.view({-1, towers, F}) : x.view({-1, 1, F}).expand({-1, towers, F});
  std::vector<at::Tensor> of_i, of_j;
  for (int64_t t = 0; t < towers; ++t) {
    const Linear& first = pre_nns_[static_cast<size_t>(t)].first();
    of_i.push_back(linear_product(nodes.select(1, t), first.weight().narrow(1, 0, F), first.bias()));
    of_j.push_back(linear_product(nodes.select(1, t), first.weight().narrow(1, F, F)));
  }
  const at::Tensor target = at::stack(of_i, 1), source = at::stack(of_j, 1);
  const at::Tensor aggregated = propagate(edge_index, {}, arg<"of">(Features(source, target)),
                                          arg<"edge_attr">(edge_encoder_ ? attr : at::Tensor()));
  std::vector<at::Tensor> outs;
  for (int64_t t = 0; t < towers; ++t) {
    outs.push_back(
        post_nns_[static_cast<size_t>(t)].forward(at::cat({nodes.select(1, t), aggregated.select(1, t)}, -1), act_));
  }
  return lin_.forward(at::cat(outs, 1));
}

at::Tensor PNAConv::message(Arg<"of_i"> of_i, Arg<"of_j"> of_j, Arg<"edge_attr"> edge_attr) {
  at::Tensor h = of_i + of_j;
  const int64_t F = in_width_;
  if (edge_encoder_) {
    check_width(edge_attr, *options_.edge_dim, "edge_attr", name());
    const at::Tensor encoded = edge_encoder_->forward(edge_attr);
    std::vector<at::Tensor> of_edges;
    for (const auto& tower : pre_nns_) {
      of_edges.push_back(linear_product(encoded, tower->first().weight().narrow(1, 2 * F, F)));
    }
    h = h + at::stack(of_edges, 1);
  }
  if (options_.pre_layers == 1) return h;
  std::vector<at::Tensor> hs;
  for (size_t t = 0; t < pre_nns_.size(); ++t) {
    hs.push_back(pre_nns_[t].forward_behind_first(h.select(1, static_cast<int64_t>(t)), act_));
  }
  return at::stack(hs, 1);
}

ValueList PNAConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PNAConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}}, arguments);
}

std::string PNAConv::to_string() const {
  return format("PNAConv({}, {}, towers={}, edge_dim={})", options_.in_channels, options_.out_channels, options_.towers,
                options_.edge_dim ? format("{}", *options_.edge_dim) : "None");
}

at::Tensor degree_histogram(const at::Tensor& histogram, const at::Tensor& edge_index, int64_t num_nodes) {
  const MessageEdges edges(edge_index, Flow::source_to_target, num_nodes, num_nodes, "degree_histogram");
  const at::Tensor counts = at::bincount(edges.groups(End::i).count());
  if (!histogram.defined()) return counts;
  const int64_t length = std::max(histogram.size(0), counts.size(0));
  return at::constant_pad_nd(histogram, {0, length - histogram.size(0)}) +
         at::constant_pad_nd(counts, {0, length - counts.size(0)});
}

}  // namespace spinel::nn
