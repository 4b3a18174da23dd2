// The χ-convolution of PointCNN: points in an order that is learnt.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/options.h"
#include "spinel/nn/call.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/batch_norm.h"

namespace spinel::nn {

struct XConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t dim = 0;                         ///< coordinates of a point
  int64_t kernel_size = 0;                 ///< neighbours that are convolved, with the point itself
  std::optional<int64_t> hidden_channels;  ///< features made of coordinates; absent: in_channels / 4
  int64_t dilation = 1;                    ///< of the kernel_size · dilation nearest, every dilation-th
  bool bias = true;
  int64_t num_workers = 1;  ///< of the reference: torch's threads search here
};

/// torch.nn.Conv1d whose kernel covers the whole input: channels in groups, [N, in, K] → [N, out]. State: `weight`
/// [out, in / groups, K], `bias` [out].
class WholeConv1d : public Module {
 public:
  WholeConv1d(int64_t in_channels, int64_t out_channels, int64_t kernel_size, int64_t groups);
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& x) const;

 private:
  int64_t groups_;
  at::Tensor weight_, bias_;
};

/// x_i' = conv(χ(P) [mlp1(P), X]) with P the positions of the nearest points relative to i, X their features and χ(P) =
/// mlp2(P) a K × K matrix that weights and orders them (Li et al., arXiv:1801.07791). State: `mlp1.{0,2,3,5}.*`,
/// `mlp2.{0,2,4,6,8,9}.*`, `conv.{0,2}.*`, the positions in the reference's sequences.
class XConv : public CallableModule {
 public:
  /// hidden_channels below 1: invalid_argument.
  explicit XConv(const XConvOptions& options);
  static OptionTable<XConvOptions> options();

  std::string name() const override { return "XConv"; }
  std::string to_string() const override;
  /// x [N, in], or undefined where in_channels is 0; pos [N, dim] or [N]; batch [N] the example of each, rising →
  /// [N, out]. An example with fewer than kernel_size · dilation points: invalid_argument.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& pos, const at::Tensor& batch = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  /// The neighbours of each point, nearest first: [N · K].
  at::Tensor neighbors(const at::Tensor& pos, const at::Tensor& batch) const;
  at::Tensor coordinates_features(const at::Tensor& difference);
  at::Tensor transformation(const at::Tensor& difference);

  XConvOptions options_;
  int64_t hidden_, depth_;  ///< depth: channels that each input channel is convolved to
  Linear mlp1_0_, mlp1_3_;
  BatchNorm1d mlp1_2_, mlp1_5_;
  Linear mlp2_0_;
  WholeConv1d mlp2_4_, mlp2_8_;
  BatchNorm1d mlp2_2_, mlp2_6_, mlp2_9_;
  WholeConv1d conv_0_;
  Linear conv_2_;
};

}  // namespace spinel::nn
