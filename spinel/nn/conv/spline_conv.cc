#include "spinel/nn/conv/spline_conv.h"

#include <ATen/ATen.h>

#include <limits>

#include "spinel/base/error.h"
#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/relation_pairs.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

/// One value for all dimensions, or a list of as many.
std::vector<Config> of_dimensions(const Config& value, int64_t dim, const char* name) {
  if (!value.is_list()) return std::vector<Config>(static_cast<size_t>(dim), value);
  const Config::List& list = value.as_list();
  require(static_cast<int64_t>(list.size()) == dim,
          "SplineConv: {} has {} values but dim is {}; one for each is needed", name, list.size(), dim);
  return list;
}

}  // namespace

OptionTable<SplineConvOptions> SplineConv::options() {
  using Options = SplineConvOptions;
  OptionTable<Options> table("SplineConv");
  table.add("in_channels", &Options::in_channels, "width of the input, or of sources and targets; -1: as it comes")
      .required();
  table.add("out_channels", &Options::out_channels, "width of the result").required().range(0);
  table.add("dim", &Options::dim, "pseudo-coordinates of an edge").required().range(1, 16);
  table.add("kernel_size", &Options::kernel_size, "knots along all dimensions, or along each").required();
  table.add("is_open_spline", &Options::is_open_spline, "splines on an interval, not a circle; one for all, or a list");
  table.add("degree", &Options::degree, "degree of the splines").range(1, 3);
  table.add("aggr", &Options::aggr, "how messages are reduced");
  table.add("root_weight", &Options::root_weight, "whether the node itself counts");
  table.add("bias", &Options::bias, "whether a bias is added");
  return table.include(&Options::kwargs, message_passing_options("SplineConv", {"aggr"}));
}

SplineConv::SplineConv(SplineConvOptions options)
    : MessagePassing("SplineConv", options.aggr, options.kwargs), options_(std::move(options)) {
  offer_switches(nullptr, &options_.root_weight);
  for (const Config& size : of_dimensions(options_.kernel_size, options_.dim, "kernel_size")) {
    sizes_.push_back(size.as_int());
  }
  for (const Config& open : of_dimensions(options_.is_open_spline, options_.dim, "is_open_spline")) {
    open_.push_back(open.as_bool());
  }
  check_kernels();
  for (const int64_t size : sizes_) num_weights_ *= size;
  const std::vector<int64_t> open(open_.begin(), open_.end());
  add_buffer("kernel_size", kernel_size_ = at::tensor(sizes_, at::kLong));
  add_buffer("is_open_spline", is_open_spline_ = at::tensor(open, at::kByte));
  const Channels& in = options_.in_channels;
  if (in.source < 0) add_lazy_parameter("weight", weight_);
  else add_parameter("weight", weight_ = at::empty({num_weights_, in.source, options_.out_channels}));
  if (options_.root_weight) {
    lin_ = std::make_unique<Linear>(in.target, options_.out_channels,
                                    LinearOptions{.bias = false, .weight_initializer = "uniform"});
    add_child("lin", *lin_);
  }
  if (options_.bias) bias_ = at::empty({options_.out_channels});
  add_parameter("bias", bias_);
  SplineConv::reset_parameters();
}

void SplineConv::check_kernels() const {
  const int64_t degree = options_.degree;
  require(options_.dim >= 1 && degree >= 1 && degree <= 3,
          "SplineConv: degree is {} in {} dimensions; 1, 2 or 3 in at least one is needed", degree, options_.dim);
  int64_t weights = 1;
  for (size_t d = 0; d < sizes_.size(); ++d) {
    const int64_t least = open_[d] ? degree : 1;
    require(sizes_[d] >= least, "SplineConv: kernel_size is {} in dimension {} with degree {}; at least {} is needed",
            sizes_[d], d, degree, least);
    require(sizes_[d] <= std::numeric_limits<int32_t>::max() / weights,
            "SplineConv: kernel_size makes more than {} weights; fewer are needed",
            std::numeric_limits<int32_t>::max());
    weights *= sizes_[d];
  }
}

void SplineConv::read_buffers() {
  const at::Tensor sizes = kernel_size_.to(at::kCPU, at::kLong), open = is_open_spline_.to(at::kCPU, at::kLong);
  for (int64_t d = 0; d < options_.dim; ++d) {
    sizes_[static_cast<size_t>(d)] = sizes[d].item<int64_t>();
    open_[static_cast<size_t>(d)] = open[d].item<int64_t>() != 0;
  }
  check_kernels();
  int64_t weights = 1;
  for (const int64_t size : sizes_) weights *= size;
  require(weights == num_weights_,
          "SplineConv: kernel_size was loaded with {} weights but there are {}; they must agree", weights,
          num_weights_);
}

void SplineConv::create_weight(int64_t in) {
  options_.in_channels.source = in;
  materialize(weight_, {num_weights_, in, options_.out_channels});
  uniform(weight_, num_weights_ * in);
}

void SplineConv::reset_parameters() {
  MessagePassing::reset_parameters();
  if (!is_lazy(weight_)) uniform(weight_, weight_.size(0) * weight_.size(1));
  zeros(bias_);
}

at::Tensor SplineConv::checked_coordinates(const at::Tensor& edge_attr, const Adjacency& edge_index) const {
  const at::Tensor attr = edge_columns(edge_attr.defined() ? edge_attr : edge_values(edge_index), edge_index, name());
  require(attr.defined(), "SplineConv: edge_attr is None; {} pseudo-coordinates of each edge are needed", options_.dim);
  check_width(attr, options_.dim, "edge_attr", name());
  require(attr.dim() == 2 && attr.is_floating_point(), "SplineConv: edge_attr has {} dimensions of {}; {} are needed",
          attr.dim(), at::toString(attr.scalar_type()), "pseudo-coordinates [edges, dim]");
  if (attr.numel() == 0) return attr;
  const auto [least, greatest] = at::aminmax(attr.detach());
  const double low = least.item<double>(), high = greatest.item<double>();
  require(low >= 0 && high <= 1, "SplineConv: edge_attr holds {}; pseudo-coordinates must lie in [0, 1]",
          low >= 0 ? high : low);
  return attr;
}

at::Tensor SplineConv::forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                               const Size& size) {
  check_widths(x, options_.in_channels, name());
  require(x.source().dim() == 2, "SplineConv: x has {} dimensions; nodes and features are needed", x.source().dim());
  read_buffers();
  if (is_lazy(weight_)) create_weight(x.source().size(1));
  MessageEdges::check(edge_index, flow(), name());
  const at::Tensor attr = checked_coordinates(edge_attr, edge_index);
  const SplineBasis splines = spline_basis(attr, sizes_, open_, options_.degree);
  at::Tensor out;
  if (commutes_with_maps(x.source())) {
    const int64_t sources = x.source().size(0);
    const int64_t targets = x.target().defined() ? x.target().size(0) : size ? (*size)[1] : sources;
    require(!size || ((*size)[0] == sources && (*size)[1] == targets),
            "SplineConv: size is ({}, {}) but x has ({}, {}) nodes; they must be the same", size ? (*size)[0] : 0,
            size ? (*size)[1] : 0, sources, targets);
    check_nodes(edge_index, sources, targets, name(), flow());
    out = aggregate_products(x.source(), MessageEdges(edge_index, flow(), targets, sources, name()), splines);
  } else {
    out = propagate(edge_index, size, arg<"x">(x.is_pair() ? x : Features(x.source(), x.source())),
                    arg<"basis">(splines.basis), arg<"weight_index">(splines.weight_index));
  }
  if (lin_ && options_.root_weight && x.target().defined()) out = out + lin_->forward(x.target());
  return add_bias(out, bias_);
}

at::Tensor SplineConv::aggregate_products(const at::Tensor& x, const MessageEdges& edges,
                                          const SplineBasis& splines) const {
  const int64_t products = splines.basis.size(1);
  const at::Tensor source = edges.index(End::j).repeat_interleave(products);
  const at::Tensor target = edges.index(End::i).repeat_interleave(products);
  const RelationPairs pairs = relation_pairs(source, splines.weight_index.flatten(), num_weights_, edges.size(End::j));
  const at::Tensor mapped = pairs.multiply(x, weight_);
  const MessageEdges from_pairs(Adjacency(at::stack({pairs.place, target})), Flow::source_to_target, edges.size(End::i),
                                mapped.size(0), name());
  const at::Tensor out = from_pairs.product(mapped, splines.basis.flatten(), sparse::Reduce::sum);
  if (aggr_module()->plain_reduce() == graph::GroupReduce::sum) return out;
  const at::Tensor count = edges.groups(End::i).count().clamp_min(1).to(out.scalar_type());
  return out / count.unsqueeze(-1);
}

at::Tensor SplineConv::message(Arg<"x_j"> x_j, Arg<"basis"> basis, Arg<"weight_index"> weight_index) {
  return spline_weighting(x_j.tensor(), weight_, {basis, weight_index});
}

ValueList SplineConv::call(const CallArguments& arguments) {
  return call_forward(*this, &SplineConv::forward, {{"x"}, {"edge_index"}, {"edge_attr", Config()}, {"size", Config()}},
                      arguments);
}

std::string SplineConv::to_string() const {
  return format("SplineConv({}, {}, dim={})", options_.in_channels.text(), options_.out_channels, options_.dim);
}

}  // namespace spinel::nn
