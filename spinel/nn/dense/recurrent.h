// Recurrent layers with torch.nn's parameters: LSTM, GRU, GRUCell.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <tuple>
#include <vector>

#include "spinel/nn/module.h"

namespace spinel::nn {

/// Those of torch.nn.LSTM and torch.nn.GRU beside the two widths; sequences are [batch, time, features].
struct RecurrentOptions {
  int64_t num_layers = 1;
  bool bias = true;
  double dropout = 0;  ///< between layers, in training
  bool bidirectional = false;
};

/// What both share: parameters `weight_ih_l<k>` [gates · hidden, in], `weight_hh_l<k>`, `bias_ih_l<k>`, `bias_hh_l<k>`,
/// with `_reverse` for the second direction, all U(±1/√hidden).
class Recurrent : public Module {
 public:
  void reset_parameters() override;
  int64_t hidden_size() const { return hidden_size_; }
  /// Features of a step of the result.
  int64_t out_channels() const { return hidden_size_ * directions(); }

 protected:
  /// Widths below 1, no layer, dropout outside [0, 1]: invalid_argument that `owner` begins.
  Recurrent(const char* owner, int64_t gates, int64_t input_size, int64_t hidden_size, const RecurrentOptions& options);
  int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  /// [layers · directions, batch, hidden] of zeros.
  at::Tensor initial_state(const at::Tensor& x) const;

  const char* owner_;
  int64_t input_size_, hidden_size_;
  RecurrentOptions options_;
  std::vector<at::Tensor> weights_;
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997).
class LSTM : public Recurrent {
 public:
  LSTM(int64_t input_size, int64_t hidden_size, const RecurrentOptions& options = {})
      : Recurrent("LSTM", 4, input_size, hidden_size, options) {}
  /// x [batch, time, in] → [batch, time, hidden · directions], from a state of zeros.
  at::Tensor forward(const at::Tensor& x) const;
  /// With the state (h, c), each [layers · directions, batch, hidden]; undefined: zeros.
  std::tuple<at::Tensor, at::Tensor, at::Tensor> forward(const at::Tensor& x, const at::Tensor& h,
                                                         const at::Tensor& c) const;
};

/// Gated recurrent units (Cho et al., arXiv:1406.1078).
class GRU : public Recurrent {
 public:
  GRU(int64_t input_size, int64_t hidden_size, const RecurrentOptions& options = {})
      : Recurrent("GRU", 3, input_size, hidden_size, options) {}
  /// x [batch, time, in] → [batch, time, hidden · directions], from a state of zeros.
  at::Tensor forward(const at::Tensor& x) const;
};

/// One step of gated recurrent units. State: `weight_ih`, `weight_hh` [3 hidden, …], `bias_ih`, `bias_hh`.
class GRUCell : public Module {
 public:
  GRUCell(int64_t input_size, int64_t hidden_size, bool bias = true);
  void reset_parameters() override;
  /// x [batch, in], h [batch, hidden] → [batch, hidden].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& h) const;

 private:
  int64_t input_size_, hidden_size_;
  at::Tensor weight_ih_, weight_hh_, bias_ih_, bias_hh_;
};

}  // namespace spinel::nn
