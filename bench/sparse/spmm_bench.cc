// Sparse times dense products beside torch.sparse.mm(A, x, reduce) and CSR @ x (MKL) in one program: sum, mean, max,
// forward and forward with backward by x. Prints a line a case with the times, the ratio to the best peer and the share
// of the random-row gather, then the geometric mean and the least ratio. Results are checked first.
// Arguments: see kHelp.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <optional>

#include "bench/sparse/graphs.h"
#include "spinel/base/allocation.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel {
namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// A graph as tensors, with what a network keeps of it between calls.
struct Matrix {
  std::string name;
  int64_t nodes, edges;
  at::Tensor rowptr, col, value, row, colptr, csr2csc, csr;
};

Matrix matrix_of(const BenchGraph& graph, at::ScalarType index) {
  Matrix m{graph.name, graph.nodes, graph.edges(), {}, {}, {}, {}, {}, {}, {}};
  const auto tensor = [&](const std::vector<int64_t>& numbers) { return at::tensor(numbers, at::kLong).to(index); };
  m.rowptr = tensor(graph.rowptr);
  m.col = tensor(graph.col);
  m.value = at::rand({m.edges});
  m.row = at::repeat_interleave(at::arange(m.nodes, at::kLong), m.rowptr.diff().to(at::kLong)).to(index);
  m.csr2csc = at::argsort(m.col, true, 0).to(index);
  m.colptr = at::cat({at::zeros({1}, at::kLong), at::bincount(m.col, {}, m.nodes).cumsum(0)}).to(index);
  m.csr = at::sparse_csr_tensor(m.rowptr, m.col, m.value, {m.nodes, m.nodes},
                                at::TensorOptions(at::kFloat).layout(at::kSparseCsr));
  return m;
}

at::Tensor ours(const Matrix& m, const at::Tensor& x, const std::string& reduce) {
  static const c10::OperatorHandle op = hosts::torch_operator("spmm");
  torch::jit::Stack stack = {m.rowptr, m.col, m.value, x, reduce, m.row, m.colptr, m.csr2csc};
  op.callBoxed(stack);
  return stack[0].toTensor();
}

at::Tensor torchs(const Matrix& m, const at::Tensor& x, const std::string& reduce) {
  return at::_sparse_mm(m.csr, x, reduce == "max" ? "amax" : reduce);
}

using Product = std::function<at::Tensor(const at::Tensor& x)>;

at::Tensor run(const Product& product, const at::Tensor& x, const at::Tensor& gradient) {
  const at::Tensor y = product(x);
  if (!gradient.defined()) return y;
  return torch::autograd::grad({y}, {x}, {gradient})[0];
}

struct Arguments {
  bool help = false;
  int64_t most_edges = 10'000'000;
  std::vector<int> threads;
  std::vector<int64_t> widths = {1, 16, 64, 128, 256};
  std::string only, reduce;
  at::ScalarType index = at::kLong;
};

constexpr const char* kHelp =
    "usage: spmm_bench [--edges=N] [--width=F] [--reduce=NAME] [--case=TEXT] [--index=32|64] [THREADS …]\n"
    "Sparse times dense products against libtorch's: times, ratio to the best, share of the gather of random rows.\n"
    "  --edges=N      graphs of at most about N edges (10000000)\n"
    "  --width=F      one width instead of 1, 16, 64, 128, 256\n"
    "  --reduce=NAME  sum, mean or max alone\n"
    "  --case=TEXT    only graphs with TEXT in their name: R-MAT or grid\n"
    "  --index=BITS   width of the indices on both sides (64)\n"
    "  THREADS        numbers of threads to measure with; 1 and 2 if there are none\n";

int64_t number(const std::string& text) {
  int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && rest == text.data() + text.size() && value > 0,
          "spmm_bench: {} is neither an option nor a positive number; --help lists the options", text);
  return value;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int k = 1; k < argc; ++k) {
    const std::string text = argv[k];
    const auto option = [&](const std::string& name) -> std::optional<std::string> {
      const std::string start = "--" + name + "=";
      return text.starts_with(start) ? std::optional(text.substr(start.size())) : std::nullopt;
    };
    if (text == "--help" || text == "-h") arguments.help = true;
    else if (const auto edges = option("edges")) arguments.most_edges = number(*edges);
    else if (const auto width = option("width")) arguments.widths = {number(*width)};
    else if (const auto reduce = option("reduce")) arguments.reduce = *reduce;
    else if (const auto only = option("case")) arguments.only = *only;
    else if (const auto index = option("index")) arguments.index = number(*index) == 32 ? at::kInt : at::kLong;
    else arguments.threads.push_back(static_cast<int>(number(text)));
  }
  if (arguments.threads.empty()) arguments.threads = {1, 2};
  return arguments;
}

/// Medians of alternating runs, each side in turn; a run lasts some milliseconds at least.
std::vector<double> time_in_turn(const std::vector<std::function<void()>>& sides) {
  std::vector<int> counts;
  for (const auto& side : sides) {
    side();
    const double start = seconds();
    side();
    counts.push_back(std::max(1, static_cast<int>(0.01 / (seconds() - start))));
  }
  std::vector<std::vector<double>> times(sides.size());
  for (int round = 0; round < 5; ++round) {
    for (size_t k = 0; k < sides.size(); ++k) {
      const double start = seconds();
      for (int i = 0; i < counts[k]; ++i) sides[k]();
      times[k].push_back((seconds() - start) / counts[k]);
    }
  }
  std::vector<double> medians;
  for (auto& side : times) {
    std::nth_element(side.begin(), side.begin() + 2, side.end());
    medians.push_back(side[2]);
  }
  return medians;
}

/// Bytes per second of summing rows of that width in random order, out of a table beyond the caches.
double gather_rate(int64_t width) {
  const int64_t rows = (int64_t{1} << 26) / width, count = std::min<int64_t>(rows, 1 << 19);
  const at::Tensor table = at::ones({rows, width}), order = at::randint(rows, {count}, at::kLong);
  const float* from = table.data_ptr<float>();
  const int64_t* index = order.data_ptr<int64_t>();
  double best = 1e9;
  for (int round = 0; round < 4; ++round) {
    const double start = seconds();
    torch_parallel().run(count, 1, [&](int64_t begin, int64_t end) {
      float sum[16] = {};
      for (int64_t i = begin; i < end; ++i) {
        const float* row = from + index[i] * width;
        if (width < 16) sum[i % 16] += row[0];
        for (int64_t f = 0; f + 16 <= width; f += 16) {
          for (int64_t k = 0; k < 16; ++k) sum[k] += row[f + k];
        }
      }
      asm volatile("" : : "r"(sum) : "memory");
    });
    best = std::min(best, seconds() - start);
  }
  return 4.0 * static_cast<double>(count * width) / best;
}

struct Means {
  double log_sum = 0, least = 1e9;
  int count = 0;
  void add(double ratio) { log_sum += std::log(ratio), least = std::min(least, ratio), ++count; }
};

void run_case(const Matrix& m, int64_t width, const std::string& reduce, bool backward, double gather, Means& means) {
  const at::Tensor x = at::randn({m.nodes, width}).requires_grad_(backward);
  const at::Tensor gradient = backward ? at::randn({m.nodes, width}) : at::Tensor();
  std::vector<Product> products = {[&](const at::Tensor& in) { return ours(m, in, reduce); },
                                   [&](const at::Tensor& in) { return torchs(m, in, reduce); }};
  if (reduce == "sum") products.emplace_back([&](const at::Tensor& in) { return at::matmul(m.csr, in); });
  const at::Tensor found = run(products[0], x, gradient), wanted = run(products[1], x, gradient);
  const bool is_right = at::allclose(found, wanted, 1e-4, 1e-4);
  std::vector<std::function<void()>> sides;
  for (const Product& product : products) sides.emplace_back([&] { run(product, x, gradient); });
  const std::vector<double> times = time_in_turn(sides);
  const double best = *std::min_element(times.begin() + 1, times.end()), ratio = best / times[0];
  means.add(ratio);
  const double bytes = (backward ? 2.0 : 1.0) * 4 * static_cast<double>(m.edges * width);
  std::printf("%-15s F %3lld %-4s %-9s ours %9.3f ms  torch %9.3f ms  MKL %9.3f ms  ratio %5.2f  gather %4.0f %%%s%s\n",
              m.name.c_str(), static_cast<long long>(width), reduce.c_str(), backward ? "fwd + bwd" : "forward",
              1e3 * times[0], 1e3 * times[1], times.size() > 2 ? 1e3 * times[2] : 0.0, ratio,
              100 * bytes / times[0] / gather, ratio < 0.95 ? "  below 0.95" : "", is_right ? "" : "  WRONG");
  std::fflush(stdout);
}

void measure(const Arguments& arguments) {
  std::vector<BenchGraph> graphs;
  const std::pair<int, int64_t> scales[] = {{13, 100'000}, {16, 1'000'000}, {20, 10'000'000}};
  const std::pair<int64_t, int64_t> sides[] = {{158, 100'000}, {500, 1'000'000}, {1581, 10'000'000}};
  const auto is_wanted = [&](const char* name, int64_t edges) {
    return edges <= arguments.most_edges && std::string(name).find(arguments.only) != std::string::npos;
  };
  for (const auto& [scale, edges] : scales) {
    if (is_wanted("R-MAT", edges)) graphs.push_back(rmat(scale, edges));
  }
  for (const auto& [side, edges] : sides) {
    if (is_wanted("grid", edges)) graphs.push_back(grid(side));
  }
  std::vector<Matrix> matrices;
  for (const BenchGraph& graph : graphs) matrices.push_back(matrix_of(graph, arguments.index));
  for (const int threads : arguments.threads) {
    at::set_num_threads(threads);
    std::printf("%d threads; load average %s", threads, read_file("/proc/loadavg").c_str());
    Means means;
    for (const int64_t width : arguments.widths) {
      const double gather = gather_rate(width);
      for (const Matrix& m : matrices) {
        for (const std::string reduce : {"sum", "mean", "max"}) {
          if (!arguments.reduce.empty() && reduce != arguments.reduce) continue;
          for (const bool backward : {false, true}) run_case(m, width, reduce, backward, gather, means);
        }
      }
      std::printf("%d threads, F %lld: gather of random rows at %.1f GB/s\n", threads, static_cast<long long>(width),
                  gather / 1e9);
    }
    std::printf("%d threads: geometric mean %.2f, least %.2f of %d cases; load average %s", threads,
                std::exp(means.log_sum / std::max(1, means.count)), means.least, means.count,
                read_file("/proc/loadavg").c_str());
  }
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  try {
    const spinel::Arguments arguments = spinel::parse(argc, argv);
    if (arguments.help) {
      std::fputs(spinel::kHelp, stdout);
      return 0;
    }
    spinel::apply_allocation_policy();
    at::manual_seed(0);
    spinel::measure(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
