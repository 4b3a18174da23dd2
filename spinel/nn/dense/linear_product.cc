#include "spinel/nn/dense/linear_product.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/tall_product.h"

namespace spinel::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t least_rows = 256;
// Of the small matrix: it has to stay in the second cache.
constexpr int64_t most_numbers = 1 << 17;

bool is_plain(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided;
}

bool is_tall(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (x.dim() < 2 || weight.dim() != 2 || x.size(-1) != weight.size(1)) return false;
  if (!is_plain(x) || !is_plain(weight) || (bias.defined() && !(is_plain(bias) && bias.dim() == 1))) return false;
  if (bias.defined() && bias.size(0) != weight.size(0)) return false;
  if (weight.numel() == 0 || weight.numel() > most_numbers || at::autocast::is_autocast_enabled(at::kCPU)) return false;
  const int64_t rows = x.numel() / x.size(-1);
  return rows >= least_rows && rows >= 2 * std::max(weight.size(0), weight.size(1));
}

/// x [rows, depth] times matrix [depth, width], whose strides may be any, + bias [width] + addend [rows, width].
at::Tensor product(const at::Tensor& x, const at::Tensor& matrix, const at::Tensor& bias, const at::Tensor& addend) {
  const at::Tensor bias_row = bias.defined() ? bias.contiguous() : bias;
  at::Tensor y = at::empty({x.size(0), matrix.size(1)}, x.options());
  kernels::tall_product({.rows = x.size(0),
                         .depth = x.size(1),
                         .width = matrix.size(1),
                         .x = x.const_data_ptr<float>(),
                         .b = matrix.const_data_ptr<float>(),
                         .row_stride = matrix.stride(0),
                         .column_stride = matrix.stride(1),
                         .bias = bias_row.defined() ? bias_row.const_data_ptr<float>() : nullptr,
                         .addend = addend.defined() ? addend.const_data_ptr<float>() : nullptr,
                         .y = y.mutable_data_ptr<float>()},
                        torch_parallel());
  return y;
}

/// The sums of the columns of [rows, width].
void sum_columns(const at::Tensor& rows, at::Tensor& sums) {
  kernels::tall_outer_product({.rows = rows.size(0),
                               .depth = rows.size(1),
                               .a = rows.const_data_ptr<float>(),
                               .sum_a = sums.mutable_data_ptr<float>()},
                              torch_parallel());
}

struct Biased : torch::autograd::Function<Biased> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& x, const at::Tensor& bias) { return x + bias; }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor& gradient = gradients[0];
    if (!context->needs_input_grad(1)) return {gradient, {}};
    if (at::GradMode::is_enabled()) return {gradient, gradient.sum(0)};
    at::Tensor of_bias = at::empty({gradient.size(1)}, gradient.options());
    sum_columns(gradient.contiguous(), of_bias);
    return {gradient, of_bias};
  }
};

struct TallLinear : torch::autograd::Function<TallLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, const std::optional<at::Tensor>& addend) {
    context->save_for_backward({x, weight});
    context->saved_data["has_bias"] = bias.has_value();
    context->saved_data["has_addend"] = addend.has_value();
    return product(x, weight.t(), bias.value_or(at::Tensor()), addend.value_or(at::Tensor()));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], gradient = gradients[0].contiguous();
    variable_list results(4);
    // Of what was absent there must be none.
    if (context->saved_data["has_addend"].toBool()) results[3] = gradients[0];
    const bool of_x = context->needs_input_grad(0), of_weight = context->needs_input_grad(1);
    // An absent bias is no input at all.
    const bool of_bias = context->saved_data["has_bias"].toBool() && context->needs_input_grad(2);
    if (at::GradMode::is_enabled()) {
      if (of_x) results[0] = gradient.mm(weight);
      if (of_weight) results[1] = gradient.t().mm(x);
      if (of_bias) results[2] = gradient.sum(0);
      return results;
    }
    if (of_x) results[0] = product(gradient, weight, {}, {});
    if (of_bias) results[2] = at::empty({weight.size(0)}, weight.options());
    if (of_weight) {
      results[1] = at::empty(weight.sizes(), weight.options());
      kernels::tall_outer_product({.rows = x.size(0),
                                   .depth = weight.size(0),
                                   .width = weight.size(1),
                                   .a = gradient.const_data_ptr<float>(),
                                   .b = x.const_data_ptr<float>(),
                                   .c = results[1].mutable_data_ptr<float>(),
                                   .sum_a = of_bias ? results[2].mutable_data_ptr<float>() : nullptr},
                                  torch_parallel());
    } else if (of_bias) {
      results[2] = gradient.sum(0);
    }
    return results;
  }
};

std::optional<at::Tensor> optional(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace

at::Tensor linear_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const at::Tensor& addend) {
  if (!is_tall(x, weight, bias)) {
    const at::Tensor y = at::linear(x, weight, optional(bias));
    return addend.defined() ? y + addend : y;
  }
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  if (addend.defined() && !(is_plain(addend) && addend.sizes() == shape)) {
    return linear_product(x, weight, bias) + addend;
  }
  const auto rows = [](const at::Tensor& tensor) {
    return tensor.dim() == 2 ? tensor.contiguous() : tensor.reshape({-1, tensor.size(-1)}).contiguous();
  };
  const at::Tensor more = addend.defined() ? rows(addend) : addend;
  const at::Tensor y = TallLinear::apply(rows(x), weight, optional(bias), optional(more));
  return x.dim() == 2 ? y : y.view(shape);
}

at::Tensor add_bias(const at::Tensor& x, const at::Tensor& bias) {
  if (!bias.defined()) return x;
  const bool is_of_kernel = is_plain(x) && is_plain(bias) && x.dim() == 2 && bias.dim() == 1 &&
                            x.size(0) >= least_rows && x.size(1) == bias.size(0) && x.size(1) > 0;
  return is_of_kernel ? Biased::apply(x, bias) : x + bias;
}

}  // namespace spinel::nn
