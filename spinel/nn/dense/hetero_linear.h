// Linear layers with a weight for each type of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct HeteroLinearOptions {
  bool is_sorted = false;  ///< rows come in order of types
  bool bias = true;
  std::optional<std::string> weight_initializer, bias_initializer;  ///< as of Linear
};

/// y_i = x_i W_t(i) + b_t(i). State: `weight` [types, in, out], `bias` [types, out].
class HeteroLinear : public CallableModule {
 public:
  /// in_channels -1: the width of the first input.
  HeteroLinear(int64_t in_channels, int64_t out_channels, int64_t num_types, HeteroLinearOptions options = {});

  std::string name() const override { return "HeteroLinear"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], type_vec [N] int64 → [N, out], in the order of the rows of x.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& type_vec);
  ValueList call(const CallArguments& arguments) override;

 protected:
  void on_materialized() override;

 private:
  int64_t in_channels_, out_channels_, num_types_;
  HeteroLinearOptions options_;
  at::Tensor weight_, bias_;
};

/// A Linear for each named type. State: `lins.<type>.weight` [out, in], `lins.<type>.bias`.
class HeteroDictLinear : public CallableModule {
 public:
  /// Widths by type, in order; -1: the width of the first input.
  HeteroDictLinear(std::vector<std::pair<std::string, int64_t>> in_channels, int64_t out_channels,
                   LinearOptions options = {});
  /// The same width for all `types`.
  HeteroDictLinear(int64_t in_channels, int64_t out_channels, const std::vector<std::string>& types,
                   LinearOptions options = {});

  std::string name() const override { return "HeteroDictLinear"; }
  std::string to_string() const override;
  /// Of the types that are there, in order of construction; other types of x_dict are left out.
  NamedTensors forward(const NamedTensors& x_dict);
  ValueList call(const CallArguments& arguments) override;
  /// Of one type; unknown: not_found with the nearest.
  Linear& at(const std::string& type);

 private:
  std::vector<std::pair<std::string, std::unique_ptr<Linear>>> lins_;
};

}  // namespace spinel::nn
