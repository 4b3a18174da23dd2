#include "spinel/nn/dense/performer.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "spinel/base/error.h"

namespace spinel::nn {
namespace {

constexpr double kernel_epsilon = 1e-3;

/// Rows of random orthogonal matrices, as many of them as it takes.
at::Tensor orthogonal_rows(int64_t rows, int64_t columns) {
  std::vector<at::Tensor> blocks;
  for (int64_t done = 0; done < rows; done += columns) {
    const at::Tensor q = std::get<0>(at::linalg_qr(at::randn({columns, columns})));
    blocks.push_back(q.t().narrow(0, 0, std::min(columns, rows - done)));
  }
  return at::cat(blocks);
}

int64_t checked_head_channels(int64_t head_channels) {
  require(head_channels >= 2, "PerformerAttention: head_channels is {}; at least 2 are needed", head_channels);
  return head_channels;
}

}  // namespace

PerformerAttention::Projection::Projection(int64_t columns) {
  const auto rows = static_cast<int64_t>(static_cast<double>(columns) * std::log(static_cast<double>(columns)));
  add_buffer("projection_matrix", matrix_ = orthogonal_rows(rows, columns));
}

OptionTable<PerformerOptions> PerformerAttention::options() {
  OptionTable<PerformerOptions> table("PerformerAttention");
  table.add("head_channels", &PerformerOptions::head_channels, "width of a head").range(2);
  table.add("qkv_bias", &PerformerOptions::qkv_bias, "whether queries, keys and values have biases");
  table.add("attn_out_bias", &PerformerOptions::attn_out_bias, "whether the result has a bias");
  table.add("dropout", &PerformerOptions::dropout, "probability that a feature is dropped in training").range(0, 1);
  return table;
}

PerformerAttention::PerformerAttention(int64_t channels, int64_t heads, const PerformerOptions& options)
    : channels_(channels),
      heads_(heads),
      options_(options),
      fast_attn_(checked_head_channels(options.head_channels)),
      q_(channels, heads * options.head_channels, {.bias = options.qkv_bias}),
      k_(channels, heads * options.head_channels, {.bias = options.qkv_bias}),
      v_(channels, heads * options.head_channels, {.bias = options.qkv_bias}),
      attn_out_(heads * options.head_channels, channels, {.bias = options.attn_out_bias}) {
  require(heads >= 1 && channels >= 1 && channels % heads == 0,
          "PerformerAttention: {} channels are to be cut into {} heads; they must be a multiple of them", channels,
          heads);
  add_child("fast_attn", fast_attn_);
  add_child("q", q_);
  add_child("k", k_);
  add_child("v", v_);
  add_child("attn_out", attn_out_);
}

void PerformerAttention::reset_parameters() {
  Module::reset_parameters();
  redraw_projection_matrix();
}

void PerformerAttention::redraw_projection_matrix() {
  const at::NoGradGuard no_grad;
  at::Tensor& matrix = fast_attn_.matrix_;
  matrix.copy_(orthogonal_rows(matrix.size(0), matrix.size(1)));
}

at::Tensor PerformerAttention::forward(const at::Tensor& x, const at::Tensor& mask) {
  require(x.dim() == 3 && x.size(2) == channels_,
          "PerformerAttention: x has the sizes [{}]; [batch, length, {}] is needed", join_text(x.sizes(), ", "),
          channels_);
  const int64_t batch = x.size(0), length = x.size(1);
  // [B, heads, N, c].
  const auto headed = [&](Linear& lin) {
    return lin.forward(x).view({batch, length, heads_, options_.head_channels}).transpose(1, 2);
  };
  const auto features = [&](const at::Tensor& h) { return h.matmul(fast_attn_.matrix_.t()).relu() + kernel_epsilon; };
  const at::Tensor query = features(headed(q_)), key = features(headed(k_));
  at::Tensor value = headed(v_);
  if (mask.defined()) {
    require(mask.dim() == 2 && mask.size(0) == batch && mask.size(1) == length,
            "PerformerAttention: mask has the sizes [{}] but x has [{}, {}] places", join_text(mask.sizes(), ", "),
            batch, length);
    value = value.masked_fill(mask.logical_not().view({batch, 1, length, 1}), 0);
  }
  const at::Tensor scale = query.matmul(key.sum(2).unsqueeze(-1));
  const at::Tensor mixed = query.matmul(key.transpose(2, 3).matmul(value)) / scale;
  const at::Tensor out = attn_out_.forward(mixed.transpose(1, 2).reshape({batch, length, -1}));
  return at::dropout(out, options_.dropout, is_training());
}

}  // namespace spinel::nn
