// Max pooling against libtorch's, pair by pair in one program: forward, with indices, forward and backward.
// Prints a line a case with both times, the ratio, and both shares of the memory bandwidth measured here; then the
// geometric mean and the least ratio of each group and what is below its bar. Values and indices must equal torch's,
// gradients the sums in double precision. Both sides run in this process with the same allocation policy.
// Arguments: see kHelp.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/limits.h"
#include "spinel/base/allocation.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/hosts/torch/max_pool.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel {
namespace {

struct Shape {
  const char* name;
  std::vector<int64_t> sizes;
  int64_t kernel, stride, padding, dilation;
  int dims() const { return static_cast<int>(sizes.size()) - 2; }
};

const Shape kShapes[] = {
    {"ResNet stem", {8, 64, 112, 112}, 3, 2, 1, 1},      {"ResNet stem, d 2", {8, 64, 112, 112}, 3, 2, 1, 2},
    {"VGG block", {4, 64, 112, 112}, 2, 2, 0, 1},        {"YOLO SPP 5", {1, 512, 20, 20}, 5, 1, 2, 1},
    {"YOLO SPP 9", {1, 512, 20, 20}, 9, 1, 4, 1},        {"YOLO SPP 13", {1, 512, 20, 20}, 13, 1, 6, 1},
    {"YOLO SPP 5, d 2", {1, 512, 20, 20}, 5, 1, 2, 2},   {"YOLO SPP 9, d 2", {1, 512, 20, 20}, 9, 1, 4, 2},
    {"YOLO SPP 13, d 2", {1, 512, 20, 20}, 13, 1, 6, 2}, {"audio", {8, 64, 16000}, 4, 4, 0, 1},
    {"audio, d 2", {8, 64, 16000}, 3, 1, 1, 2},          {"medical", {1, 32, 48, 96, 96}, 2, 2, 0, 1},
    {"medical, d 2", {1, 32, 48, 96, 96}, 3, 2, 1, 2},
};

enum class Mode { forward, indices, backward };
constexpr const char* kModes[] = {"forward", "with indices", "fwd + bwd"};

using Results = std::vector<at::Tensor>;

Results ours(const Shape& s, const at::Tensor& x, const at::Tensor& dy, Mode mode) {
  const hosts::MaxPoolOptions options{{s.kernel}, {s.stride}, {s.padding}, {s.dilation}};
  if (mode == Mode::indices) {
    const auto [y, index] = hosts::max_pool_with_indices(s.dims(), x, options);
    return {y, index};
  }
  const at::Tensor y = hosts::max_pool(s.dims(), x, options);
  if (mode == Mode::forward) return {y};
  return {y.detach(), torch::autograd::grad({y}, {x}, {dy})[0]};
}

Results torchs(const Shape& s, const at::Tensor& x, const at::Tensor& dy, Mode mode) {
  if (mode == Mode::indices) {
    const auto [y, index] = s.dims() == 1   ? at::max_pool1d_with_indices(x, s.kernel, s.stride, s.padding, s.dilation)
                            : s.dims() == 2 ? at::max_pool2d_with_indices(x, s.kernel, s.stride, s.padding, s.dilation)
                                            : at::max_pool3d_with_indices(x, s.kernel, s.stride, s.padding, s.dilation);
    return {y, index};
  }
  const at::Tensor y = s.dims() == 1   ? at::max_pool1d(x, s.kernel, s.stride, s.padding, s.dilation)
                       : s.dims() == 2 ? at::max_pool2d(x, s.kernel, s.stride, s.padding, s.dilation)
                                       : at::max_pool3d(x, s.kernel, s.stride, s.padding, s.dilation);
  if (mode == Mode::forward) return {y};
  return {y.detach(), torch::autograd::grad({y}, {x}, {dy})[0]};
}

/// The largest error of a gradient against the sums in double precision, as a multiple of what one rounding to its
/// type may cost (plus a small absolute part for the sums taken in float).
double gradient_error(const at::Tensor& dx, const at::Tensor& exact) {
  const double unit = dx.scalar_type() == at::kFloat ? 1e-6 : 1.0 / 256;
  return ((dx.to(at::kDouble) - exact).abs() / (exact.abs() * unit + 1e-5)).max().item<double>();
}

struct Checked {
  bool right = true;
  double own_error = 0, peer_error = 0;
};

Checked check(const Shape& s, const at::Tensor& x, const at::Tensor& dy, Mode mode) {
  const Results own = ours(s, x, dy, mode), peer = torchs(s, x, dy, mode);
  Checked result;
  result.right = at::equal(own[0], peer[0]);
  if (mode == Mode::indices) result.right &= at::equal(own[1], peer[1]);
  if (mode == Mode::backward) {
    const at::Tensor wide = x.detach().to(at::kDouble).requires_grad_();
    const at::Tensor exact = torchs(s, wide, dy.to(at::kDouble), mode)[1];
    result.own_error = gradient_error(own[1], exact);
    result.peer_error = gradient_error(peer[1], exact);
    result.right &= result.own_error <= 1;
  }
  return result;
}

struct Means : Ratios {
  double own_error = 0, peer_error = 0;
  void add_case(double ratio, double bar, const Checked& checked) {
    add(ratio, ratio < bar || !checked.right);
    own_error = std::max(own_error, checked.own_error);
    peer_error = std::max(peer_error, checked.peer_error);
  }
};

constexpr const char* kHelp =
    "usage: max_pool_bench [--best] [--case=TEXT] [--layout=contiguous|last] [THREADS …]\n"
    "Max pooling against libtorch's: times, ratio and share of the memory bandwidth of each case.\n"
    "  --best         the fastest of 15 runs instead of the median of 11: for a machine that others use too\n"
    "  --case=TEXT    only cases with TEXT in their name, such as SPP\n"
    "  --layout=NAME  contiguous or last (channels); both if it is left out\n"
    "  THREADS        numbers of threads to measure with; 1 and 2 if there are none\n";

struct Arguments {
  bool best = false;
  std::string only, layout;
  std::vector<int> threads;
};

bool has_case(const std::string& text) {
  return std::any_of(std::begin(kShapes), std::end(kShapes),
                     [&](const Shape& s) { return std::strstr(s.name, text.c_str()) != nullptr; });
}

Arguments parse(const std::vector<std::string>& list) {
  Arguments arguments;
  for (const std::string& text : list) {
    if (text == "--best") arguments.best = true;
    else if (const auto only = option(text, "case")) arguments.only = *only;
    else if (const auto layout = option(text, "layout")) arguments.layout = *layout;
    else arguments.threads.push_back(static_cast<int>(positive_number(text, 1024)));
  }
  require(has_case(arguments.only), "max_pool_bench: no case has {} in its name; ResNet, VGG, SPP, audio, medical have",
          arguments.only);
  require(arguments.layout.empty() || arguments.layout == "contiguous" || arguments.layout == "last",
          "max_pool_bench: the layout is {}; it must be contiguous or last", arguments.layout);
  if (arguments.threads.empty()) arguments.threads = {1, 2};
  return arguments;
}

void run_case(const Shape& s, at::ScalarType type, bool last, Mode mode, double bandwidth, const TurnOptions& turns,
              Means& means) {
  at::Tensor x = at::randn(s.sizes).to(type);
  if (last) x = x.contiguous(s.dims() == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d);
  x.requires_grad_(mode == Mode::backward);
  const at::Tensor y = torchs(s, x.detach(), {}, Mode::forward)[0];
  const at::Tensor dy = at::randn_like(y);
  const Checked checked = check(s, x, dy, mode);
  const std::vector<double> times =
      time_in_turns({[&] { ours(s, x, dy, mode); }, [&] { torchs(s, x, dy, mode); }}, turns);
  double bytes = double(x.nbytes() + y.nbytes());
  if (mode == Mode::indices) bytes += 8.0 * double(y.numel());
  if (mode == Mode::backward) bytes *= 2;
  const double ratio = times[1] / times[0];
  const double share = bytes / times[0] / bandwidth, peer_share = bytes / times[1] / bandwidth;
  const double bar = peer_share > 0.6 ? 1.0 : 1.2;
  means.add_case(ratio, bar, checked);
  std::printf("%-17s %-8s %-13s %-12s %9.3f ms %9.3f ms %7.2f x %5.0f %% %5.0f %%%s%s\n", s.name,
              type == at::kFloat ? "float32" : "bfloat16", last ? "channels last" : "contiguous",
              kModes[static_cast<int>(mode)], 1e3 * times[0], 1e3 * times[1], ratio, 100 * share, 100 * peer_share,
              ratio < bar ? "  below its bar" : "", checked.right ? "" : "  WRONG");
  std::fflush(stdout);
}

void print_groups(int threads, const Means (&groups)[2][3]) {
  Means layouts[2], gradients;
  for (const int last : {0, 1}) {
    for (const int mode : {0, 1, 2}) {
      const Means& m = groups[last][mode];
      if (!m.count) continue;
      std::printf("%d threads, %-13s %-12s geometric mean %6.2f x, least %6.2f x; %d of %d below their bars\n", threads,
                  last ? "channels last" : "contiguous", kModes[mode], m.mean(), m.least, m.below, m.count);
      layouts[last].add(m);
    }
    const Means& m = groups[last][static_cast<int>(Mode::backward)];
    gradients.own_error = std::max(gradients.own_error, m.own_error);
    gradients.peer_error = std::max(gradients.peer_error, m.peer_error);
  }
  std::printf("%d threads: geometric mean %.2f x contiguous (bar 4), %.2f x channels last (bar 1.5); %d of %d below\n",
              threads, layouts[0].mean(), layouts[1].mean(), layouts[0].below + layouts[1].below,
              layouts[0].count + layouts[1].count);
  std::printf("largest error of a gradient, in roundings of its type: %.2f ours, %.2f torch's; load average %s\n",
              gradients.own_error, gradients.peer_error, read_file("/proc/loadavg").c_str());
}

/// The forward of the stem in turns with copies, since a machine's bandwidth changes from second to second.
void print_stem_share(int threads) {
  const Shape& s = kShapes[0];
  const at::Tensor x = at::randn(s.sizes), y = torchs(s, x, {}, Mode::forward)[0];
  Copy copy(torch_parallel());
  const std::vector<double> times = time_in_turns({[&] { ours(s, x, {}, Mode::forward); }, [&] { copy(); }});
  const double rate = double(x.nbytes() + y.nbytes()) / times[0], limit = copy.bytes() / times[1];
  std::printf("%d threads: forward of the stem at %.1f GB/s, %.0f %% of the copy's %.1f GB/s (bar 70 %%)\n", threads,
              rate / 1e9, 100 * rate / limit, limit / 1e9);
}

void measure(int threads, const Arguments& arguments) {
  at::set_num_threads(threads);
  const TurnOptions turns = arguments.best ? TurnOptions{15, 0.0005, true} : TurnOptions{};
  double bandwidth = limit_rate(Copy(torch_parallel()));
  std::printf("%d threads, copy at %.1f GB/s; load average %s", threads, bandwidth / 1e9,
              read_file("/proc/loadavg").c_str());
  std::printf("%-17s %-8s %-13s %-12s %12s %12s %9s %7s %7s\n", "case", "type", "layout", "what", "ours", "torch",
              "ratio", "ours", "torch");
  Means groups[2][3];
  for (const Shape& s : kShapes) {
    if (!arguments.only.empty() && !std::strstr(s.name, arguments.only.c_str())) continue;
    // Other programs may have slowed the first measurement down.
    bandwidth = std::max(bandwidth, limit_rate(Copy(torch_parallel())));
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      for (const bool last : {false, true}) {
        if ((last && s.dims() == 1) || arguments.layout == (last ? "contiguous" : "last")) continue;
        for (const Mode mode : {Mode::forward, Mode::indices, Mode::backward}) {
          run_case(s, type, last, mode, bandwidth, turns, groups[last][static_cast<int>(mode)]);
        }
      }
    }
  }
  print_groups(threads, groups);
  if (arguments.layout != "last" && std::strstr(kShapes[0].name, arguments.only.c_str())) print_stem_share(threads);
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  return spinel::run_program(argc, argv, spinel::kHelp, [](const auto& list) {
    const spinel::Arguments arguments = spinel::parse(list);
    spinel::apply_allocation_policy();
    at::manual_seed(0);
    for (int threads : arguments.threads) spinel::measure(threads, arguments);
  });
}
