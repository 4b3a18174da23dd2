// The layer of a general, powerful, scalable graph transformer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/activation.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/attention.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/dense/performer.h"
#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

struct GPSConvOptions {
  int64_t channels = 0;
  ConvArgument conv;  ///< none: attention alone
  int64_t heads = 1;
  double dropout = 0;
  Config act = "relu";
  Config act_kwargs;
  Config norm = "batch_norm";  ///< null: none
  Config norm_kwargs;
  std::string attn_type = "multihead";  ///< "multihead" or "performer"
  Config attn_kwargs;                   ///< dropout, bias; or those of PerformerOptions
};

/// h1 = norm1(conv(x) + x), h2 = norm2(attention of all nodes of a graph + x), s = h1 + h2, x' = norm3(s + MLP(s))
/// (Rampášek et al., arXiv:2205.12454). State: `conv.*`, `attn.*`, `mlp.0.*`, `mlp.3.*`, `norm1.*`, `norm2.*`,
/// `norm3.*`.
class GPSConv : public CallableModule {
 public:
  /// An unknown attn_type, heads that do not divide the channels: invalid_argument.
  explicit GPSConv(GPSConvOptions options);
  static OptionTable<GPSConvOptions> options();

  std::string name() const override { return "GPSConv"; }
  std::string to_string() const override;
  /// x [N, channels], batch [N] the graph of each node, in order (undefined: one graph) → [N, channels]. `others`:
  /// further arguments of conv.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& batch = {},
                     const CallArguments& others = {});
  /// x, edge_index and batch, then by name what conv takes.
  ValueList call(const CallArguments& arguments) override;

 private:
  class Mlp;
  at::Tensor attended(const at::Tensor& x, const at::Tensor& batch);
  at::Tensor normalized(const std::unique_ptr<Norm>& norm, const at::Tensor& x, const at::Tensor& batch) const;

  GPSConvOptions options_;
  std::shared_ptr<CallableModule> conv_;
  std::unique_ptr<MultiheadAttention> multihead_;
  std::unique_ptr<PerformerAttention> performer_;
  std::unique_ptr<Module> mlp_;
  Linear wide_, narrow_;
  Activation act_;
  std::unique_ptr<Norm> norm1_, norm2_, norm3_;
};

}  // namespace spinel::nn
