// Aggregations between mean and maximum: softmax and power mean, and attention by a network.
#pragma once

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/layer.h"

namespace spinel::nn {

struct SoftmaxAggregationOptions {
  double t = 1;            ///< inverse temperature
  bool learn = false;      ///< t is a parameter
  bool semi_grad = false;  ///< no gradient through the weights
  int64_t channels = 1;    ///< temperatures: one for all channels, or one each
};

/// Σ x softmax(t x) over each group and channel (Li et al., arXiv:2006.07739). State: `t` [channels] if learnt.
class SoftmaxAggregation : public Aggregation {
 public:
  /// learn with semi_grad, several channels without learn: invalid_argument.
  explicit SoftmaxAggregation(const SoftmaxAggregationOptions& options = {});
  std::string name() const override { return "SoftmaxAggregation"; }
  std::string to_string() const override;
  void reset_parameters() override;
  const SoftmaxAggregationOptions& options() const { return options_; }
  /// t [channels]; undefined where it is not learnt.
  const at::Tensor& learnt_scale() const { return t_; }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  SoftmaxAggregationOptions options_;
  at::Tensor t_;
};

struct PowerMeanAggregationOptions {
  double p = 1;
  bool learn = false;    ///< p is a parameter
  int64_t channels = 1;  ///< exponents: one for all channels, or one each
};

/// (mean(clamp(x, 0, 100)^p) clamped to [0, 100])^(1/p); p fixed at 1 is the plain mean (Li et al., arXiv:2006.07739).
/// State: `p` [channels] if learnt.
class PowerMeanAggregation : public Aggregation {
 public:
  explicit PowerMeanAggregation(const PowerMeanAggregationOptions& options = {});
  std::string name() const override { return "PowerMeanAggregation"; }
  std::string to_string() const override;
  void reset_parameters() override;

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  PowerMeanAggregationOptions options_;
  at::Tensor p_;
};

/// Σ softmax(gate_nn(x)) ∘ nn(x) over each group (Li et al., arXiv:1904.12787). State: `gate_nn.*` and `nn.*`, of an
/// MLP `gate_mlp.*` and `mlp.*`.
class AttentionalAggregation : public Aggregation {
 public:
  /// gate_nn: [n, F] → [n, 1] or a gate a feature; nn: none takes x itself.
  explicit AttentionalAggregation(std::unique_ptr<Layer> gate_nn, std::unique_ptr<Layer> nn = nullptr);
  std::string name() const override { return "AttentionalAggregation"; }
  int64_t out_channels(int64_t in_channels) const override {
    return nn_ ? nn_->result_width(in_channels) : in_channels;
  }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  std::unique_ptr<Layer> gate_nn_, nn_;
};

/// global(Σ local(x)) of each group (Zaheer et al., arXiv:1703.06114); either may be none. State: `local_nn.*`,
/// `global_nn.*`, of an MLP `local_mlp.*`, `global_mlp.*`.
class DeepSetsAggregation : public Aggregation {
 public:
  explicit DeepSetsAggregation(std::unique_ptr<Layer> local_nn = nullptr, std::unique_ptr<Layer> global_nn = nullptr);
  std::string name() const override { return "DeepSetsAggregation"; }
  int64_t out_channels(int64_t in_channels) const override;

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  std::unique_ptr<Layer> local_nn_, global_nn_;
};

}  // namespace spinel::nn
