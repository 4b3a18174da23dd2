#include "spinel/kernels/cpu/partition.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/metis_partition.h"
#include "spinel/kernels/cpu/partition_graph.h"

namespace spinel::kernels {
namespace {

constexpr int64_t most = std::numeric_limits<int32_t>::max();

/// p and q of p/q in lowest terms, for a quotient in (0, 1]; q is a power of two, and p no longer whole where q would
/// leave the range of doubles: such weights are divided by far more afterwards.
std::pair<double, double> fraction_of(double quotient) {
  double p = quotient, q = 1;
  while (p != std::floor(p) && q < 0x1p900) {
    p *= 2;
    q *= 2;
  }
  return {p, q};
}

}  // namespace

bool has_metis() { return is_metis_built(); }

template <typename Index>
void check_partition(const CsrGraph<Index>& graph, const PartitionOptions& options) {
  read_partition_graph(graph, options);
}

std::vector<int32_t> integer_weights(std::span<const int64_t> weights, const char* name) {
  std::vector<int32_t> result(weights.size());
  int64_t sum = 0;
  for (size_t k = 0; k < weights.size(); ++k) {
    require(weights[k] >= 0, "partition: {}[{}] is {}; weights are not negative", name, k, weights[k]);
    require(weights[k] <= most - sum, "partition: {} adds up to more than {}; METIS adds in 32 bits, so scale it down",
            name, most);
    sum += weights[k];
    result[k] = static_cast<int32_t>(weights[k]);
  }
  return result;
}

template <typename T>
std::vector<int32_t> scaled_weights(std::span<const T> weights, const char* name) {
  for (size_t k = 0; k < weights.size(); ++k) {
    require(std::isfinite(weights[k]), "partition: {}[{}] is {}; weights are finite", name, k, double{weights[k]});
  }
  std::vector<T> sorted(weights.begin(), weights.end());
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty() || sorted.front() == sorted.back()) return {};
  const T least = sorted.front(), range = sorted.back() - least;
  require(std::isfinite(range), "partition: {} reaches from {} to {}; the range must be finite", name, double{least},
          double{sorted.back()});
  T gap = range;
  for (size_t k = 1; k < sorted.size(); ++k) gap = std::min(gap, sorted[k] - sorted[k - 1]);
  auto [p, q] = gap > 0 ? fraction_of(gap / range) : std::pair(0.0, 1.0);
  // In the order of operations, and the type, of the reference.
  const auto weigh = [&](T w) {
    const T scaled = (w - least) / range * static_cast<T>(q) + static_cast<T>(p);
    return std::floor(static_cast<double>(scaled));
  };
  double shares = 0;
  for (const T w : weights) shares += static_cast<double>((w - least) / range);
  // Halving of both keeps their quotient, so the weights only get coarser.
  const auto halve = [&](int times) {
    p = std::ldexp(p, -times);
    q = std::ldexp(q, -times);
  };
  const double sum = shares * q + static_cast<double>(weights.size()) * p;
  if (sum > static_cast<double>(most)) halve(std::ilogb(sum) - 30);
  const auto fits = [&] {
    double total = 0;
    for (const T w : weights) total += weigh(w);
    return total <= static_cast<double>(most);
  };
  while (!fits()) halve(1);
  std::vector<int32_t> result(weights.size());
  std::transform(weights.begin(), weights.end(), result.begin(), [&](T w) { return static_cast<int32_t>(weigh(w)); });
  return result;
}

template <typename Index>
void partition(const CsrGraph<Index>& graph, const PartitionOptions& options, Index* part) {
  PartitionGraph copy = read_partition_graph(graph, options);
  // METIS takes pointers to numbers that it may write.
  std::vector<int32_t> adjwgt(options.edge_weight.begin(), options.edge_weight.end());
  std::vector<int32_t> vwgt(options.node_weight.begin(), options.node_weight.end());
  std::vector<int32_t> found(static_cast<size_t>(graph.num_rows));
  const MetisGraph metis{static_cast<int32_t>(graph.num_rows), copy.xadj.data(), copy.adjncy.data(),
                         adjwgt.empty() ? nullptr : adjwgt.data(), vwgt.empty() ? nullptr : vwgt.data()};
  const char* op = graph.names.op;
  switch (metis_partition(metis, static_cast<int32_t>(options.num_parts), options.recursive, found.data())) {
    case MetisStatus::ok: break;
    case MetisStatus::refused:
      fail(ErrorKind::invalid_argument, "{}: METIS refuses the graph; its weights must allow {} parts", op,
           options.num_parts);
    case MetisStatus::no_memory:
      fail(ErrorKind::unavailable, "{}: METIS finds no memory for {} edges; free some", op, graph.num_edges);
    case MetisStatus::failed: fail(ErrorKind::internal, "{}: METIS failed for a reason it does not tell", op);
    case MetisStatus::not_built:
      fail(ErrorKind::unavailable, "{}: built without METIS; install libmetis-dev and configure again", op);
  }
  std::copy(found.begin(), found.end(), part);
}

namespace {

/// The nodes of each part, one part after another.
template <typename Index>
struct PartNodes {
  std::vector<Index> first, nodes;

  PartNodes(const CsrGraph<Index>& graph, const Index* part, int64_t num_parts)
      : first(static_cast<size_t>(num_parts) + 1), nodes(static_cast<size_t>(graph.num_rows)) {
    for (int64_t v = 0; v < graph.num_rows; ++v) {
      require(part[v] >= 0 && part[v] < num_parts, "{}: node {} is in part {}; it must lie in [0, {})", graph.names.op,
              v, part[v], num_parts);
      ++first[static_cast<size_t>(part[v]) + 1];
    }
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<Index> next(first.begin(), first.end() - 1);
    for (int64_t v = 0; v < graph.num_rows; ++v) {
      nodes[static_cast<size_t>(next[static_cast<size_t>(part[v])]++)] = static_cast<Index>(v);
    }
  }
  std::vector<Index> of(int64_t k) const {
    return {nodes.begin() + first[static_cast<size_t>(k)], nodes.begin() + first[static_cast<size_t>(k) + 1]};
  }
};

/// The halo of part k around its nodes `level`. `seen`: of each node the last part that has seen it.
template <typename Index>
std::vector<Index> halo_of(const CsrGraph<Index>& graph, const Index* part, int64_t k, std::vector<Index> level,
                           int64_t hops, std::vector<Index>& seen) {
  std::vector<Index> halo;
  for (int64_t hop = 0; hop < hops && !level.empty(); ++hop) {
    const auto old = std::ssize(halo);
    for (const Index v : level) {
      const CsrRow row = graph.row(v);
      for (int64_t e = row.begin; e < row.end; ++e) {
        const int64_t w = graph.column(e);
        if (part[w] == k || std::exchange(seen[static_cast<size_t>(w)], static_cast<Index>(k)) == k) continue;
        halo.push_back(static_cast<Index>(w));
      }
    }
    level.assign(halo.begin() + old, halo.end());
  }
  std::sort(halo.begin(), halo.end());
  return halo;
}

}  // namespace

template <typename Index>
std::vector<Index> partition_halo(const CsrGraph<Index>& graph, const Index* part, int64_t num_parts, int64_t hops,
                                  Index* ptr, const ParallelFor& parallel) {
  const PartNodes<Index> own(graph, part, num_parts);
  std::vector<std::vector<Index>> halos(static_cast<size_t>(num_parts));
  parallel.run(num_parts, 1, [&](int64_t begin, int64_t end) {
    std::vector<Index> seen(static_cast<size_t>(graph.num_rows), Index{-1});
    for (int64_t k = begin; k < end; ++k) {
      halos[static_cast<size_t>(k)] = halo_of(graph, part, k, own.of(k), hops, seen);
    }
  });
  std::vector<Index> all;
  ptr[0] = 0;
  for (size_t k = 0; k < halos.size(); ++k) {
    all.insert(all.end(), halos[k].begin(), halos[k].end());
    require(static_cast<int64_t>(all.size()) <= std::numeric_limits<Index>::max(),
            "{}: the halos have {} nodes; an index of {} bits counts fewer", graph.names.op, all.size(),
            8 * sizeof(Index));
    ptr[k + 1] = static_cast<Index>(all.size());
  }
  return all;
}

#define SPINEL_INSTANTIATE(Index)                                                                            \
  template void partition(const CsrGraph<Index>&, const PartitionOptions&, Index*);                          \
  template void check_partition(const CsrGraph<Index>&, const PartitionOptions&);                            \
  template std::vector<Index> partition_halo(const CsrGraph<Index>&, const Index*, int64_t, int64_t, Index*, \
                                             const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)
#undef SPINEL_INSTANTIATE
template std::vector<int32_t> scaled_weights(std::span<const float>, const char*);
template std::vector<int32_t> scaled_weights(std::span<const double>, const char*);

}  // namespace spinel::kernels
