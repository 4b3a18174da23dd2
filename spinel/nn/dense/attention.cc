#include "spinel/nn/dense/attention.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// softmax(q kᵀ / √d + mask) v by its formula. mask [B, 1, 1, K]: 0 or -∞, or undefined.
at::Tensor attention_by_formula(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& mask,
                                double dropout) {
  at::Tensor scores = q.matmul(k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  if (mask.defined()) scores = scores + mask;
  return at::dropout(scores.softmax(-1), dropout, dropout > 0).matmul(v);
}

/// The same by torch's kernel, which never holds all scores, forward or backward. It has no second derivative, so a
/// derivative that shall have one is that of the formula.
struct BlockedAttention : torch::autograd::Function<BlockedAttention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const std::optional<at::Tensor>& mask) {
    auto [out, log_sum] = at::_scaled_dot_product_flash_attention_for_cpu(q, k, v, 0, false, mask);
    context->save_for_backward({q, k, v, out, log_sum, mask.value_or(at::Tensor())});
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &mask = saved[5], &gradient = gradients[0];
    if (at::GradMode::is_enabled()) return by_formula(context, {q, k, v}, mask, gradient);
    const auto given = mask.defined() ? std::optional(mask) : std::nullopt;
    auto [of_q, of_k, of_v] = at::_scaled_dot_product_flash_attention_for_cpu_backward(gradient, q, k, v, saved[3],
                                                                                       saved[4], 0, false, given);
    return {of_q, of_k, of_v, at::Tensor()};
  }

 private:
  static variable_list by_formula(AutogradContext* context, const variable_list& operands, const at::Tensor& mask,
                                  const at::Tensor& gradient) {
    variable_list wanted;
    for (size_t k = 0; k < 3; ++k) {
      if (context->needs_input_grad(k)) wanted.push_back(operands[k]);
    }
    const at::Tensor out = attention_by_formula(operands[0], operands[1], operands[2], mask, 0);
    const variable_list found = torch::autograd::grad({out}, wanted, {gradient}, /*retain_graph=*/true,
                                                      /*create_graph=*/true);
    variable_list results(4);
    for (size_t k = 0, next = 0; k < 3; ++k) {
      if (context->needs_input_grad(k)) results[k] = found[next++];
    }
    return results;
  }
};

/// key_mask: as forward() takes it.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& key_mask,
                     double dropout) {
  at::Tensor mask;
  if (key_mask.defined()) {
    mask = at::zeros({k.size(0), 1, 1, k.size(2)}, q.options())
               .masked_fill_(key_mask.logical_not().view({k.size(0), 1, 1, k.size(2)}),
                             -std::numeric_limits<double>::infinity());
  }
  // Rows without any key are NaN by the formula alone.
  const bool is_blocked = q.is_cpu() && dropout == 0 && q.numel() > 0 && k.numel() > 0 &&
                          (!key_mask.defined() || key_mask.any(-1).all().item<bool>());
  if (!is_blocked) return attention_by_formula(q, k, v, mask, dropout);
  return BlockedAttention::apply(q, k, v, mask.defined() ? std::optional(mask) : std::nullopt);
}

}  // namespace

MultiheadAttention::MultiheadAttention(int64_t channels, int64_t heads, double dropout, bool bias)
    : channels_(channels), heads_(heads), dropout_(dropout), out_proj_(channels, channels, {.bias = bias}) {
  require(heads >= 1 && channels >= 1 && channels % heads == 0,
          "MultiheadAttention: {} channels are to be cut into {} heads; they must be a multiple of them", channels,
          heads);
  require(dropout >= 0 && dropout <= 1, "MultiheadAttention: dropout is {}; it must lie in [0, 1]", dropout);
  add_parameter("in_proj_weight", in_proj_weight_ = at::empty({3 * channels, channels}));
  if (bias) in_proj_bias_ = at::empty({3 * channels});
  add_parameter("in_proj_bias", in_proj_bias_);
  add_child("out_proj", out_proj_);
  MultiheadAttention::reset_parameters();
}

void MultiheadAttention::reset_parameters() {
  out_proj_.reset_parameters();
  glorot(in_proj_weight_);
  zeros(in_proj_bias_);
  zeros(out_proj_.bias());
}

at::Tensor MultiheadAttention::forward(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                       const at::Tensor& key_mask) {
  for (const at::Tensor* x : {&query, &key, &value}) {
    require(x->dim() == 3 && x->size(2) == channels_,
            "MultiheadAttention: an operand has the sizes [{}]; [batch, length, {}] is needed",
            join_text(x->sizes(), ", "), channels_);
  }
  require(!key_mask.defined() || key_mask.sizes() == key.sizes().slice(0, 2),
          "MultiheadAttention: key_mask has the sizes [{}] but there are [{}, {}] keys",
          key_mask.defined() ? join_text(key_mask.sizes(), ", ") : "", key.size(0), key.size(1));
  std::vector<at::Tensor> parts;
  if (query.is_same(key) && key.is_same(value)) {
    parts = project(query, 0, 3);
  } else {
    for (const at::Tensor* x : {&query, &key, &value}) {
      const auto part = static_cast<int64_t>(parts.size());
      parts.push_back(project(*x, part, part + 1)[0]);
    }
  }
  const at::Tensor mixed = attention(parts[0], parts[1], parts[2], key_mask, is_training() ? dropout_ : 0);
  return out_proj_.forward(mixed.transpose(1, 2).reshape({query.size(0), query.size(1), channels_}));
}

std::vector<at::Tensor> MultiheadAttention::project(const at::Tensor& x, int64_t first, int64_t last) const {
  const auto rows = [&](const at::Tensor& all) { return all.narrow(0, first * channels_, (last - first) * channels_); };
  const at::Tensor projected =
      at::linear(x, rows(in_proj_weight_), in_proj_bias_.defined() ? rows(in_proj_bias_) : at::Tensor());
  std::vector<at::Tensor> parts;
  for (const at::Tensor& part : projected.chunk(last - first, -1)) {
    parts.push_back(part.view({x.size(0), x.size(1), heads_, channels_ / heads_}).transpose(1, 2));
  }
  return parts;
}

}  // namespace spinel::nn
