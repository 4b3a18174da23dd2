// Normalisations with a part that is learnt: of soft groups of nodes, of messages.
#pragma once

#include <cstdint>

#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/batch_norm.h"

namespace spinel::nn {

struct DiffGroupNormOptions {
  int64_t in_channels = 0;
  int64_t groups = 0;
  double lamda = 0.01;
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = true;
  bool track_running_stats = true;
};

/// x + λ Σ_g BN(s_g x), s = softmax(x Wᵀ) over groups (Zhou et al., arXiv:2006.06972). State: `lin.weight` [groups,
/// channels], `norm.*` of width groups · channels.
class DiffGroupNorm : public Norm {
 public:
  explicit DiffGroupNorm(const DiffGroupNormOptions& options);

  std::string name() const override { return "DiffGroupNorm"; }
  std::string to_string() const override;
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
  bool takes_batch() const override { return false; }
  std::optional<int64_t> in_channels() const override { return options_.in_channels; }

 private:
  DiffGroupNormOptions options_;
  Linear lin_;
  BatchNorm1d norm_;
};

/// scale · ‖x‖ · m / ‖m‖ of rows x and messages m (Li et al., arXiv:2006.07739). State: `scale` [1].
class MessageNorm : public CallableModule {
 public:
  explicit MessageNorm(bool learn_scale = false);

  std::string name() const override { return "MessageNorm"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x, msg [N, channels] → [N, channels]; p: which norm.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& msg, double p = 2.0);
  ValueList call(const CallArguments& arguments) override;

 private:
  at::Tensor scale_;
};

}  // namespace spinel::nn
