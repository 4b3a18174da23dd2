#include "spinel/nn/dense/recurrent.h"

#include <ATen/ATen.h>

#include <string>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

Recurrent::Recurrent(const char* owner, int64_t gates, int64_t input_size, int64_t hidden_size,
                     const RecurrentOptions& options)
    : owner_(owner), input_size_(input_size), hidden_size_(hidden_size), options_(options) {
  require(input_size >= 1 && hidden_size >= 1, "{}: it maps {} to {} features; both must be at least 1", owner,
          input_size, hidden_size);
  require(options.num_layers >= 1, "{}: num_layers is {}; it must be at least 1", owner, options.num_layers);
  require(options.dropout >= 0 && options.dropout <= 1, "{}: dropout is {}; it must lie in [0, 1]", owner,
          options.dropout);
  const size_t each = options.bias ? 4 : 2;
  weights_.resize(static_cast<size_t>(options.num_layers * directions()) * each);
  size_t place = 0;
  for (int64_t layer = 0; layer < options.num_layers; ++layer) {
    const int64_t in = layer == 0 ? input_size : hidden_size * directions();
    for (int64_t direction = 0; direction < directions(); ++direction) {
      const std::string suffix = "_l" + std::to_string(layer) + (direction == 1 ? "_reverse" : "");
      const auto add = [&](const char* name, at::IntArrayRef sizes) {
        add_parameter(name + suffix, weights_[place] = at::empty(sizes));
        ++place;
      };
      add("weight_ih", {gates * hidden_size, in});
      add("weight_hh", {gates * hidden_size, hidden_size});
      if (!options.bias) continue;
      add("bias_ih", {gates * hidden_size});
      add("bias_hh", {gates * hidden_size});
    }
  }
  Recurrent::reset_parameters();
}

void Recurrent::reset_parameters() {
  for (const at::Tensor& weight : weights_) uniform(weight, hidden_size_);
}

at::Tensor Recurrent::initial_state(const at::Tensor& x) const {
  require(x.dim() == 3 && x.size(2) == input_size_, "{}: x has the sizes [{}]; [batch, time, {}] is needed", owner_,
          join_text(x.sizes(), ", "), input_size_);
  return at::zeros({options_.num_layers * directions(), x.size(0), hidden_size_}, x.options());
}

at::Tensor LSTM::forward(const at::Tensor& x) const { return std::get<0>(forward(x, {}, {})); }

std::tuple<at::Tensor, at::Tensor, at::Tensor> LSTM::forward(const at::Tensor& x, const at::Tensor& h,
                                                             const at::Tensor& c) const {
  const at::Tensor zeros = initial_state(x);
  const std::vector<at::Tensor> state{h.defined() ? h : zeros, c.defined() ? c : zeros};
  return at::lstm(x, state, weights_, options_.bias, options_.num_layers, options_.dropout, is_training(),
                  options_.bidirectional, /*batch_first=*/true);
}

at::Tensor GRU::forward(const at::Tensor& x) const {
  return std::get<0>(at::gru(x, initial_state(x), weights_, options_.bias, options_.num_layers, options_.dropout,
                             is_training(), options_.bidirectional, /*batch_first=*/true));
}

GRUCell::GRUCell(int64_t input_size, int64_t hidden_size, bool bias)
    : input_size_(input_size), hidden_size_(hidden_size) {
  require(input_size >= 1 && hidden_size >= 1, "GRUCell: it maps {} to {} features; both must be at least 1",
          input_size, hidden_size);
  add_parameter("weight_ih", weight_ih_ = at::empty({3 * hidden_size, input_size}));
  add_parameter("weight_hh", weight_hh_ = at::empty({3 * hidden_size, hidden_size}));
  if (bias) {
    bias_ih_ = at::empty({3 * hidden_size});
    bias_hh_ = at::empty({3 * hidden_size});
  }
  add_parameter("bias_ih", bias_ih_);
  add_parameter("bias_hh", bias_hh_);
  GRUCell::reset_parameters();
}

void GRUCell::reset_parameters() {
  for (const at::Tensor& weight : {weight_ih_, weight_hh_, bias_ih_, bias_hh_}) uniform(weight, hidden_size_);
}

at::Tensor GRUCell::forward(const at::Tensor& x, const at::Tensor& h) const {
  require(x.dim() == 2 && x.size(1) == input_size_, "GRUCell: x has the sizes [{}]; [batch, {}] is needed",
          join_text(x.sizes(), ", "), input_size_);
  return at::gru_cell(x, h, weight_ih_, weight_hh_, bias_ih_, bias_hh_);
}

}  // namespace spinel::nn
