#include "spinel/hosts/torch/check.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/max_pool.h"

namespace spinel::hosts {
namespace {

/// A number or a list of numbers; `missing` where it is absent or null.
std::vector<int64_t> numbers(const Config& args, const char* name, std::vector<int64_t> missing) {
  const Config* value = args.find(name);
  if (!value || value->is_null()) return missing;
  return value->is_list() ? value->as_ints() : std::vector<int64_t>{value->as_int()};
}

bool flag(const Config& args, const char* name) {
  const Config* value = args.find(name);
  return value && value->as_bool();
}

golden::Outputs run_max_pool(const golden::Call& call, int dims) {
  const Config& args = call.args;
  const MaxPoolOptions options{.kernel_size = numbers(args, "kernel_size", {}),
                               .stride = numbers(args, "stride", {}),
                               .padding = numbers(args, "padding", {0}),
                               .dilation = numbers(args, "dilation", {1}),
                               .ceil_mode = flag(args, "ceil_mode")};
  const at::Tensor x = call.tensor("input");
  if (!flag(args, "return_indices")) return {{{"out", max_pool(dims, x, options)}}, {}};
  const auto [y, indices] = max_pool_with_indices(dims, x, options);
  return {{{"out", y}, {"indices", indices}}, {}};
}

golden::Outputs run_paddle_max_pool(const golden::Call& call, int dims) {
  const Config& args = call.args;
  PaddleMaxPoolOptions options{.kernel_size = numbers(args, "kernel_size", {}),
                               .stride = numbers(args, "stride", {}),
                               .return_mask = flag(args, "return_mask"),
                               .ceil_mode = flag(args, "ceil_mode"),
                               .dilation = numbers(args, "dilation", {1})};
  if (const Config* format = args.find("data_format")) options.data_format = format->as_string();
  const Config* padding = args.find("padding");
  if (padding && padding->is_string()) {
    options.padding.name = padding->as_string();
  } else if (padding && padding->is_list() && !padding->as_list().empty() && padding->as_list()[0].is_list()) {
    for (const Config& pair : padding->as_list()) {
      const std::vector<int64_t> sides = pair.as_ints();
      require(sides.size() == 2, "{}padding has {} numbers for a dimension; 2 are needed", pair.where(), sides.size());
      options.padding.pairs.emplace_back(sides[0], sides[1]);
    }
  } else {
    options.padding.list = numbers(args, "padding", {0});
  }
  const auto [y, mask] = paddle_max_pool(dims, call.tensor("x"), options);
  golden::Outputs outputs{{{"out", y}}, {}};
  if (options.return_mask) outputs.tensors.emplace_back("mask", mask);
  return outputs;
}

}  // namespace

std::vector<golden::Function> hosts_golden_functions() {
  std::vector<golden::Function> list;
  for (int dims = 1; dims <= 3; ++dims) {
    const std::string name = "max_pool" + std::to_string(dims) + "d";
    list.push_back({"pool/" + name, [dims](const golden::Call& call) { return run_max_pool(call, dims); }});
    list.push_back(
        {"pool/paddle." + name, [dims](const golden::Call& call) { return run_paddle_max_pool(call, dims); }});
  }
  return list;
}

}  // namespace spinel::hosts
