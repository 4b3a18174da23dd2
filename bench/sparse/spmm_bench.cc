// Sparse times dense products beside torch.sparse.mm(A, x, reduce), CSR @ x (MKL) and torch_sparse in one program: sum,
// mean, max, forward and forward with backward by x. Prints a line a case with the times, the ratio to the best peer
// and, for graphs of 10⁷ edges, the share of the limit that gathering rows sets; then geometric means and least ratios.
// Results are checked first. Arguments: see kHelp.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "bench/limits.h"
#include "bench/sparse/graphs.h"
#include "bench/sparse/spmm_sides.h"
#include "spinel/base/allocation.h"
#include "spinel/base/platform/file.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel {
namespace {

struct Arguments {
  int64_t most_edges = 10'000'000;
  std::vector<int> threads;
  std::vector<int64_t> widths;
  std::vector<std::string> reductions;
  std::string only, mode, torch_sparse;
  at::ScalarType index = at::kLong, type = at::kFloat;
  bool memory = false, no_transpose = false;
  TurnOptions turns;
};

constexpr const char* kHelp =
    "usage: spmm_bench [OPTION …] [THREADS …]\n"
    "Sparse times dense products against libtorch's: times, ratio to the best, share of the limit.\n"
    "  --edges=N       graphs of at most about N edges (10000000)\n"
    "  --width=F       this width instead of 1, 16, 64, 128, 256; may be repeated\n"
    "  --reduce=NAME   sum, mean, max or min instead of the first three; may be repeated\n"
    "  --case=TEXT     only graphs with TEXT in their name: R-MAT, uniform, grid, mesh, Cora, Citeseer, Pubmed\n"
    "  --mode=NAME     forward or backward (with the forward) alone\n"
    "  --index=BITS    width of the indices on all sides, 32 or 64 (64)\n"
    "  --type=NAME     float, double, bfloat16 or half (float)\n"
    "  --no-transpose  ours is not handed row, colptr and csr2csc, so that each backward sorts the entries\n"
    "  --torch_sparse=FILE  its _spmm_cpu.so takes part (int64 indices only)\n"
    "  --best          the fastest of 11 turns instead of their median: for a machine that others use too\n"
    "  --processor     time of the processor instead of the wall clock, for one thread: likewise\n"
    "  --memory        growth of the peak memory instead of times\n"
    "  THREADS         numbers of threads to measure with; 1 and 2 if there are none\n";

at::ScalarType type_of(const std::string& name) {
  const std::pair<const char*, at::ScalarType> types[] = {
      {"float", at::kFloat}, {"double", at::kDouble}, {"bfloat16", at::kBFloat16}, {"half", at::kHalf}};
  for (const auto& [known, type] : types) {
    if (name == known) return type;
  }
  fail(ErrorKind::invalid_argument, "--type: {} is not known; float, double, bfloat16 and half are", name);
}

Arguments parse(const std::vector<std::string>& list) {
  Arguments arguments;
  for (const std::string& text : list) {
    if (text == "--best") arguments.turns.best = true;
    else if (text == "--processor") arguments.turns.clock = processor_seconds;
    else if (text == "--memory") arguments.memory = true;
    else if (text == "--no-transpose") arguments.no_transpose = true;
    else if (const auto edges = option(text, "edges")) arguments.most_edges = positive_number(*edges, 1 << 30);
    else if (const auto width = option(text, "width")) arguments.widths.push_back(positive_number(*width, 1 << 20));
    else if (const auto reduce = option(text, "reduce")) arguments.reductions.push_back(*reduce);
    else if (const auto only = option(text, "case")) arguments.only = *only;
    else if (const auto mode = option(text, "mode")) arguments.mode = *mode;
    else if (const auto type = option(text, "type")) arguments.type = type_of(*type);
    else if (const auto file = option(text, "torch_sparse")) arguments.torch_sparse = *file;
    else if (const auto index = option(text, "index"))
      arguments.index = positive_number(*index, 64) == 32 ? at::kInt : at::kLong;
    else arguments.threads.push_back(static_cast<int>(positive_number(text, 1024)));
  }
  if (arguments.threads.empty()) arguments.threads = {1, 2};
  if (arguments.widths.empty()) arguments.widths = {1, 16, 64, 128, 256};
  if (arguments.reductions.empty()) arguments.reductions = {"sum", "mean", "max"};
  return arguments;
}

std::vector<BenchGraph> graphs_of(const Arguments& arguments) {
  struct Case {
    const char* name;
    int64_t edges;
    std::function<BenchGraph()> make;
  };
  const Case cases[] = {
      {"Cora", 10'556, [] { return citations("Cora-like", 2708, 10'556); }},
      {"Citeseer", 9104, [] { return citations("Citeseer-like", 3327, 9104); }},
      {"Pubmed", 88'648, [] { return citations("Pubmed-like", 19'717, 88'648); }},
      {"R-MAT", 100'000, [] { return rmat(13, 100'000); }},
      {"R-MAT", 1'000'000, [] { return rmat(16, 1'000'000); }},
      {"R-MAT", 10'000'000, [] { return rmat(20, 10'000'000); }},
      {"uniform", 10'000'000, [] { return uniform(20, 10'000'000); }},
      {"grid", 100'000, [] { return grid(158); }},
      {"grid", 1'000'000, [] { return grid(500); }},
      {"grid", 10'000'000, [] { return grid(1581); }},
      {"mesh", 1'000'000, [] { return mesh(34); }},
  };
  std::vector<BenchGraph> graphs;
  for (const Case& c : cases) {
    const bool is_named = std::string(c.name).find(arguments.only) != std::string::npos;
    if (is_named && c.edges <= arguments.most_edges) graphs.push_back(c.make());
  }
  return graphs;
}

/// One product on all sides.
struct SpmmCase {
  const BenchMatrix& matrix;
  int64_t width;
  std::string reduce;
  at::Tensor x, gradient;  ///< gradient undefined: the forward alone
  std::vector<SpmmSide> sides;

  SpmmCase(const BenchMatrix& m, int64_t f, const std::string& name, bool backward)
      : matrix(m), width(f), reduce(name), sides(spmm_sides(m, name)) {
    x = at::randn({m.nodes, width}, m.value.options()).requires_grad_(backward);
    if (backward) gradient = at::randn({m.nodes, width}, m.value.options());
  }
  at::Tensor run(const SpmmSide& side) const { return run_product(side.product, x, gradient); }

  /// Ours is as near to the sums in double precision as the type allows; derivatives where no two products are equal.
  bool is_right() const {
    const BenchMatrix wide = matrix.exact();
    const at::Tensor exact_x = x.detach().to(at::kDouble).requires_grad_(x.requires_grad());
    const at::Tensor exact_gradient = gradient.defined() ? gradient.to(at::kDouble) : gradient;
    const at::Tensor wanted = run_product(spmm_sides(wide, reduce)[1].product, exact_x, exact_gradient);
    const double tolerance = matrix.value.scalar_type() == at::kBFloat16 ? 3e-2 : 1e-3;
    return at::allclose(run(sides[0]).to(at::kDouble), wanted, tolerance, tolerance);
  }
  void print_name() const {
    std::printf("%-17s F %3lld %-4s %-9s", matrix.name.c_str(), static_cast<long long>(width), reduce.c_str(),
                gradient.defined() ? "fwd + bwd" : "forward");
  }
};

/// Prints the times of the sides and, where `gather` is not 0, the share of that rate in bytes a second.
void time_case(const SpmmCase& c, const TurnOptions& turns, double gather, Ratios& ratios) {
  std::vector<std::function<void()>> functions;
  for (const SpmmSide& side : c.sides) functions.emplace_back([&] { c.run(side); });
  const bool is_right = c.is_right();
  const std::vector<double> times = time_in_turns(functions, turns);
  const double ratio = *std::min_element(times.begin() + 1, times.end()) / times[0];
  ratios.add(ratio, ratio < 0.95 || !is_right);
  c.print_name();
  for (size_t k = 0; k < times.size(); ++k) std::printf("  %s %9.3f ms", c.sides[k].name.c_str(), 1e3 * times[k]);
  std::printf("  ratio %5.2f%s%s", ratio, ratio < 0.95 ? "  below 0.95" : "", is_right ? "" : "  WRONG");
  if (gather > 0) {
    const double bytes = static_cast<double>(c.matrix.edges * c.width) * 4;
    std::printf("  gathers %.0f %% of the limit", 100 * bytes / times[0] / gather);
  }
  std::printf("\n");
  std::fflush(stdout);
}

/// The resident set of the process or its peak, in bytes; a line of /proc/self/status.
double resident(const char* line) {
  const std::string status = read_file("/proc/self/status");
  return 1024 * std::atof(status.c_str() + status.find(line) + std::string(line).size());
}

/// Makes the peak of the resident set what is resident now.
void restart_peak() {
  std::FILE* file = std::fopen("/proc/self/clear_refs", "w");
  require(file && std::fputs("5", file) >= 0, "--memory: the system cannot restart the peak of the resident set");
  std::fclose(file);
}

/// Prints by how much each side's peak memory exceeds what is held before and, of the result, after the call.
void print_memory(const SpmmCase& c) {
  c.print_name();
  for (const SpmmSide& side : c.sides) {
    c.run(side);
    release_unused_memory();
    const double before = resident("VmRSS:");
    restart_peak();
    c.run(side);
    std::printf("  %s %7.1f MiB", side.name.c_str(), (resident("VmHWM:") - before) / (1 << 20));
  }
  const double mib = static_cast<double>(c.x.nbytes()) / (1 << 20);
  std::printf("  (x %.1f MiB, entries × F %.1f MiB)\n", mib,
              mib * static_cast<double>(c.matrix.edges) / static_cast<double>(c.matrix.nodes));
  std::fflush(stdout);
}

void measure(int threads, const Arguments& arguments, const std::vector<BenchMatrix>& matrices) {
  at::set_num_threads(threads);
  std::printf("%d threads; load average %s", threads, read_file("/proc/loadavg").c_str());
  Ratios all;
  for (const int64_t width : arguments.widths) {
    const bool has_limit = arguments.type == at::kFloat && width >= 16 && width % 16 == 0 && !arguments.memory;
    Ratios of_width;
    for (const BenchMatrix& m : matrices) {
      const bool is_large = m.edges > 5'000'000;
      const double gather = has_limit && is_large ? limit_rate(Gather(torch_parallel(), 4 * width)) : 0;
      if (gather > 0)
        std::printf("gather of rows of %lld B: %.2f GB/s\n", 4 * static_cast<long long>(width), gather / 1e9);
      for (const std::string& reduce : arguments.reductions) {
        for (const bool backward : {false, true}) {
          if (!arguments.mode.empty() && backward != (arguments.mode == "backward")) continue;
          const SpmmCase c(m, width, reduce, backward);
          if (arguments.memory) print_memory(c);
          else time_case(c, arguments.turns, backward ? 0 : gather, of_width);
        }
      }
    }
    if (arguments.memory) continue;
    std::printf("%d threads, F %lld: geometric mean %.2f, least %.2f, %d of %d below 0.95\n", threads,
                static_cast<long long>(width), of_width.mean(), of_width.least, of_width.below, of_width.count);
    all.add(of_width);
  }
  if (arguments.memory) return;
  std::printf("%d threads: geometric mean %.2f, least %.2f, %d of %d below 0.95; load average %s", threads, all.mean(),
              all.least, all.below, all.count, read_file("/proc/loadavg").c_str());
}

void run(const Arguments& arguments) {
  if (!arguments.torch_sparse.empty()) load_torch_sparse(arguments.torch_sparse);
  apply_allocation_policy();
  at::manual_seed(0);
  std::vector<BenchMatrix> matrices;
  for (const BenchGraph& graph : graphs_of(arguments)) {
    matrices.push_back(matrix_of(graph, arguments.index).to(arguments.type));
    if (arguments.no_transpose) matrices.back().row = matrices.back().colptr = matrices.back().csr2csc = at::Tensor();
  }
  for (const int threads : arguments.threads) measure(threads, arguments, matrices);
}

}  // namespace
}  // namespace spinel

int main(int argc, char** argv) {
  return spinel::run_program(argc, argv, spinel::kHelp,
                             [](const auto& arguments) { spinel::run(spinel::parse(arguments)); });
}
