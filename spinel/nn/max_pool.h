// Max pooling layers with dilation in one, two and three dimensions.
#pragma once

#include <memory>
#include <tuple>

#include "spinel/base/component.h"
#include "spinel/hosts/torch/max_pool.h"
#include "spinel/nn/module.h"

namespace spinel::nn {

/// Base of the pooling layers of `dims` dimensions; without parameters. Arguments as torch.nn.MaxPool{1,2,3}d has them.
class MaxPool : public Module {
 public:
  /// What can be told without an input (signs, padding, lengths of lists) is checked here.
  MaxPool(int dims, hosts::MaxPoolOptions options, bool return_indices = false);

  /// (N ×) C × spatial → the same with pooled lengths.
  at::Tensor forward(const at::Tensor& x) const { return hosts::max_pool(dims_, x, options_); }
  /// With the flat positions of the maxima in their planes.
  std::tuple<at::Tensor, at::Tensor> forward_with_indices(const at::Tensor& x) const {
    return hosts::max_pool_with_indices(dims_, x, options_);
  }

  int dims() const { return dims_; }
  const hosts::MaxPoolOptions& options() const { return options_; }
  /// Whether users of the layer as a whole (a generic call) get the indices too.
  bool return_indices() const { return return_indices_; }

 private:
  int dims_;
  hosts::MaxPoolOptions options_;
  bool return_indices_;
};

/// N × C × L.
struct MaxPool1d : MaxPool {
  explicit MaxPool1d(hosts::MaxPoolOptions options, bool return_indices = false)
      : MaxPool(1, std::move(options), return_indices) {}
};
/// N × C × H × W.
struct MaxPool2d : MaxPool {
  explicit MaxPool2d(hosts::MaxPoolOptions options, bool return_indices = false)
      : MaxPool(2, std::move(options), return_indices) {}
};
/// N × C × D × H × W.
struct MaxPool3d : MaxPool {
  explicit MaxPool3d(hosts::MaxPoolOptions options, bool return_indices = false)
      : MaxPool(3, std::move(options), return_indices) {}
};

using PoolingList = ComponentList<std::unique_ptr<MaxPool>(const Config& arguments)>;
/// MaxPool1d, MaxPool2d, MaxPool3d: {kernel_size: 3, stride: 2, padding: 1, dilation: [1, 2]}.
const PoolingList& pooling_list();

}  // namespace spinel::nn
