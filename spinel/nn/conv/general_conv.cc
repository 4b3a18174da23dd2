#include "spinel/nn/conv/general_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

OptionTable<GeneralConvOptions> GeneralConv::options() {
  using Options = GeneralConvOptions;
  OptionTable<Options> table("GeneralConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("in_edge_channels", &Options::in_edge_channels, "width of edge_attr; null: it must not be given");
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("skip_linear", &Options::skip_linear, "the node itself passes a linear map even where widths are equal");
  table.add("directed_msg", &Options::directed_msg, "messages are made of the source alone");
  table.add("heads", &Options::heads, "number of heads, whose mean is taken").range(1);
  table.add("attention", &Options::attention, "whether messages are weighted by attention");
  table.add("attention_type", &Options::attention_type, "how scores are made").choices({"additive", "dot_product"});
  table.add("l2_normalize", &Options::l2_normalize, "rows of the result get length 1");
  table.add("bias", &Options::bias, "whether linear maps have biases");
  return table.include(&Options::kwargs, message_passing_options("GeneralConv", {"aggr", "node_dim"}));
}

GeneralConv::GeneralConv(GeneralConvOptions options)
    : MessagePassing("GeneralConv", options.aggr, with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      lin_msg_(options_.in_channels.source, options_.heads * options_.out_channels, {.bias = options_.bias}) {
  const auto [source, target, is_pair] = options_.in_channels;
  const int64_t heads = options_.heads, out = options_.out_channels;
  require(heads >= 1, "GeneralConv: it has {} heads; at least one is needed", heads);
  const auto add = [this](const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t width) {
    lin = std::make_unique<Linear>(in, width, LinearOptions{.bias = options_.bias});
    add_child(name, *lin);
  };
  add_child("lin_msg", lin_msg_);
  if (!options_.directed_msg) add("lin_msg_i", lin_msg_i_, source, heads * out);
  if (options_.skip_linear || is_pair || source != out) add("lin_self", lin_self_, target, out);
  if (options_.in_edge_channels) add("lin_edge", lin_edge_, *options_.in_edge_channels, heads * out);
  if (!options_.attention) return;
  if (options_.attention_type == "additive") {
    add_parameter("att_msg", att_msg_ = at::empty({1, heads, out}));
    glorot(att_msg_);
  } else {
    require(options_.attention_type == "dot_product",
            "GeneralConv: attention_type is '{}'; 'additive' or 'dot_product' is needed", options_.attention_type);
    add_buffer("scaler", scaler_ = at::scalar_tensor(std::sqrt(static_cast<double>(out)), at::kFloat));
  }
}

void GeneralConv::reset_parameters() {
  MessagePassing::reset_parameters();
  if (att_msg_.defined()) glorot(att_msg_);
}

at::Tensor GeneralConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                                const Size& size) {
  check_widths(x, options_.in_channels, name());
  MessageEdges::check(edge_index, flow(), name());
  require(x.source().dim() == 2 && x.target().defined(),
          "GeneralConv: x has {} dimensions or no targets; nodes and features of both ends are needed",
          x.source().dim());
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(attr.defined() == (lin_edge_ != nullptr),
          "GeneralConv: edge_attr is {} but in_edge_channels is {}; both or none are needed",
          attr.defined() ? "given" : "None", lin_edge_ ? "given" : "None");
  if (attr.defined()) check_width(attr, *options_.in_edge_channels, "edge_attr", name());
  const std::vector<int64_t> headed = {-1, options_.heads, options_.out_channels};
  const auto both = [&](Linear* lin, bool targets) {
    if (!lin) return Features();
    const at::Tensor source = lin->forward(x.source()).view(headed);
    if (!x.is_pair()) return Features(source);
    // Where sources alone make messages, targets may have another width.
    return Features(source, targets ? lin->forward(x.target()).view(headed) : at::Tensor());
  };
  const bool dot = options_.attention && options_.attention_type == "dot_product";
  const Size sizes = x.is_pair() ? Size({x.source().size(0), x.target().size(0)}) : size;
  at::Tensor out =
      propagate(edge_index, sizes, arg<"msg">(both(&lin_msg_, dot)), arg<"own">(both(lin_msg_i_.get(), true)),
                arg<"edge">(lin_edge_ ? lin_edge_->forward(attr).view(headed) : at::Tensor()))
          .mean(1);
  out = out + (lin_self_ ? lin_self_->forward(x.target()) : x.target());
  return options_.l2_normalize ? out / out.norm(2, -1, true).clamp_min(1e-12) : out;
}

Message GeneralConv::message(Arg<"msg_i"> msg_i, Arg<"msg_j"> msg_j, Arg<"own_i"> own_i, Arg<"own_j"> own_j,
                             Arg<"edge"> edge, Arg<"edges"> edges) {
  const bool plain = !own_i.defined() && !edge.defined() && msg_j.nodes().defined();
  at::Tensor made;  // m_ij along the edges, where it is more than the source's
  if (!plain) {
    made = msg_j.tensor();
    if (own_i.defined()) made = made + own_i;
    if (edge.defined()) made = made + edge;
  }
  if (!options_.attention) return plain ? Message(msg_j) : Message(made);
  at::Tensor score;
  if (att_msg_.defined()) {
    score = plain ? edges.lift((msg_j.nodes() * att_msg_).sum(-1), End::j, 0) : (made * att_msg_).sum(-1);
  } else if (plain && msg_i.nodes().defined()) {
    score = edges.dot(msg_i.nodes(), msg_j.nodes()) / scaler_;
  } else {
    at::Tensor other = msg_i.tensor();
    if (own_j.defined()) other = other + own_j;
    if (edge.defined()) other = other + edge;
    score = (other * (plain ? msg_j.tensor() : made)).sum(-1) / scaler_;
  }
  const at::Tensor alpha = graph::softmax(at::leaky_relu(score, 0.2), edges.groups(End::i)).unsqueeze(-1);
  return plain ? alpha * msg_j : Message(made * alpha);
}

ValueList GeneralConv::call(const CallArguments& arguments) {
  return call_forward(*this, &GeneralConv::forward,
                      {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}}, arguments);
}

std::string GeneralConv::to_string() const {
  return format("GeneralConv({}, {})", options_.in_channels.text(), options_.out_channels);
}

}  // namespace spinel::nn
