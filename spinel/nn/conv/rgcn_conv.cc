#include "spinel/nn/conv/rgcn_conv.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relations.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

OptionTable<RGCNConvOptions> relational_options(const char* name) {
  using Options = RGCNConvOptions;
  OptionTable<Options> table(name);
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets").required();
  table.add("out_channels", &Options::out_channels, "width of the result").required();
  table.add("num_relations", &Options::num_relations, "types of edges").required().range(1);
  table.add("num_bases", &Options::num_bases, "weights are mixtures of so many matrices; null: one for each type");
  table.add("num_blocks", &Options::num_blocks, "weights have so many blocks on the diagonal; null: they are full");
  table.add("aggr", &Options::aggr, "how the messages of a relation are reduced");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("is_sorted", &Options::is_sorted, "edges come in order of types");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options(name, {"aggr", "node_dim"}));
}

at::Tensor types_of(const at::Tensor& edge_type, const Adjacency& edges, const std::string& owner) {
  const at::Tensor types = edges.is_sparse() ? edge_values(edges) : edge_type;
  require(types.defined(), "{}: edge_type is None; the type of each edge is needed", owner);
  return types;
}

RelationalInput input_of(const Features& x, const RGCNConvOptions& options, const at::Tensor& like,
                         const std::string& owner) {
  RelationalInput input{x.source(), x.target()};
  const auto numbers = [&] { return at::arange(options.in_channels.source, like.options().dtype(at::kLong)); };
  if (!input.source.defined()) input.source = numbers();
  if (!input.target.defined()) input.target = input.source;
  for (const auto& [tensor, width] :
       {std::pair{&input.source, options.in_channels.source}, std::pair{&input.target, options.in_channels.target}}) {
    if (tensor->is_floating_point()) check_width(*tensor, width, "x", owner);
    else require(tensor->dim() == 1, "{}: x has {} dimensions of node numbers; one is needed", owner, tensor->dim());
  }
  require(input.source.is_floating_point() || !options.num_blocks,
          "{}: x are node numbers, which num_blocks does not take; features are needed", owner);
  return input;
}

}  // namespace

RelationalWeights::RelationalWeights(const RGCNConvOptions& options, const char* owner) : options_(options) {
  const int64_t relations = options.num_relations, in = options.in_channels.source, out = options.out_channels;
  require(relations >= 1, "{}: num_relations is {}; at least one is needed", owner, relations);
  require(in >= 0 && options.in_channels.target >= 0, "{}: in_channels is {}; it must not be negative", owner,
          options.in_channels.text());
  require(!options.num_bases || !options.num_blocks,
          "{}: num_bases is {} and num_blocks is {}; only one of both can be used", owner,
          options.num_bases.value_or(0), options.num_blocks.value_or(0));
  if (options.num_bases) {
    weight = at::empty({*options.num_bases, in, out});
    comp = at::empty({relations, *options.num_bases});
  } else if (options.num_blocks) {
    const int64_t blocks = *options.num_blocks;
    require(blocks >= 1 && in % blocks == 0 && out % blocks == 0,
            "{}: num_blocks is {}, which does not divide the widths {} and {}", owner, blocks, in, out);
    weight = at::empty({relations, blocks, in / blocks, out / blocks});
  } else {
    weight = at::empty({relations, in, out});
  }
  if (options.root_weight) root = at::empty({options.in_channels.target, out});
  if (options.bias) bias = at::empty({out});
  reset();
}

void RelationalWeights::reset() const {
  for (const at::Tensor& tensor : {weight, comp, root}) {
    if (tensor.defined()) glorot(tensor);
  }
  zeros(bias);
}

at::Tensor RelationalWeights::dense() const {
  const int64_t relations = options_.num_relations;
  if (comp.defined()) return at::matmul(comp, weight.flatten(1)).view({relations, weight.size(1), weight.size(2)});
  if (!options_.num_blocks) return weight;
  // [R, B, i, o] on the diagonal of [R, B, i, B, o].
  const int64_t blocks = *options_.num_blocks;
  const at::Tensor eye = at::eye(blocks, weight.options()).view({1, blocks, 1, blocks, 1});
  return (weight.unsqueeze(3) * eye).reshape({relations, options_.in_channels.source, options_.out_channels});
}

at::Tensor RelationalWeights::with_root(const at::Tensor& out, const at::Tensor& x) const {
  at::Tensor result = out;
  if (root.defined()) result = result + (x.is_floating_point() ? at::matmul(x, root) : root.index_select(0, x));
  return add_bias(result, bias);
}

OptionTable<RGCNConvOptions> RGCNConv::options() { return relational_options("RGCNConv"); }

RGCNConv::RGCNConv(RGCNConvOptions options)
    : MessagePassing("RGCNConv", options.aggr, with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      weights_(options_, "RGCNConv") {
  add_parameter("weight", weights_.weight);
  add_parameter("comp", weights_.comp);
  add_parameter("root", weights_.root);
  add_parameter("bias", weights_.bias);
}

void RGCNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  weights_.reset();
}

at::Tensor RGCNConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type) {
  const RelationalInput input = input_of(x, options_, weights_.weight, name());
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor types = types_of(edge_type, edge_index, name());
  const std::vector<at::Tensor> relations = edges_by_relation(edge_index, types, options_.num_relations, name());
  const Size size({input.source.size(0), input.target.size(0)});
  if (edge_index.is_sparse()) check_nodes(edge_index, (*size)[0], (*size)[1], name());
  const bool has_features = input.source.is_floating_point();
  const at::Tensor weight = options_.num_blocks ? weights_.weight : weights_.dense();
  at::Tensor out = at::zeros({input.target.size(0), options_.out_channels}, weight.options());
  for (int64_t r = 0; r < options_.num_relations; ++r) {
    const at::Tensor& edges = relations[static_cast<size_t>(r)];
    if (!has_features) {
      out = out + propagate(edges, size, arg<"x">(weight[r].index_select(0, input.source)));
      continue;
    }
    const at::Tensor h = propagate(edges, size, arg<"x">(input.source));
    if (options_.num_blocks) {
      const at::Tensor blocks = h.view({h.size(0), weight.size(1), weight.size(2)}).transpose(0, 1);
      out = out + at::bmm(blocks, weight[r]).transpose(0, 1).flatten(1);
    } else {
      out = out + at::matmul(h, weight[r]);
    }
  }
  return weights_.with_root(out, input.target);
}

ValueList RGCNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &RGCNConv::forward, {{"x", Config()}, {"edge_index"}, {"edge_type", Config()}}, arguments);
}

std::string RGCNConv::to_string() const {
  return format("RGCNConv({}, {}, num_relations={})", options_.in_channels.text(), options_.out_channels,
                options_.num_relations);
}

OptionTable<RGCNConvOptions> FastRGCNConv::options() { return relational_options("FastRGCNConv"); }

FastRGCNConv::FastRGCNConv(RGCNConvOptions options)
    : MessagePassing("FastRGCNConv", options.aggr, with_node_dim(options.kwargs, 0)),
      options_(std::move(options)),
      weights_(options_, "FastRGCNConv") {
  require(aggr_text() == "add" || aggr_text() == "sum" || aggr_text() == "mean",
          "FastRGCNConv: aggr is '{}'; add, sum or mean is needed", aggr_text());
  add_parameter("weight", weights_.weight);
  add_parameter("comp", weights_.comp);
  add_parameter("root", weights_.root);
  add_parameter("bias", weights_.bias);
}

void FastRGCNConv::reset_parameters() {
  MessagePassing::reset_parameters();
  weights_.reset();
}

at::Tensor FastRGCNConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type) {
  const RelationalInput input = input_of(x, options_, weights_.weight, name());
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor types = types_of(edge_type, edge_index, name());
  check_relations(types, edge_index, options_.num_relations, name());
  check_nodes(edge_index, input.source.size(0), input.target.size(0), name(), flow());
  const at::Tensor out = propagate(edge_index, Size({input.source.size(0), input.target.size(0)}),
                                   arg<"x">(input.source), arg<"edge_type">(types));
  return weights_.with_root(out, input.target);
}

at::Tensor FastRGCNConv::message(Arg<"x_j"> x_j, Arg<"edge_type"> edge_type) {
  const at::Tensor weight = weights_.dense();
  if (!x_j.tensor().is_floating_point()) {
    return weight.flatten(0, 1).index_select(0, edge_type * weight.size(1) + x_j);
  }
  // Edges of one relation are multiplied together, then put back in their order.
  const graph::Groups by_type = graph::Groups::from_index(edge_type, options_.num_relations, name());
  const at::Tensor perm = by_type.perm(), ptr = by_type.ptr();
  const at::Tensor sorted = perm.defined() ? x_j.tensor().index_select(0, perm) : x_j.tensor();
  std::vector<at::Tensor> parts;
  for (int64_t r = 0; r < options_.num_relations; ++r) {
    const int64_t first = ptr[r].item<int64_t>(), last = ptr[r + 1].item<int64_t>();
    parts.push_back(at::matmul(sorted.narrow(0, first, last - first), weight[r]));
  }
  const at::Tensor out = at::cat(parts);
  if (!perm.defined()) return out;
  const at::Tensor inverse = at::empty_like(perm).scatter_(0, perm, at::arange(perm.size(0), perm.options()));
  return out.index_select(0, inverse);
}

at::Tensor FastRGCNConv::aggregate(const at::Tensor& messages, Arg<"edge_type"> edge_type, Arg<"index"> index,
                                   Arg<"dim_size"> dim_size, Arg<"edges"> edges) {
  at::Tensor shares = messages;
  if (aggr_text() == "mean") {
    // Divided by the edges of the same relation into the same target.
    const at::Tensor pair = index * options_.num_relations + edge_type;
    const at::Tensor count = at::bincount(pair, {}, dim_size * options_.num_relations);
    shares = messages / count.index_select(0, pair).to(messages.scalar_type()).unsqueeze(-1);
  }
  return graph::reduce_groups(shares, edges.groups(End::i), graph::GroupReduce::sum);
}

ValueList FastRGCNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &FastRGCNConv::forward, {{"x", Config()}, {"edge_index"}, {"edge_type", Config()}},
                      arguments);
}

std::string FastRGCNConv::to_string() const {
  return format("FastRGCNConv({}, {}, num_relations={})", options_.in_channels.text(), options_.out_channels,
                options_.num_relations);
}

}  // namespace spinel::nn
