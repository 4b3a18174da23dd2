#include "spinel/nn/conv/point_transformer_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {

OptionTable<PointTransformerConvOptions> PointTransformerConv::options() {
  using Options = PointTransformerConvOptions;
  OptionTable<Options> table("PointTransformerConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("pos_nn", &Options::pos_nn, "the layer of differences of positions; null: linear");
  table.add("attn_nn", &Options::attn_nn, "the layer of scores; null: none");
  table.add("add_self_loops", &Options::add_self_loops, "whether each point attends to itself");
  return table.include(&Options::kwargs, message_passing_options("PointTransformerConv"));
}

PointTransformerConv::PointTransformerConv(PointTransformerConvOptions options)
    : MessagePassing("PointTransformerConv", "add", options.kwargs),
      options_(std::move(options)),
      pos_nn_(options_.pos_nn.get()),
      attn_nn_(options_.attn_nn.get()),
      lin_(options_.in_channels.source, options_.out_channels, {.bias = false}),
      lin_src_(options_.in_channels.source, options_.out_channels, {.bias = false}),
      lin_dst_(options_.in_channels.target, options_.out_channels, {.bias = false}) {
  offer_switches(&options_.add_self_loops);
  if (!pos_nn_) pos_nn_ = std::make_shared<Linear>(3, options_.out_channels);
  add_child("pos_nn", *pos_nn_);
  if (attn_nn_) add_child("attn_nn", *attn_nn_);
  add_child("lin", lin_);
  add_child("lin_src", lin_src_);
  add_child("lin_dst", lin_dst_);
}

bool PointTransformerConv::is_sum_of_terms(const Features& x) const {
  const std::vector<LayerStep> steps = pos_nn_->steps();
  const std::optional<graph::GroupReduce> plain = aggr_module() ? aggr_module()->plain_reduce() : std::nullopt;
  return !attn_nn_ && steps.size() == 1 && steps[0].linear && plain == graph::GroupReduce::sum &&
         may_bypass_messages() && x.source().dim() == 2 && (node_dim() == -2 || node_dim() == 0) &&
         lin_.in_channels() && lin_src_.in_channels() && lin_dst_.in_channels();
}

at::Tensor PointTransformerConv::forward_terms(const Features& x, const Features& pos, const Adjacency& edge_index) {
  const Linear& of_shift = *pos_nn_->steps()[0].linear;
  const MessageEdges edges(edge_index, flow(), pos.target().size(0), pos.source().size(0), name());
  const int64_t width = options_.out_channels;
  const auto twice = [](const at::Tensor& one) { return one.defined() ? at::cat({one, one}) : one; };
  // Scores and values side by side; what the targets bring is of the scores alone.
  const at::Tensor target = at::constant_pad_nd(linear_product(x.target(), lin_dst_.weight()), {0, width});
  const at::Tensor source =
      linear_product(x.source(), at::cat({-lin_src_.weight(), lin_.weight()}), twice(of_shift.bias()));
  const EdgeTerms terms{.target = Lifted(target, edges, End::i, 0),
                        .source = Lifted(source, edges, End::j, 0),
                        .attr = edges.lift(pos.target(), End::i, 0) - edges.lift(pos.source(), End::j, 0),
                        .weight = twice(of_shift.weight())};
  return reduce_terms(terms, edges, {.kind = EdgeReduction::attended});
}

at::Tensor PointTransformerConv::forward(const Features& x, const Features& pos, const Adjacency& edge_index) {
  check_widths(x, options_.in_channels, name());
  require(x.target().defined() && pos.source().defined() && pos.target().defined(),
          "PointTransformerConv: x or pos of one end is None; both ends are needed");
  MessageEdges::check(edge_index, flow(), name());
  for (const auto& [nodes, points] : {std::pair(x.source(), pos.source()), std::pair(x.target(), pos.target())}) {
    check_width(points, pos_nn_->in_channels().value_or(-1), "pos", name());
    require(nodes.size(0) == points.size(0),
            "PointTransformerConv: x has {} rows but pos has {}; one for each is needed", nodes.size(0),
            points.size(0));
  }
  const int64_t sources = pos.source().size(0), targets = pos.target().size(0);
  check_nodes(edge_index, sources, targets, name(), flow());
  const Adjacency edges =
      options_.add_self_loops ? with_fresh_loops(edge_index, std::min(sources, targets)) : edge_index;
  if (is_sum_of_terms(x)) return forward_terms(x, pos, edges);
  const Features alpha(lin_src_.forward(x.source()), lin_dst_.forward(x.target()));
  return propagate(edges, {}, arg<"x">(lin_.forward(x.source())), arg<"pos">(Features(pos.source(), pos.target())),
                   arg<"alpha">(alpha));
}

at::Tensor PointTransformerConv::message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"alpha_i"> alpha_i,
                                         Arg<"alpha_j"> alpha_j, Arg<"edges"> edges) {
  const at::Tensor delta = pos_nn_->forward(pos_i - pos_j);
  at::Tensor score = alpha_i - alpha_j + delta;
  if (attn_nn_) score = attn_nn_->forward(score);
  return graph::softmax(score, edges.groups(End::i)) * (x_j.tensor() + delta);
}

ValueList PointTransformerConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PointTransformerConv::forward, {{"x"}, {"pos"}, {"edge_index"}}, arguments);
}

std::string PointTransformerConv::to_string() const {
  return format("PointTransformerConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
