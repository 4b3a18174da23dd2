#include "spinel/nn/conv/point_net_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/linear_of_nodes.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

OptionTable<PointNetConvOptions> point_options(const char* name) {
  using Options = PointNetConvOptions;
  OptionTable<Options> table(name);
  table.add("local_nn", &Options::local_nn, "the layer of messages; null: none");
  table.add("global_nn", &Options::global_nn, "the layer of what is aggregated; null: none");
  table.add("add_self_loops", &Options::add_self_loops, "whether each point is its own neighbour");
  return table.include(&Options::kwargs, message_passing_options(name));
}

/// Loops for `loops` points, after a check of the nodes that edges join.
Adjacency looped(const Adjacency& edges, const Features& pos, bool add, int64_t loops, const MessagePassingBase& conv) {
  check_nodes(edges, pos.source().size(0), pos.target().size(0), conv.name(), conv.flow());
  return add ? with_fresh_loops(edges, loops) : edges;
}

at::Tensor with_features(const Lifted& x_j, const at::Tensor& geometry) {
  return x_j.defined() ? at::cat({x_j.tensor(), geometry}, 1) : geometry;
}

/// x of what is sent; points of one set are no features of what receives.
Features sent(const Features& x) { return x.is_pair() ? x : Features(x.source(), at::Tensor()); }

/// Edges, rows of x and pos, and what the layer of messages takes: x and `geometry` numbers, or the coordinates.
void check_points(const Features& x, const Features& pos, const Adjacency& edges, std::optional<int64_t> geometry,
                  const Layer* local_nn, const MessagePassingBase& conv) {
  MessageEdges::check(edges, conv.flow(), conv.name());
  require(pos.source().defined() && pos.target().defined(), "{}: pos is None; positions of both ends are needed",
          conv.name());
  for (const auto& [nodes, points] : {std::pair(x.source(), pos.source()), std::pair(x.target(), pos.target())}) {
    require(points.dim() == 2, "{}: pos has {} dimensions; points and coordinates are needed", conv.name(),
            points.dim());
    if (!nodes.defined()) continue;
    require(nodes.dim() == 2 && nodes.size(0) == points.size(0),
            "{}: x has the sizes [{}] but pos [{}]; a row for each point is needed", conv.name(),
            join_text(nodes.sizes(), ", "), join_text(points.sizes(), ", "));
  }
  const at::Tensor& from = x.source();
  const int64_t numbers = geometry.value_or(pos.source().size(1)), width = from.defined() ? from.size(1) : 0;
  const std::optional<int64_t> expected = local_nn ? local_nn->in_channels() : std::nullopt;
  require(!expected || *expected == width + numbers,
          "{}: x has {} features and positions give {}, but local_nn takes {}", conv.name(), width, numbers,
          expected.value_or(0));
}

/// What the first linear map of `nn` makes of features x of the sources, whose columns of its weight begin at `first`,
/// beside `others` numbers of each edge. Undefined where linear_of_nodes() finds none, and where the widths do not fit,
/// which the layer itself says.
Features mapped_sources(Layer* nn, const MessagePassingBase& conv, const at::Tensor& x, const Adjacency& edges,
                        int64_t first, int64_t others) {
  if (!nn || !x.defined() || x.dim() != 2) return {};
  const Linear* const linear = linear_of_nodes(*nn, conv, edges, x.size(0));
  if (!linear || linear->weight().size(1) != x.size(1) + others) return {};
  const at::Tensor mapped = linear_product(x, linear->weight().narrow(1, first, x.size(1)), linear->bias());
  return {mapped, at::Tensor()};
}

std::string nn_text(const char* name, const std::shared_ptr<Layer>& local, const std::shared_ptr<Layer>& global) {
  return format("{}(local_nn={}, global_nn={})", name, local ? local->to_string() : "None",
                global ? global->to_string() : "None");
}

at::Tensor angle(const at::Tensor& a, const at::Tensor& b) {
  return at::atan2(at::linalg_cross(a, b, 1).norm(2, 1), (a * b).sum(1));
}

}  // namespace

OptionTable<PointNetConvOptions> PointNetConv::options() { return point_options("PointNetConv"); }

PointNetConv::PointNetConv(PointNetConvOptions options)
    : MessagePassing("PointNetConv", "max", options.kwargs),
      add_self_loops_(options.add_self_loops),
      local_nn_(options.local_nn.get()),
      global_nn_(options.global_nn.get()) {
  offer_switches(&add_self_loops_);
  if (local_nn_) add_child("local_nn", *local_nn_);
  if (global_nn_) add_child("global_nn", *global_nn_);
}

at::Tensor PointNetConv::forward(const Features& x, const Features& pos, const Adjacency& edge_index) {
  check_points(x, pos, edge_index, {}, local_nn_.get(), *this);
  const int64_t loops = std::min(pos.source().size(0), pos.target().size(0));
  const Adjacency edges = looped(edge_index, pos, add_self_loops_, loops, *this);
  const at::Tensor out =
      propagate(edges, {}, arg<"x">(sent(x)), arg<"pos">(Features(pos.source(), pos.target())),
                arg<"mapped">(mapped_sources(local_nn_.get(), *this, x.source(), edges, 0, pos.source().size(-1))));
  return global_nn_ ? global_nn_->forward(out) : out;
}

at::Tensor PointNetConv::message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"mapped_j"> mapped_j) {
  const at::Tensor shift = pos_j - pos_i;
  if (mapped_j.defined())
    return forward_behind_linear(*local_nn_, mapped_j, shift, *local_nn_->in_channels() - shift.size(1));
  const at::Tensor message = with_features(x_j, shift);
  return local_nn_ ? local_nn_->forward(message) : message;
}

ValueList PointNetConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PointNetConv::forward, {{"x", Config()}, {"pos"}, {"edge_index"}}, arguments);
}

std::string PointNetConv::to_string() const { return nn_text("PointNetConv", local_nn_, global_nn_); }

at::Tensor point_pair_features(const at::Tensor& pos_i, const at::Tensor& pos_j, const at::Tensor& normal_i,
                               const at::Tensor& normal_j) {
  const at::Tensor d = pos_j - pos_i;
  return at::stack({d.norm(2, 1), angle(normal_i, d), angle(normal_j, d), angle(normal_i, normal_j)}, 1);
}

OptionTable<PointNetConvOptions> PPFConv::options() { return point_options("PPFConv"); }

PPFConv::PPFConv(PointNetConvOptions options)
    : MessagePassing("PPFConv", "max", options.kwargs),
      add_self_loops_(options.add_self_loops),
      local_nn_(options.local_nn.get()),
      global_nn_(options.global_nn.get()) {
  offer_switches(&add_self_loops_);
  if (local_nn_) add_child("local_nn", *local_nn_);
  if (global_nn_) add_child("global_nn", *global_nn_);
}

at::Tensor PPFConv::forward(const Features& x, const Features& pos, const Features& normal,
                            const Adjacency& edge_index) {
  check_points(x, pos, edge_index, 4, local_nn_.get(), *this);
  require(normal.source().defined() && normal.target().defined(),
          "PPFConv: normal is None; normals of both ends are needed");
  for (const at::Tensor& part : {pos.source(), pos.target(), normal.source(), normal.target()}) {
    require(!part.defined() || (part.dim() == 2 && part.size(1) == 3),
            "PPFConv: pos or normal has the sizes [{}]; [points, 3] is needed", join_text(part.sizes(), ", "));
  }
  require(normal.source().size(0) == pos.source().size(0) && normal.target().size(0) == pos.target().size(0),
          "PPFConv: there are {} and {} normals but {} and {} points; one for each is needed", normal.source().size(0),
          normal.target().size(0), pos.source().size(0), pos.target().size(0));
  const Adjacency edges = looped(edge_index, pos, add_self_loops_, pos.target().size(0), *this);
  const at::Tensor out = propagate(edges, {}, arg<"x">(sent(x)), arg<"pos">(Features(pos.source(), pos.target())),
                                   arg<"normal">(Features(normal.source(), normal.target())),
                                   arg<"mapped">(mapped_sources(local_nn_.get(), *this, x.source(), edges, 0, 4)));
  return global_nn_ ? global_nn_->forward(out) : out;
}

at::Tensor PPFConv::message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"normal_i"> normal_i,
                            Arg<"normal_j"> normal_j, Arg<"mapped_j"> mapped_j) {
  const at::Tensor pairs = point_pair_features(pos_i, pos_j, normal_i, normal_j);
  if (mapped_j.defined()) return forward_behind_linear(*local_nn_, mapped_j, pairs, *local_nn_->in_channels() - 4);
  const at::Tensor message = with_features(x_j, pairs);
  return local_nn_ ? local_nn_->forward(message) : message;
}

ValueList PPFConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PPFConv::forward, {{"x", Config()}, {"pos"}, {"normal"}, {"edge_index"}}, arguments);
}

std::string PPFConv::to_string() const { return nn_text("PPFConv", local_nn_, global_nn_); }

OptionTable<PointGNNConvOptions> PointGNNConv::options() {
  using Options = PointGNNConvOptions;
  OptionTable<Options> table("PointGNNConv");
  table.add("mlp_h", &Options::mlp_h, "the layer from nodes to shifts of positions").required();
  table.add("mlp_f", &Options::mlp_f, "the layer of messages").required();
  table.add("mlp_g", &Options::mlp_g, "the layer of what is aggregated").required();
  return table.include(&Options::kwargs, message_passing_options("PointGNNConv"));
}

PointGNNConv::PointGNNConv(PointGNNConvOptions options)
    : MessagePassing("PointGNNConv", "max", options.kwargs),
      mlp_h_(options.mlp_h.get()),
      mlp_f_(options.mlp_f.get()),
      mlp_g_(options.mlp_g.get()) {
  require(mlp_h_ && mlp_f_ && mlp_g_, "PointGNNConv: mlp_h, mlp_f or mlp_g is None; three layers are needed");
  add_child("mlp_h", *mlp_h_);
  add_child("mlp_f", *mlp_f_);
  add_child("mlp_g", *mlp_g_);
}

at::Tensor PointGNNConv::forward(const at::Tensor& x, const at::Tensor& pos, const Adjacency& edge_index) {
  require(x.dim() == 2 && pos.dim() == 2 && x.size(0) == pos.size(0),
          "PointGNNConv: x has the sizes [{}] and pos [{}]; both must have one row for each point",
          join_text(x.sizes(), ", "), join_text(pos.sizes(), ", "));
  check_width(x, mlp_h_->in_channels().value_or(-1), "x", name());
  const at::Tensor shift = mlp_h_->forward(x);
  require(shift.sizes() == pos.sizes(), "PointGNNConv: mlp_h makes {} numbers of a point but pos has {}",
          shift.size(-1), pos.size(-1));
  MessageEdges::check(edge_index, flow(), name());
  const int64_t axes = pos.size(1);
  const at::Tensor out = propagate(edge_index, {}, arg<"pos">(pos), arg<"shifted">(pos - shift), arg<"x">(x),
                                   arg<"mapped">(mapped_sources(mlp_f_.get(), *this, x, edge_index, axes, axes)));
  return x + mlp_g_->forward(out);
}

at::Tensor PointGNNConv::message(Arg<"pos_j"> pos_j, Arg<"shifted_i"> shifted_i, Arg<"x_j"> x_j,
                                 Arg<"mapped_j"> mapped_j) {
  if (mapped_j.defined()) return forward_behind_linear(*mlp_f_, mapped_j, pos_j - shifted_i, 0);
  return mlp_f_->forward(at::cat({pos_j - shifted_i, x_j.tensor()}, -1));
}

ValueList PointGNNConv::call(const CallArguments& arguments) {
  return call_forward(*this, &PointGNNConv::forward, {{"x"}, {"pos"}, {"edge_index"}}, arguments);
}

std::string PointGNNConv::to_string() const {
  return format("PointGNNConv(mlp_h={}, mlp_f={}, mlp_g={})", mlp_h_->to_string(), mlp_f_->to_string(),
                mlp_g_->to_string());
}

}  // namespace spinel::nn
