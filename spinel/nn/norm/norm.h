// The base of normalisation layers, and how they are made by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/layer.h"

namespace spinel::nn {

/// A layer whose statistics may be those of each graph of a batch.
class Norm : public Layer {
 public:
  using Layer::forward;
  at::Tensor forward(const at::Tensor& x) override { return forward(x, {}, {}); }
  /// x [N, channels], batch [N] the graph of each row (undefined: one graph) → the same shape. Norms over rows alone
  /// ignore the batch.
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) = 0;
  /// Whether `batch` makes a difference.
  virtual bool takes_batch() const { return true; }
  ValueList call(const CallArguments& arguments) override;
};

using NormList = ComponentList<std::unique_ptr<Norm>(const Config& arguments)>;
/// BatchNorm, InstanceNorm, LayerNorm, GraphNorm, GraphSizeNorm, PairNorm, MeanSubtractionNorm, DiffGroupNorm,
/// MessageNorm.
const NormList& norm_list();

/// From a name (`batch_norm`, `BatchNorm`, `batch`) with the width as its first argument and `kwargs` for the others;
/// null gives none. Unknown name: not_found with the nearest one.
std::unique_ptr<Norm> make_norm(const Config& norm, int64_t in_channels, const Config& kwargs = Config());

}  // namespace spinel::nn
