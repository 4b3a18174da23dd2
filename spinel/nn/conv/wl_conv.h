// The Weisfeiler-Leman refinement of node colours.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "spinel/nn/call.h"

namespace spinel::nn {

/// x_i' = the number of the pair (x_i, {x_j}) in order of first appearance (Weisfeiler and Leman, 1968). Numbers last
/// over calls, so that colours of several graphs can be compared; reset_parameters() forgets them. No gradients.
class WLConv : public CallableModule {
 public:
  std::string name() const override { return "WLConv"; }
  void reset_parameters() override;
  /// Colours x [N] int64, or one-hot [N, F] → [N] int64. Rows that are not one-hot: invalid_argument.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  /// [graphs, colours] how often each colour that was ever given is among x [N], in each graph of batch [N] (undefined:
  /// one). norm: float32, rows of length 1; else int64.
  at::Tensor histogram(const at::Tensor& x, const at::Tensor& batch = {}, bool norm = false) const;

 private:
  struct Hash {
    size_t operator()(const std::vector<int64_t>& colours) const;
  };
  /// Own colour, then those of the neighbours in rising order.
  std::unordered_map<std::vector<int64_t>, int64_t, Hash> numbers_;
};

}  // namespace spinel::nn
