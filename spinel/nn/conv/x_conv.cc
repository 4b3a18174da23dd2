#include "spinel/nn/conv/x_conv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/graph/nearest.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

int64_t hidden_channels(const XConvOptions& options) {
  const int64_t hidden = options.hidden_channels.value_or(options.in_channels / 4);
  require(options.in_channels >= 0 && options.out_channels >= 1 && options.dim >= 1 && options.kernel_size >= 1 &&
              options.dilation >= 1,
          "XConv: it maps {} to {} features of {} neighbours with dilation {} in {} dimensions; only in_channels may "
          "be 0",
          options.in_channels, options.out_channels, options.kernel_size, options.dilation, options.dim);
  require(hidden >= 1, "XConv: hidden_channels is {} of {} in_channels; at least 1 is needed", hidden,
          options.in_channels);
  return hidden;
}

BatchNormOptions norm_of(int64_t width) { return {.in_channels = width}; }

}  // namespace

WholeConv1d::WholeConv1d(int64_t in_channels, int64_t out_channels, int64_t kernel_size, int64_t groups)
    : groups_(groups) {
  add_parameter("weight", weight_ = at::empty({out_channels, in_channels / groups, kernel_size}));
  add_parameter("bias", bias_ = at::empty({out_channels}));
  WholeConv1d::reset_parameters();
}

void WholeConv1d::reset_parameters() {
  const int64_t fan = weight_.size(1) * weight_.size(2);
  kaiming_uniform(weight_, fan, std::sqrt(5.0));
  uniform(bias_, fan);
}

at::Tensor WholeConv1d::forward(const at::Tensor& x) const {
  const int64_t nodes = x.size(0), out = weight_.size(0);
  const at::Tensor rows = x.reshape({nodes, groups_, -1}).transpose(0, 1);
  const at::Tensor kernels = weight_.view({groups_, out / groups_, -1}).transpose(1, 2);
  return at::bmm(rows, kernels).transpose(0, 1).reshape({nodes, out}) + bias_;
}

OptionTable<XConvOptions> XConv::options() {
  using Options = XConvOptions;
  OptionTable<Options> table("XConv");
  table.add("in_channels", &Options::in_channels, "width of the input; 0: there is none").required().range(0);
  table.add("out_channels", &Options::out_channels, "width of the result").required().range(1);
  table.add("dim", &Options::dim, "coordinates of a point").required().range(1);
  table.add("kernel_size", &Options::kernel_size, "neighbours that are convolved, with the point itself")
      .required()
      .range(1);
  table.add("hidden_channels", &Options::hidden_channels, "features made of coordinates; null: in_channels / 4");
  table.add("dilation", &Options::dilation, "of the kernel_size · dilation nearest, every dilation-th").range(1);
  table.add("bias", &Options::bias, "whether the last linear map has a bias");
  table.add("num_workers", &Options::num_workers, "of the reference: torch's threads search for neighbours here");
  return table;
}

XConv::XConv(const XConvOptions& options)
    : options_(options),
      hidden_(hidden_channels(options)),
      depth_((options.out_channels + options.in_channels + hidden_ - 1) / (options.in_channels + hidden_)),
      mlp1_0_(options.dim, hidden_),
      mlp1_3_(hidden_, hidden_),
      mlp1_2_(norm_of(hidden_)),
      mlp1_5_(norm_of(hidden_)),
      mlp2_0_(options.dim * options.kernel_size, options.kernel_size * options.kernel_size),
      mlp2_4_(options.kernel_size, options.kernel_size * options.kernel_size, options.kernel_size, options.kernel_size),
      mlp2_8_(options.kernel_size, options.kernel_size * options.kernel_size, options.kernel_size, options.kernel_size),
      mlp2_2_(norm_of(options.kernel_size * options.kernel_size)),
      mlp2_6_(norm_of(options.kernel_size * options.kernel_size)),
      mlp2_9_(norm_of(options.kernel_size * options.kernel_size)),
      conv_0_(options.in_channels + hidden_, (options.in_channels + hidden_) * depth_, options.kernel_size,
              options.in_channels + hidden_),
      conv_2_((options.in_channels + hidden_) * depth_, options.out_channels, {.bias = options.bias}) {
  add_child("mlp1.0", mlp1_0_);
  add_child("mlp1.2", mlp1_2_);
  add_child("mlp1.3", mlp1_3_);
  add_child("mlp1.5", mlp1_5_);
  add_child("mlp2.0", mlp2_0_);
  add_child("mlp2.2", mlp2_2_);
  add_child("mlp2.4", mlp2_4_);
  add_child("mlp2.6", mlp2_6_);
  add_child("mlp2.8", mlp2_8_);
  add_child("mlp2.9", mlp2_9_);
  add_child("conv.0", conv_0_);
  add_child("conv.2", conv_2_);
}

at::Tensor XConv::neighbors(const at::Tensor& pos, const at::Tensor& batch) const {
  const int64_t wanted = options_.kernel_size * options_.dilation;
  at::Tensor edges;
  try {
    edges = graph::knn_graph(pos, wanted, batch, {.loop = true, .flow = graph::Flow::target_to_source});
  } catch (const Error& error) {
    throw Error(error.kind(), "XConv: " + std::string(error.what()));
  }
  if (edges.size(1) != pos.size(0) * wanted) {
    const at::Tensor counts = at::bincount(edges[0], {}, pos.size(0));
    fail(ErrorKind::invalid_argument,
         "XConv: an example has {} points but kernel_size · dilation is {}; it must have as many at least",
         counts.min().item<int64_t>(), wanted);
  }
  return edges[1].slice(0, 0, edges.size(1), options_.dilation);
}

at::Tensor XConv::coordinates_features(const at::Tensor& difference) {
  const at::Tensor first = mlp1_2_.forward(at::elu(mlp1_0_.forward(difference)));
  const at::Tensor second = mlp1_5_.forward(at::elu(mlp1_3_.forward(first)));
  return second.view({-1, options_.kernel_size, hidden_});
}

at::Tensor XConv::transformation(const at::Tensor& difference) {
  const int64_t k = options_.kernel_size;
  const std::vector<int64_t> square = {-1, k, k};
  const at::Tensor first = mlp2_2_.forward(at::elu(mlp2_0_.forward(difference.view({-1, k * options_.dim}))));
  const at::Tensor second = mlp2_6_.forward(at::elu(mlp2_4_.forward(first.view(square))));
  return mlp2_9_.forward(mlp2_8_.forward(second.view(square))).view(square);
}

at::Tensor XConv::forward(const at::Tensor& x, const at::Tensor& pos, const at::Tensor& batch) {
  require(pos.defined() && (pos.dim() == 1 || pos.dim() == 2),
          "XConv: pos has {} dimensions; points and coordinates are needed", pos.defined() ? pos.dim() : 0);
  const at::Tensor points = pos.dim() == 1 ? pos.unsqueeze(-1) : pos;
  check_width(points, options_.dim, "pos", name());
  require(x.defined() || options_.in_channels == 0, "XConv: x is None but in_channels is {}; features are needed",
          options_.in_channels);
  const at::Tensor features = x.defined() && x.dim() == 1 ? x.unsqueeze(-1) : x;
  if (x.defined()) {
    check_width(features, options_.in_channels, "x", name());
    require(features.dim() == 2 && features.size(0) == points.size(0),
            "XConv: x has the sizes [{}] and pos [{}]; they must have a row for each point", join_text(x.sizes(), ", "),
            join_text(pos.sizes(), ", "));
  }
  if (points.size(0) == 0) return at::zeros({0, options_.out_channels}, points.options());
  const int64_t k = options_.kernel_size;
  const at::Tensor near = neighbors(points, batch);
  const at::Tensor difference = (points.index_select(0, near).view({-1, k, options_.dim}) - points.unsqueeze(1));
  at::Tensor gathered = coordinates_features(difference.view({-1, options_.dim}));
  if (x.defined()) {
    gathered = at::cat({gathered, features.index_select(0, near).view({-1, k, options_.in_channels})}, -1);
  }
  const at::Tensor transformed = at::bmm(gathered.transpose(1, 2), transformation(difference));
  return conv_2_.forward(conv_0_.forward(transformed));
}

ValueList XConv::call(const CallArguments& arguments) {
  return call_forward(*this, &XConv::forward, {{"x", Config()}, {"pos"}, {"batch", Config()}}, arguments);
}

std::string XConv::to_string() const { return format("XConv({}, {})", options_.in_channels, options_.out_channels); }

}  // namespace spinel::nn
