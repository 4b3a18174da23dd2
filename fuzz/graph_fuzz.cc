// Row pointers, columns and nodes of any kind for every graph kernel: each returns results within the graph or an
// error. Bytes: how many row pointers, then those, how many nodes, then those, then columns; a number is a signed byte.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/hetero_sample.h"
#include "spinel/kernels/cpu/partition.h"
#include "spinel/kernels/cpu/random_walk.h"
#include "spinel/kernels/cpu/reverse_cuthill_mckee.h"
#include "spinel/kernels/cpu/saint_subgraph.h"

namespace {

using namespace spinel::kernels;

/// The bytes from the front on.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  int next() {
    if (size_ == 0) return 0;
    --size_;
    return static_cast<int8_t>(*data_++);
  }
  template <typename Index>
  std::vector<Index> list(size_t count) {
    std::vector<Index> numbers(std::min(count, size_));
    for (Index& number : numbers) number = static_cast<Index>(next());
    return numbers;
  }
  size_t left() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

/// Anything but a result or an Error ends the run.
template <typename F>
void attempt(F&& function) {
  try {
    function();
  } catch (const spinel::Error&) {
  }
}

template <typename Index>
void require_below(std::span<const Index> numbers, int64_t limit) {
  for (const Index number : numbers) {
    if (number < -1 || number >= limit) __builtin_trap();
  }
}

template <typename Index>
void run_all(Bytes bytes) {
  const int options = bytes.next();
  std::vector<Index> rowptr = bytes.list<Index>(static_cast<size_t>(bytes.next() & 15) + 1);
  if (rowptr.empty()) rowptr.push_back(0);
  const std::vector<Index> nodes = bytes.list<Index>(static_cast<size_t>(bytes.next() & 7));
  const std::vector<Index> col = bytes.list<Index>(bytes.left());
  const int64_t n = static_cast<int64_t>(rowptr.size()) - 1, walks = static_cast<int64_t>(nodes.size());
  const CsrGraph<Index> graph{rowptr.data(), col.data(), n, static_cast<int64_t>(col.size()), n};
  constexpr int64_t length = 5;
  std::vector<Index> walked(nodes.size() * (length + 1)), edges(nodes.size() * length);
  const std::vector<float> uniform(edges.size(), 0.7f);
  const WalkProblem<Index> problem{graph, nodes.data(), walks, length, walked.data(), edges.data()};
  attempt([&] {
    random_walk(problem, uniform.data(), spinel::serial());
    require_below<Index>(walked, n);
  });
  attempt([&] {
    node2vec_walk(problem, {.p = 1e-3, .q = 1e3, .is_sorted = (options & 1) != 0}, spinel::serial());
    require_below<Index>(walked, n);
  });
  attempt([&] {
    std::vector<Index> rows, cols, places;
    const auto allocate = [&](int64_t entries) {
      for (auto* list : {&rows, &cols, &places}) list->resize(static_cast<size_t>(entries));
      return SubgraphArrays<Index>{rows.data(), cols.data(), places.data()};
    };
    saint_subgraph<Index>(graph, nodes, allocate, spinel::serial());
    for (const auto* list : {&rows, &cols}) require_below<Index>(*list, walks);
  });
  const RowSampling<Index> sampling{
      .graph = graph, .nodes = nodes, .count = options % 4 - 1, .replace = (options & 4) != 0, .seed = 1};
  attempt([&] { ego_sample(sampling, 2, spinel::serial()); });
  attempt([&] {
    std::vector<Index> out(nodes.size() + 1);
    const auto total = static_cast<size_t>(count_sampled(sampling, out.data(), spinel::serial()));
    std::vector<Index> drawn(total), cols(total);
    draw_sampled(sampling, out.data(), drawn.data(), cols.data(), spinel::serial());
    require_below<Index>(cols, n);
    relabel<Index>(nodes, cols, {});
    sort_rows(out.data(), walks, cols.data(), drawn.data(), spinel::serial());
  });
  const HeteroProblem<Index> hetero{.relations = {{graph, 0, 0, {1, 2}}}, .inputs = {nodes}, .num_hops = 2};
  attempt([&] { hetero_neighbor_sample(hetero, sampling.replace, (options & 8) != 0, spinel::serial()); });
  attempt([&] { hgt_sample(hetero, {{2, 2}}); });
  std::vector<Index> order(static_cast<size_t>(n)), ptr(4);
  attempt([&] {
    reverse_cuthill_mckee(graph, order.data());
    std::sort(order.begin(), order.end());
    for (int64_t v = 0; v < n; ++v) {
      if (order[static_cast<size_t>(v)] != v) __builtin_trap();
    }
  });
  attempt([&] { partition(graph, {.num_parts = 2 + (options & 3), .recursive = (options & 16) != 0}, order.data()); });
  attempt([&] { partition_halo(graph, order.data(), 3, 2, ptr.data(), spinel::serial()); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  run_all<int32_t>(Bytes(data, size));
  run_all<int64_t>(Bytes(data, size));
  return 0;
}
