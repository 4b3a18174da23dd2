#include <algorithm>
#include <cctype>
#include <string>
#include <tuple>

#include "spinel/base/error.h"
#include "spinel/kernels/max_pool_shape.h"

namespace spinel::kernels {
namespace {

[[noreturn]] void fail_value(int dims, const std::string& message) {
  throw Error(ErrorKind::invalid_argument, format("max_pool{}d: {}", dims, message));
}

/// One number for all dimensions or one for each.
void check_count(int dims, const char* name, std::span<const int64_t> list) {
  if (list.size() == 1 || list.size() == size_t(dims)) return;
  fail_value(dims, format("{} has {} numbers; 1 or {} are needed", name, list.size(), dims));
}

/// Before and after of each dimension from a list or pairs.
std::vector<std::pair<int64_t, int64_t>> explicit_padding(int dims, const PaddlePadding& padding, bool channels_last) {
  const size_t n = size_t(dims);
  std::vector<std::pair<int64_t, int64_t>> sides;
  if (!padding.pairs.empty()) {
    if (padding.pairs.size() != n + 2) {
      fail_value(dims, format("padding has {} pairs; {} are needed, batch and channels included", padding.pairs.size(),
                              dims + 2));
    }
    const size_t channel = channels_last ? n + 1 : 1;
    for (size_t k = 0; k < n + 2; ++k) {
      if (k != 0 && k != channel) {
        sides.push_back(padding.pairs[k]);
      } else if (padding.pairs[k] != std::pair<int64_t, int64_t>(0, 0)) {
        std::string text;
        for (const auto& [before, after] : padding.pairs) {
          text += format("{}[{}, {}]", text.empty() ? "" : ", ", before, after);
        }
        fail_value(dims, format("Non-zero padding([{}]) in the batch or channel dimensions is not supported.", text));
      }
    }
    return sides;
  }
  const std::vector<int64_t>& list = padding.list;
  for (size_t k = 0; k < n; ++k) {
    if (list.size() == 2 * n) sides.emplace_back(list[2 * k], list[2 * k + 1]);
    else if (list.size() == n) sides.emplace_back(list[k], list[k]);
    else if (list.size() == 1) sides.emplace_back(list[0], list[0]);
    else fail_value(dims, format("padding has {} numbers; 1, {} or {} are needed", list.size(), dims, 2 * dims));
  }
  return sides;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  return result;
}

/// Padding such that ceil(L / s) windows fit, the odd position after the input.
void pad_to_same(PoolAxis& axis, int64_t length) {
  const int64_t count = (length - 1) / axis.stride + 1;
  const int64_t total = std::max<int64_t>((count - 1) * axis.stride + axis.extent() - length, 0);
  axis.pad_before = total / 2;
  axis.pad_after = total - axis.pad_before;
}

}  // namespace

PoolWindow paddle_pool_window(int dims, std::span<const int64_t> spatial, const PoolArguments& arguments,
                              const PaddlePadding& padding, bool channels_last) {
  check_count(dims, "kernel_size", arguments.kernel_size);
  if (!arguments.stride.empty()) check_count(dims, "stride", arguments.stride);
  check_count(dims, "dilation", arguments.dilation);
  // With padding 0 all of torch's checks of the other figures hold here too.
  const int64_t none[] = {0};
  PoolArguments unpadded = arguments;
  unpadded.padding = none;
  PoolWindow window = torch_pool_window(dims, dims + 2, unpadded);
  const std::string name = upper(padding.name);
  if (name == "SAME") {
    window.ceil_mode = false;
    for (int k = 0; k < dims; ++k) pad_to_same(window.axis[k], spatial[size_t(k)]);
    return window;
  }
  if (name == "VALID") {
    if (arguments.ceil_mode) {
      fail_value(dims, "When Attr(padding) is \"VALID\", Attr(ceil_mode) must be False. Received ceil_mode: True.");
    }
    return window;
  }
  if (!name.empty()) {
    fail_value(dims, format("Unknown padding: '{}'. It can only be 'SAME' or 'VALID'.", padding.name));
  }
  const auto sides = explicit_padding(dims, padding, channels_last);
  for (int k = 0; k < dims; ++k) {
    PoolAxis& axis = window.axis[k];
    std::tie(axis.pad_before, axis.pad_after) = sides[size_t(k)];
    if (std::min(axis.pad_before, axis.pad_after) < 0) {
      fail_value(dims, format("padding is [{}, {}]; it must not be negative", axis.pad_before, axis.pad_after));
    }
    if (std::max(axis.pad_before, axis.pad_after) >= axis.extent()) {
      fail_value(dims, format("padding is [{}, {}], but a window of kernel_size {} and dilation {} reaches over {} "
                              "positions; a window must not lie in the padding alone",
                              axis.pad_before, axis.pad_after, axis.kernel, axis.dilation, axis.extent()));
    }
  }
  return window;
}

}  // namespace spinel::kernels
