// Max pooling against libtorch's, pair by pair in one program: forward, with indices, forward and backward.
// Usage: max_pool_bench [--best] [--case=TEXT] [threads …]; without numbers 1 and 2 threads. Prints a line a case with
// both times, the ratio, and our share of the memory bandwidth measured here; then geometric means and what is below
// its bar. --best takes the fastest of the runs instead of the median: for tuning on a machine that others use too.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "spinel/base/allocation.h"
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
    {"ResNet stem", {8, 64, 112, 112}, 3, 2, 1, 1},    {"ResNet stem, d 2", {8, 64, 112, 112}, 3, 2, 1, 2},
    {"VGG block", {4, 64, 112, 112}, 2, 2, 0, 1},      {"YOLO SPP 5", {1, 512, 20, 20}, 5, 1, 2, 1},
    {"YOLO SPP 9", {1, 512, 20, 20}, 9, 1, 4, 1},      {"YOLO SPP 13", {1, 512, 20, 20}, 13, 1, 6, 1},
    {"YOLO SPP 5, d 2", {1, 512, 20, 20}, 5, 1, 2, 2}, {"audio", {8, 64, 16000}, 4, 4, 0, 1},
    {"audio, d 2", {8, 64, 16000}, 3, 1, 1, 2},        {"medical", {1, 32, 48, 96, 96}, 2, 2, 0, 1},
    {"medical, d 2", {1, 32, 48, 96, 96}, 3, 2, 1, 2},
};

enum class Mode { forward, indices, backward };
constexpr const char* kModes[] = {"forward", "with indices", "fwd + bwd"};

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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

bool equal(const Results& a, const Results& b, Mode mode) {
  for (size_t k = 0; k < a.size(); ++k) {
    // Sums of several 16-bit gradients may be rounded differently: torch rounds after each.
    const bool sum = mode == Mode::backward && k == 1;
    const double tolerance = !sum ? 0 : a[k].scalar_type() == at::kFloat ? 1e-5 : 0.05;
    if (!at::allclose(a[k].to(at::kDouble), b[k].to(at::kDouble), tolerance, tolerance)) return false;
  }
  return true;
}

/// Bytes per second of c = a on arrays beyond every cache, read and write counted.
double copy_bandwidth() {
  constexpr int64_t n = int64_t{1} << 24;
  std::vector<float> a(n, 1.f), c(n, 0.f);
  double best = 1e9;
  for (int k = 0; k < 6; ++k) {
    const double start = seconds();
    torch_parallel().run(n, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) c[static_cast<size_t>(i)] = a[static_cast<size_t>(i)];
      asm volatile("" : : "r"(c.data()) : "memory");
    });
    best = std::min(best, seconds() - start);
  }
  return 8.0 * n / best;
}

struct Timing {
  double ours = 0, torch = 0;
};

/// Alternating pairs; each side repeats its call for some milliseconds.
Timing time_pairs(const std::function<void()>& own, const std::function<void()>& peer, bool best) {
  const auto repeat_count = [best](const std::function<void()>& f) {
    f();
    const double start = seconds();
    f();
    return std::max(1, static_cast<int>((best ? 0.0005 : 0.004) / std::max(seconds() - start, 1e-7)));
  };
  const auto run = [](const std::function<void()>& f, int count) {
    const double start = seconds();
    for (int k = 0; k < count; ++k) f();
    return (seconds() - start) / count;
  };
  const int own_count = repeat_count(own), peer_count = repeat_count(peer);
  std::vector<double> own_times, peer_times;
  const int pairs = best ? 31 : 7;
  for (int k = 0; k < pairs; ++k) {
    own_times.push_back(run(own, own_count));
    peer_times.push_back(run(peer, peer_count));
  }
  std::sort(own_times.begin(), own_times.end());
  std::sort(peer_times.begin(), peer_times.end());
  return {own_times[best ? 0 : pairs / 2], peer_times[best ? 0 : pairs / 2]};
}

struct Means {
  double log_sum = 0;
  int count = 0, below = 0;
  void add(double ratio) { log_sum += std::log(ratio), ++count; }
  double mean() const { return count ? std::exp(log_sum / count) : 0; }
};

struct Arguments {
  bool best = false;
  std::string only;
  std::vector<int> threads;
};

void run_case(const Shape& s, at::ScalarType type, bool last, Mode mode, double bandwidth, bool best, Means& means) {
  at::Tensor x = at::randn(s.sizes).to(type);
  if (last) x = x.contiguous(s.dims() == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d);
  x.requires_grad_(mode == Mode::backward);
  const at::Tensor y = torchs(s, x.detach(), {}, Mode::forward)[0];
  const at::Tensor dy = at::randn_like(y);
  const bool right = equal(ours(s, x, dy, mode), torchs(s, x, dy, mode), mode);
  const Timing t = time_pairs([&] { ours(s, x, dy, mode); }, [&] { torchs(s, x, dy, mode); }, best);
  double bytes = double(x.nbytes() + y.nbytes());
  if (mode == Mode::indices) bytes += 8.0 * double(y.numel());
  if (mode == Mode::backward) bytes *= 2;
  const double ratio = t.torch / t.ours, share = bytes / t.ours / bandwidth, peer_share = bytes / t.torch / bandwidth;
  const double bar = peer_share > 0.6 ? 1.0 : 1.2;
  means.add(ratio);
  means.below += ratio < bar || !right;
  std::printf("%-17s %-8s %-13s %-12s %9.3f ms %9.3f ms %7.2f x %5.0f %% %5.0f %%%s%s\n", s.name,
              type == at::kFloat ? "float32" : "bfloat16", last ? "channels last" : "contiguous",
              kModes[static_cast<int>(mode)], 1e3 * t.ours, 1e3 * t.torch, ratio, 100 * share, 100 * peer_share,
              ratio < bar ? "  below its bar" : "", right ? "" : "  WRONG");
  std::fflush(stdout);
}

void measure(int threads, const Arguments& arguments) {
  at::set_num_threads(threads);
  const double bandwidth = copy_bandwidth();
  std::printf("%d threads, copy at %.1f GB/s; load average %s", threads, bandwidth / 1e9,
              read_file("/proc/loadavg").c_str());
  std::printf("%-17s %-8s %-13s %-12s %12s %12s %9s %7s %7s\n", "case", "type", "layout", "what", "ours", "torch",
              "ratio", "ours", "torch");
  Means first, last;
  for (const Shape& s : kShapes) {
    if (!arguments.only.empty() && !std::strstr(s.name, arguments.only.c_str())) continue;
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      for (const bool channels_last : {false, true}) {
        if (channels_last && s.dims() == 1) continue;
        for (const Mode mode : {Mode::forward, Mode::indices, Mode::backward}) {
          run_case(s, type, channels_last, mode, bandwidth, arguments.best, channels_last ? last : first);
        }
      }
    }
  }
  std::printf("%d threads: geometric mean %.2f x contiguous (bar 4), %.2f x channels last (bar 1.5); %d of %d below\n",
              threads, first.mean(), last.mean(), first.below + last.below, first.count + last.count);
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  spinel::apply_allocation_policy();
  spinel::Arguments arguments;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--best") == 0) arguments.best = true;
    else if (std::strncmp(argv[k], "--case=", 7) == 0) arguments.only = argv[k] + 7;
    else arguments.threads.push_back(std::atoi(argv[k]));
  }
  if (arguments.threads.empty()) arguments.threads = {1, 2};
  at::manual_seed(0);
  for (int threads : arguments.threads) spinel::measure(threads, arguments);
}
