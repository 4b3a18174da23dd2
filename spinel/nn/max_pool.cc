#include "spinel/nn/max_pool.h"

#include <string>

namespace spinel::nn {

MaxPool::MaxPool(int dims, hosts::MaxPoolOptions options, bool return_indices)
    : dims_(dims), options_(std::move(options)), return_indices_(return_indices) {
  kernels::torch_pool_window(
      dims, dims + 2, {options_.kernel_size, options_.stride, options_.padding, options_.dilation, options_.ceil_mode});
}

namespace {

/// The arguments as they stand in a config: a number or a list.
struct PoolingArguments {
  Config kernel_size;
  Config stride;
  Config padding = 0;
  Config dilation = 1;
  bool return_indices = false;
  bool ceil_mode = false;
};

OptionTable<PoolingArguments> pooling_table(const std::string& name) {
  OptionTable<PoolingArguments> table(name);
  table.add("kernel_size", &PoolingArguments::kernel_size, "length of the window, a number or one per dimension")
      .required();
  table.add("stride", &PoolingArguments::stride, "step of the window; null: the kernel size");
  table.add("padding", &PoolingArguments::padding,
            "positions of minus infinity on both sides, at most half of the kernel");
  table.add("dilation", &PoolingArguments::dilation, "step between the taps of a window");
  table.add("return_indices", &PoolingArguments::return_indices, "give the flat positions of the maxima too");
  table.add("ceil_mode", &PoolingArguments::ceil_mode, "round the lengths of the result up");
  return table;
}

std::vector<int64_t> numbers(const Config& value) {
  if (value.is_null()) return {};
  return value.is_list() ? value.as_ints() : std::vector<int64_t>{value.as_int()};
}

template <typename Layer>
Component<std::unique_ptr<MaxPool>(const Config&)> pooling_component(const std::string& name, std::string summary) {
  return {name, std::move(summary), pooling_table(name).docs(),
          [name](const Config& config) -> std::unique_ptr<MaxPool> {
            const PoolingArguments a = pooling_table(name).parse(config);
            hosts::MaxPoolOptions options{numbers(a.kernel_size), numbers(a.stride), numbers(a.padding),
                                          numbers(a.dilation), a.ceil_mode};
            return std::make_unique<Layer>(std::move(options), a.return_indices);
          }};
}

}  // namespace

const PoolingList& pooling_list() {
  static const PoolingList list("pooling layer",
                                {pooling_component<MaxPool1d>("MaxPool1d", "maximum over windows of a line"),
                                 pooling_component<MaxPool2d>("MaxPool2d", "maximum over windows of an image"),
                                 pooling_component<MaxPool3d>("MaxPool3d", "maximum over windows of a volume")});
  return list;
}

}  // namespace spinel::nn
