#include "spinel/nn/dense/hetero_linear.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/groups.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

HeteroLinear::HeteroLinear(int64_t in_channels, int64_t out_channels, int64_t num_types, HeteroLinearOptions options)
    : in_channels_(in_channels), out_channels_(out_channels), num_types_(num_types), options_(std::move(options)) {
  require(in_channels >= -1 && out_channels >= 0 && num_types >= 0,
          "HeteroLinear: it maps {} to {} features of {} types; they must not be negative, but for in_channels -1",
          in_channels, out_channels, num_types);
  if (in_channels < 0) add_lazy_parameter("weight", weight_);
  else add_parameter("weight", weight_ = at::empty({num_types, in_channels, out_channels}));
  if (options_.bias) bias_ = at::empty({num_types, out_channels});
  add_parameter("bias", bias_);
  HeteroLinear::reset_parameters();
}

void HeteroLinear::reset_parameters() {
  if (in_channels_ < 0) return;
  const std::string weight = options_.weight_initializer.value_or("kaiming_uniform");
  if (weight == "glorot") glorot(weight_);
  else if (weight == "uniform") uniform(weight_, in_channels_);
  else if (weight == "kaiming_uniform") kaiming_uniform(weight_, in_channels_, std::sqrt(5.0));
  else {
    fail(ErrorKind::invalid_argument, "HeteroLinear: weight_initializer '{}' is none{}", weight,
         suggestion(weight, {"glorot", "uniform", "kaiming_uniform"}));
  }
  if (options_.bias_initializer) zeros(bias_);
  else uniform(bias_, in_channels_);
}

void HeteroLinear::on_materialized() {
  if (weight_.dim() == 3) in_channels_ = weight_.size(1);
}

std::string HeteroLinear::to_string() const {
  return format("HeteroLinear({}, {}, num_types={}, bias={})", in_channels_, out_channels_, num_types_,
                bias_.defined() ? "True" : "False");
}

at::Tensor HeteroLinear::forward(const at::Tensor& x, const at::Tensor& type_vec) {
  require(x.dim() == 2, "HeteroLinear: x has {} dimensions; [N, in_channels] is needed", x.dim());
  if (in_channels_ < 0) {
    in_channels_ = x.size(1);
    materialize(weight_, {num_types_, in_channels_, out_channels_});
    reset_parameters();
  }
  require(x.size(1) == in_channels_, "HeteroLinear: x has {} features but in_channels is {}", x.size(1), in_channels_);
  const graph::Groups types = graph::Groups::from_index(type_vec, num_types_, "HeteroLinear: type_vec");
  require(types.num_elements() == x.size(0), "HeteroLinear: x has {} rows but type_vec has {}", x.size(0),
          types.num_elements());
  require(!options_.is_sorted || types.is_sorted(), "HeteroLinear: type_vec does not rise, though is_sorted is set");
  const at::Tensor perm = types.perm();
  const at::Tensor rows = perm.defined() ? x.index_select(0, perm) : x;
  const at::Tensor ptr = types.ptr().cpu();
  const int64_t* begin = ptr.const_data_ptr<int64_t>();
  // One product a type on its rows: nothing of the size rows × in × out is made.
  std::vector<at::Tensor> parts;
  for (int64_t t = 0; t < num_types_; ++t) {
    if (begin[t + 1] == begin[t]) continue;
    const at::Tensor part = rows.narrow(0, begin[t], begin[t + 1] - begin[t]);
    parts.push_back(bias_.defined() ? at::addmm(bias_[t], part, weight_[t]) : at::mm(part, weight_[t]));
  }
  if (parts.empty()) return x.new_zeros({0, out_channels_});
  const at::Tensor out = at::cat(parts);
  if (!perm.defined()) return out;
  return at::zeros_like(out).index_copy(0, perm, out);
}

ValueList HeteroLinear::call(const CallArguments& arguments) {
  return call_forward(*this, &HeteroLinear::forward, {{"x"}, {"type_vec"}}, arguments);
}

HeteroDictLinear::HeteroDictLinear(std::vector<std::pair<std::string, int64_t>> in_channels, int64_t out_channels,
                                   LinearOptions options) {
  for (const auto& [type, width] : in_channels) {
    lins_.emplace_back(type, std::make_unique<Linear>(width, out_channels, options));
    add_child("lins." + type, *lins_.back().second);
  }
}

namespace {

std::vector<std::pair<std::string, int64_t>> equal_widths(int64_t width, const std::vector<std::string>& types) {
  std::vector<std::pair<std::string, int64_t>> all;
  for (const std::string& type : types) all.emplace_back(type, width);
  return all;
}

}  // namespace

HeteroDictLinear::HeteroDictLinear(int64_t in_channels, int64_t out_channels, const std::vector<std::string>& types,
                                   LinearOptions options)
    : HeteroDictLinear(equal_widths(in_channels, types), out_channels, std::move(options)) {}

std::string HeteroDictLinear::to_string() const {
  std::vector<std::string> texts;
  for (const auto& [type, lin] : lins_) texts.push_back("'" + type + "': " + lin->to_string());
  return "HeteroDictLinear({" + join_text(texts, ", ") + "})";
}

NamedTensors HeteroDictLinear::forward(const NamedTensors& x_dict) {
  NamedTensors out;
  for (const auto& [type, lin] : lins_) {
    if (const at::Tensor* x = x_dict.find(type); x && x->defined()) out.set(type, lin->forward(*x));
  }
  return out;
}

ValueList HeteroDictLinear::call(const CallArguments& arguments) {
  return call_forward(*this, &HeteroDictLinear::forward, {{"x_dict"}}, arguments);
}

Linear& HeteroDictLinear::at(const std::string& type) {
  std::vector<std::string> known;
  for (const auto& [name, lin] : lins_) {
    if (name == type) return *lin;
    known.push_back(name);
  }
  fail(ErrorKind::not_found, "HeteroDictLinear: there is no type '{}'{}", type, suggestion(type, known));
}

}  // namespace spinel::nn
