#include "spinel/kernels/max_pool_shape.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <numeric>
#include <string>

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace {

constexpr const char* kCount[] = {"", "one int", "two ints", "three ints"};
constexpr const char* kAxisNames[] = {"T", "H", "W"};

[[noreturn]] void fail_with(std::string message) { throw Error(ErrorKind::invalid_argument, std::move(message)); }

/// Texts of torch that do not begin with the function get its name.
[[noreturn]] void fail_torch(int dims, const std::string& message) {
  fail_with(format("max_pool{}d: {}", dims, message));
}

int64_t value_at(std::span<const int64_t> list, int axis) { return list[list.size() == 1 ? 0 : size_t(axis)]; }

/// "kH: 0 kW: 0" for the dimensions of the window.
std::string named_values(const PoolWindow& w, const char* prefix, int64_t PoolAxis::*member) {
  std::string text;
  for (int a = 0; a < w.dims; ++a) {
    text += format("{}{}{}: {}", a ? " " : "", prefix, kAxisNames[3 - w.dims + a], w.axis[a].*member);
  }
  return text;
}

void check_lengths(int dims, const PoolArguments& a) {
  const auto fits = [&](std::span<const int64_t> list) { return list.size() == 1 || list.size() == size_t(dims); };
  if (dims == 1) {
    const auto check = [](const char* name, std::span<const int64_t> list, const char* types) {
      if (list.size() == 1) return;
      fail_with(format("max_pool1d() {} must be {} of size 1 but got size {}", name, types, list.size()));
    };
    check("kernel_size", a.kernel_size, "an int, list of ints or tuple of ints");
    if (!a.stride.empty()) check("stride", a.stride, "None, an int, list of ints, or tuple of ints");
    check("padding", a.padding, "an int, list of ints, or tuple of ints");
    check("dilation", a.dilation, "an int, list of ints or tuple of ints");
    return;
  }
  if (!fits(a.kernel_size)) {
    fail_torch(dims, format("kernel_size must either be a single int, or a tuple of {}", kCount[dims]));
  }
  if (!a.stride.empty() && !fits(a.stride)) {
    fail_torch(dims, format("stride must either be omitted, a single int, or a tuple of {}", kCount[dims]));
  }
  if (!fits(a.padding)) {
    fail_torch(dims, format("padding must either be a single int, or a tuple of {}", kCount[dims]));
  }
  if (!fits(a.dilation)) {
    fail_torch(dims, format("dilation must be either a single int, or a tuple of {}", kCount[dims]));
  }
}

PoolWindow unchecked_window(int dims, const PoolArguments& a) {
  PoolWindow window;
  window.dims = dims;
  window.ceil_mode = a.ceil_mode;
  for (int k = 0; k < dims; ++k) {
    PoolAxis& axis = window.axis[k];
    axis.kernel = value_at(a.kernel_size, k);
    axis.stride = a.stride.empty() ? axis.kernel : value_at(a.stride, k);
    axis.dilation = value_at(a.dilation, k);
    axis.pad_before = axis.pad_after = a.padding.empty() ? 0 : value_at(a.padding, k);
  }
  return window;
}

/// Signs of kernel, stride and dilation, and that the extent of the window can be stated.
void check_figures(const PoolWindow& w, bool default_stride) {
  const auto any = [&](auto wrong) { return std::any_of(w.axis, w.axis + w.dims, wrong); };
  const PoolAxis& only = w.axis[0];
  if (any([](const PoolAxis& a) { return a.kernel <= 0; })) {
    if (w.dims == 1) {
      fail_with(format("max_pool1d() kernel_size must be greater than zero, but got {}", only.kernel));
    }
    const bool zero = any([](const PoolAxis& a) { return a.kernel == 0; });
    fail_torch(w.dims,
               format("kernel size should be greater than zero, but got {}{}", named_values(w, "k", &PoolAxis::kernel),
                      default_stride && zero ? "; as the default of stride: stride should not be zero" : ""));
  }
  if (w.dims == 1 && only.stride <= 0) {
    fail_with(format("max_pool1d() stride must be greater than zero, but got {}", only.stride));
  }
  if (any([](const PoolAxis& a) { return a.stride == 0; })) fail_torch(w.dims, "stride should not be zero");
  if (any([](const PoolAxis& a) { return a.stride < 0; })) {
    fail_torch(w.dims, "stride should be greater than zero, but got " + named_values(w, "d", &PoolAxis::stride));
  }
  if (any([](const PoolAxis& a) { return a.dilation <= 0; })) {
    if (w.dims == 1) fail_with(format("max_pool1d() dilation must be greater than zero, but got {}", only.dilation));
    fail_torch(w.dims,
               "dilation should be greater than zero, but got " + named_values(w, "dilation", &PoolAxis::dilation));
  }
  for (const PoolAxis& a : std::span(w.axis, size_t(w.dims))) {
    int64_t extent = 0;
    // Sums of a length, two paddings and a stride must not overflow either: a quarter of the range is the limit.
    constexpr int64_t limit = std::numeric_limits<int64_t>::max() / 4;
    if (__builtin_mul_overflow(a.dilation, a.kernel - 1, &extent) || extent >= limit || a.stride > limit) {
      fail_torch(w.dims, format("kernel_size {} with dilation {} and stride {} overflows 64-bit positions; at most {} "
                                "positions are possible",
                                a.kernel, a.dilation, a.stride, limit));
    }
  }
}

void check_torch_padding(const PoolWindow& w) {
  for (const PoolAxis& a : std::span(w.axis, size_t(w.dims))) {
    const int64_t pad = a.pad_before;
    if (pad < 0) {
      if (w.dims == 1) fail_with(format("max_pool1d() padding must be non-negative, but got {}", pad));
      fail_torch(w.dims, format("pad must be non-negative, but got pad: {}", pad));
    }
    if (w.dims == 1 && pad > a.kernel / 2) {
      fail_with(
          format("max_pool1d() padding should be at most half of kernel size, but got padding={} and "
                 "kernel_size={}",
                 pad, a.kernel));
    }
    if (pad > a.extent() / 2) {
      fail_torch(w.dims, format("pad should be at most half of effective kernel size, but got pad={}, kernel_size={} "
                                "and dilation={}",
                                pad, a.kernel, a.dilation));
    }
  }
  if (!std::any_of(w.axis, w.axis + w.dims, [](const PoolAxis& a) { return a.pad_before > a.kernel / 2; })) return;
  const PoolAxis &t = w.axis[0], &h = w.axis[w.dims - 2], &v = w.axis[w.dims - 1];
  if (w.dims == 2) {
    fail_torch(2, format("pad should be smaller than or equal to half of kernel size, but got padW = {}, padH = {}, "
                         "kW = {}, kH = {}",
                         v.pad_before, h.pad_before, v.kernel, h.kernel));
  }
  fail_torch(3, format("pad should be smaller than or equal to half of kernel size, but got kT: {} kW: {} kH: {} "
                       "padT: {} padW: {} padH: {}",
                       t.kernel, v.kernel, h.kernel, t.pad_before, v.pad_before, h.pad_before));
}

void check_rank(int dims, int64_t rank) {
  if (dims == 1 || rank == dims + 1 || rank == dims + 2) return;
  fail_torch(dims, format("non-empty {}D or {}D (batch mode) tensor expected for input", dims + 1, dims + 2));
}

/// True if one of the `windows` of the axis has no tap inside the input. Only one that begins before it can be such.
bool misses_input(const PoolAxis& a, int64_t length, int64_t windows) {
  if (a.dilation <= length) return a.pad_before >= a.extent();
  // Taps are further apart than the input is long. Where they fall repeats after dilation / gcd windows.
  const int64_t before = (a.pad_before + a.stride - 1) / a.stride;
  const int64_t period = a.dilation / std::gcd(a.dilation, a.stride);
  for (int64_t o = 0; o < std::min({before, period, windows}); ++o) {
    const int64_t start = o * a.stride - a.pad_before;
    const int64_t tap = (-start + a.dilation - 1) / a.dilation;
    if (tap >= a.kernel || start + tap * a.dilation >= length) return true;
  }
  return false;
}

std::string joined_sizes(std::span<const int64_t> sizes, std::string_view separator) {
  return join_text(sizes, separator);
}

void check_sizes(const PoolWindow& w, std::span<const int64_t> sizes) {
  const int64_t rank = int64_t(sizes.size()), channels = rank - w.dims - 1;
  const bool wrong_rank = channels != 0 && channels != 1;
  if (wrong_rank) check_rank(w.dims, rank);
  const bool empty =
      !wrong_rank && std::any_of(sizes.begin() + channels, sizes.end(), [](int64_t n) { return n <= 0; });
  if (!wrong_rank && !empty && sizes[0] >= 0) return;
  fail_with(
      format("max_pool{}d: Expected {}D or {}D (batch mode) tensor with optional 0 dim batch size for input, "
             "but got:[{}]",
             w.dims, w.dims + 1, w.dims + 2, joined_sizes(sizes, ", ")));
}

[[noreturn]] void fail_no_output(const PoolWindow& w, std::span<const int64_t> sizes, std::span<const int64_t> pooled) {
  const size_t first = sizes.size() - size_t(w.dims) - 1;
  if (w.dims == 1) fail_with(format("max_pool1d() Invalid computed output size: {}", pooled.back()));
  fail_torch(w.dims, format("Given input size: ({}). Calculated output size: ({}). Output size is too small",
                            joined_sizes(sizes.subspan(first), "x"), joined_sizes(pooled.subspan(first), "x")));
}

}  // namespace

PoolWindow torch_pool_window(int dims, int64_t rank, const PoolArguments& arguments) {
  check_lengths(dims, arguments);
  check_rank(dims, rank);
  const PoolWindow window = unchecked_window(dims, arguments);
  check_figures(window, arguments.stride.empty());
  check_torch_padding(window);
  return window;
}

std::vector<int64_t> pooled_sizes(const PoolWindow& window, std::span<const int64_t> sizes) {
  check_sizes(window, sizes);
  std::vector<int64_t> pooled(sizes.begin(), sizes.end());
  const size_t first = sizes.size() - size_t(window.dims);
  bool none = false;
  for (int a = 0; a < window.dims; ++a) {
    const int64_t length = sizes[first + size_t(a)];
    if (length > std::numeric_limits<int64_t>::max() / 4) {
      fail_torch(window.dims, format("a length of {} overflows 64-bit positions", length));
    }
    pooled[first + size_t(a)] = pooled_length(length, window.axis[a], window.ceil_mode);
    none |= pooled[first + size_t(a)] <= 0;
  }
  if (none) fail_no_output(window, sizes, pooled);
  for (int a = 0; a < window.dims; ++a) {
    const PoolAxis& axis = window.axis[a];
    if (!misses_input(axis, sizes[first + size_t(a)], pooled[first + size_t(a)])) continue;
    fail_torch(window.dims,
               format("a window lies in the padding alone: length {}, kernel_size {}, dilation {}, padding "
                      "{}; every window must touch the input",
                      sizes[first + size_t(a)], axis.kernel, axis.dilation, axis.pad_before));
  }
  int64_t elements = 1;
  for (const auto& list : {std::vector<int64_t>(sizes.begin(), sizes.end()), pooled}) {
    elements = 1;
    for (int64_t n : list) {
      if (!__builtin_mul_overflow(elements, n, &elements)) continue;
      fail_torch(window.dims,
                 format("a tensor of sizes [{}] has more elements than 64 bits can count", joined_sizes(list, ", ")));
    }
  }
  return pooled;
}

PoolGeometry pool_geometry(const PoolWindow& window, std::span<const int64_t> sizes) {
  const std::vector<int64_t> pooled = pooled_sizes(window, sizes);
  const size_t channels = sizes.size() - size_t(window.dims) - 1;
  PoolGeometry g{};
  g.batch = channels ? sizes[0] : 1;
  g.channels = sizes[channels];
  for (int k = 0; k < 3; ++k) g.in[k] = g.out[k] = g.taps[k] = g.stride[k] = g.dilation[k] = 1;
  for (int a = 0; a < window.dims; ++a) {
    const int k = 3 - window.dims + a;
    const PoolAxis& axis = window.axis[a];
    g.in[k] = sizes[channels + 1 + size_t(a)];
    g.out[k] = pooled[channels + 1 + size_t(a)];
    g.taps[k] = axis.kernel;
    g.stride[k] = axis.stride;
    g.dilation[k] = axis.dilation;
    g.pad[k] = axis.pad_before;
  }
  return g;
}

void fail_pool_dtype(int dims, std::string_view dtype) {
  fail_with(format("\"max_pool{}d\" not implemented for '{}'", dims, dtype));
}

bool paddle_channels_last(int dims, std::string_view data_format, bool return_mask) {
  const std::string_view first = dims == 1 ? "NCL" : dims == 2 ? "NCHW" : "NCDHW";
  const std::string_view last = dims == 1 ? "NLC" : dims == 2 ? "NHWC" : "NDHWC";
  if (data_format == first) return false;
  if (dims == 1 || data_format != last) {
    fail_torch(dims, format("Attr(data_format) should be '{}'{}. Received Attr(data_format): {}", first,
                            dims == 1 ? std::string() : format(" or '{}'", last), data_format));
  }
  if (return_mask) {
    fail_torch(dims, format("When setting return_mask to true, data_format must be set to {} in API:max_pool{}d", first,
                            dims));
  }
  return true;
}

}  // namespace spinel::kernels
