// The convolution with continuous B-spline kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/spline_basis.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct SplineConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  int64_t dim = 0;               ///< pseudo-coordinates of an edge
  Config kernel_size;            ///< knots along each dimension: an integer, or one a dimension
  Config is_open_spline = true;  ///< splines on an interval, else on a circle: a boolean, or one a dimension
  int64_t degree = 1;            ///< 1, 2 or 3
  Config aggr = "mean";
  bool root_weight = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = aggr_j Σ_s b_s(e_ji) x_j W_{w_s(e_ji)} + root x_i + b, b_s and w_s of spline_basis() (Fey et al.,
/// arXiv:1711.08920). State: `weight` [Π kernel_size, in, out], `lin.weight`, `bias`; buffers `kernel_size` [dim] int64
/// and `is_open_spline` [dim] uint8. With a sum or mean each node is multiplied once by each weight that its edges
/// meet, and nothing of the size edges × features is made.
class SplineConv : public MessagePassing<SplineConv> {
 public:
  /// Lists of another length than dim, another degree, an open spline with fewer knots than its degree:
  /// invalid_argument.
  explicit SplineConv(SplineConvOptions options);
  static OptionTable<SplineConvOptions> options();

  std::string name() const override { return "SplineConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets (which may be undefined); edge_attr [E, dim] in [0, 1], needed, or the values
  /// of a sparse matrix.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"basis"> basis, Arg<"weight_index"> weight_index);

 protected:
  void on_materialized() override { options_.in_channels.source = weight_.size(1); }

 private:
  void create_weight(int64_t in);
  /// A state that was loaded may have other kernels: with as many weights, or an invalid_argument.
  void read_buffers();
  void check_kernels() const;
  at::Tensor checked_coordinates(const at::Tensor& edge_attr, const Adjacency& edge_index) const;
  /// The sum or mean of the messages, without them.
  at::Tensor aggregate_products(const at::Tensor& x, const MessageEdges& edges, const SplineBasis& splines) const;

  SplineConvOptions options_;
  at::Tensor weight_, bias_, kernel_size_, is_open_spline_;
  std::unique_ptr<Linear> lin_;
  std::vector<int64_t> sizes_;  ///< of the buffers
  std::vector<bool> open_;
  int64_t num_weights_ = 1;
};

}  // namespace spinel::nn
