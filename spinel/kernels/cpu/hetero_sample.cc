#include "spinel/kernels/cpu/hetero_sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spinel/kernels/cpu/subset_sampler.h"

namespace spinel::kernels {
namespace {

/// The sets of nodes with the inputs in them. `last`: of a repeated input the last place counts, else the first.
template <typename Index>
std::vector<NodeSet<Index>> input_sets(const HeteroProblem<Index>& problem, bool last) {
  std::vector<NodeSet<Index>> sets;
  for (size_t type = 0; type < problem.inputs.size(); ++type) {
    const std::span<const Index> input = problem.inputs[type];
    // Nodes of a type without relations to it may have any number.
    int64_t num_nodes = -1;
    for (const Relation<Index>& relation : problem.relations) {
      if (relation.target == static_cast<int64_t>(type)) num_nodes = relation.graph.num_rows;
    }
    NodeSet<Index>& set = sets.emplace_back(-1, 4 * static_cast<int64_t>(input.size()));
    const CsrGraph<Index> names{
        .num_rows = num_nodes < 0 ? std::numeric_limits<Index>::max() : num_nodes,
        .names = {.op = problem.relations.empty() ? "sample" : problem.relations[0].graph.names.op}};
    for (size_t i = 0; i < input.size(); ++i) {
      const int64_t v = names.node("input_node", input.data(), static_cast<int64_t>(i));
      if (last) set.labels.assign(v, static_cast<int64_t>(i));
      else set.labels.insert(v, static_cast<int64_t>(i));
      set.nodes.push_back(input[i]);
    }
  }
  return sets;
}

template <typename Index>
HeteroSample<Index> result_of(std::vector<NodeSet<Index>> sets, std::vector<EdgeLists<Index>> edges) {
  HeteroSample<Index> result{{}, std::move(edges)};
  for (NodeSet<Index>& set : sets) result.nodes.push_back(std::move(set.nodes));
  return result;
}

}  // namespace

template <typename Index>
HeteroSample<Index> hetero_neighbor_sample(const HeteroProblem<Index>& problem, bool replace, bool directed,
                                           const ParallelFor& parallel) {
  std::vector<NodeSet<Index>> sets = input_sets(problem, false);
  std::vector<EdgeLists<Index>> edges(problem.relations.size());
  std::vector<size_t> first(sets.size()), last(sets.size());
  uint64_t seed = problem.seed;
  for (int64_t hop = 0; hop < problem.num_hops; ++hop) {
    for (size_t type = 0; type < sets.size(); ++type) last[type] = sets[type].nodes.size();
    for (size_t r = 0; r < problem.relations.size(); ++r) {
      const Relation<Index>& relation = problem.relations[r];
      const auto target = static_cast<size_t>(relation.target);
      const RowSampling<Index> sampling{
          .graph = relation.graph,
          .nodes = {sets[target].nodes.data() + first[target], last[target] - first[target]},
          .argument = "input_node",
          .count = relation.counts[static_cast<size_t>(hop)],
          .replace = replace,
          .seed = seed++};
      expand(sampling, static_cast<int64_t>(first[target]), sets[static_cast<size_t>(relation.source)],
             directed ? &edges[r] : nullptr, parallel);
    }
    first = last;
  }
  for (size_t r = 0; r < problem.relations.size() && !directed; ++r) {
    const Relation<Index>& relation = problem.relations[r];
    induced_edges<Index>(relation.graph, sets[static_cast<size_t>(relation.target)].nodes,
                         sets[static_cast<size_t>(relation.source)].labels, edges[r]);
  }
  return result_of(std::move(sets), std::move(edges));
}

namespace {

/// Nodes of one type that may be drawn, and what they weigh.
template <typename Index>
struct Budget {
  NodeLabels<Index> labels{-1, 64};
  std::vector<Index> nodes;
  std::vector<double> weights;  ///< 0: drawn already

  void add(int64_t node, double weight) {
    const auto next = static_cast<int64_t>(nodes.size());
    const int64_t label = labels.insert(node, next);
    if (label == next) {
      nodes.push_back(static_cast<Index>(node));
      weights.push_back(0);
    }
    weights[static_cast<size_t>(label)] += weight;
  }

  /// Up to `count` nodes without replacement in proportion to the squares of their weights: the least of numbers that
  /// are exponentially distributed with these rates (Efraimidis and Spirakis, IPL 97 (2006) 181).
  std::vector<Index> draw(int64_t count, RandomStream& stream) {
    std::vector<std::pair<double, size_t>> keys;
    for (size_t k = 0; k < nodes.size(); ++k) {
      if (weights[k] > 0) keys.emplace_back(-std::log1p(-stream.uniform()) / (weights[k] * weights[k]), k);
    }
    const auto taken = std::min<size_t>(keys.size(), static_cast<size_t>(std::max<int64_t>(count, 0)));
    std::partial_sort(keys.begin(), keys.begin() + static_cast<int64_t>(taken), keys.end());
    std::vector<Index> result;
    for (size_t k = 0; k < taken; ++k) {
      result.push_back(nodes[keys[k].second]);
      weights[keys[k].second] = 0;
    }
    return result;
  }
};

template <typename Index>
class HgtSampler {
 public:
  explicit HgtSampler(const HeteroProblem<Index>& problem)
      : problem_(problem), generator_(problem.seed), sets_(input_sets(problem, true)), budgets_(sets_.size()) {}

  HeteroSample<Index> run(const std::vector<std::vector<int64_t>>& counts) {
    std::vector<std::vector<Index>> added(sets_.size());
    for (size_t type = 0; type < sets_.size(); ++type) added[type] = sets_[type].nodes;
    for (int64_t hop = 0; hop < problem_.num_hops; ++hop) {
      for (const Relation<Index>& relation : problem_.relations) {
        add_budget(relation, added[static_cast<size_t>(relation.target)]);
      }
      for (size_t type = 0; type < sets_.size(); ++type) {
        RandomStream stream(generator_, next_stream_++);
        added[type] = budgets_[type].draw(counts[type][static_cast<size_t>(hop)], stream);
        for (const Index v : added[type]) {
          sets_[type].labels.insert(v, static_cast<int64_t>(sets_[type].nodes.size()));
          sets_[type].nodes.push_back(v);
        }
      }
    }
    std::vector<EdgeLists<Index>> edges;
    for (const Relation<Index>& relation : problem_.relations) edges.push_back(edges_among(relation));
    return result_of(std::move(sets_), std::move(edges));
  }

 private:
  /// Positions of the entries of a target, in order, or of hgt_most_neighbors of them.
  std::span<const Index> entries_of(CsrRow row) {
    entries_.resize(static_cast<size_t>(std::min(row.size(), hgt_most_neighbors)));
    if (row.size() > hgt_most_neighbors) {
      RandomStream stream(generator_, next_stream_++);
      subsets_.draw(row.size(), hgt_most_neighbors, row.begin, stream, entries_.data());
    } else {
      std::iota(entries_.begin(), entries_.end(), static_cast<Index>(row.begin));
    }
    return entries_;
  }

  void add_budget(const Relation<Index>& relation, std::span<const Index> targets) {
    const auto source = static_cast<size_t>(relation.source);
    for (const Index target : targets) {
      const std::span<const Index> entries = entries_of(relation.graph.row(target));
      for (const Index e : entries) {
        const int64_t v = relation.graph.column(e);
        if (sets_[source].labels.find(v) < 0) budgets_[source].add(v, 1.0 / static_cast<double>(entries.size()));
      }
    }
  }

  EdgeLists<Index> edges_among(const Relation<Index>& relation) {
    EdgeLists<Index> lists;
    const NodeLabels<Index>& sources = sets_[static_cast<size_t>(relation.source)].labels;
    const std::vector<Index>& targets = sets_[static_cast<size_t>(relation.target)].nodes;
    for (size_t i = 0; i < targets.size(); ++i) {
      for (const Index e : entries_of(relation.graph.row(targets[i]))) {
        const int64_t label = sources.find(relation.graph.column(e));
        if (label < 0) continue;
        lists.rows.push_back(static_cast<Index>(label));
        lists.cols.push_back(static_cast<Index>(i));
        lists.edges.push_back(e);
      }
    }
    return lists;
  }

  const HeteroProblem<Index>& problem_;
  Philox generator_;
  uint64_t next_stream_ = 0;
  std::vector<NodeSet<Index>> sets_;
  std::vector<Budget<Index>> budgets_;
  SubsetSampler subsets_;
  std::vector<Index> entries_;
};

}  // namespace

template <typename Index>
HeteroSample<Index> hgt_sample(const HeteroProblem<Index>& problem, const std::vector<std::vector<int64_t>>& counts) {
  return HgtSampler<Index>(problem).run(counts);
}

template HeteroSample<int32_t> hetero_neighbor_sample(const HeteroProblem<int32_t>&, bool, bool, const ParallelFor&);
template HeteroSample<int64_t> hetero_neighbor_sample(const HeteroProblem<int64_t>&, bool, bool, const ParallelFor&);
template HeteroSample<int32_t> hgt_sample(const HeteroProblem<int32_t>&, const std::vector<std::vector<int64_t>>&);
template HeteroSample<int64_t> hgt_sample(const HeteroProblem<int64_t>&, const std::vector<std::vector<int64_t>>&);

}  // namespace spinel::kernels
