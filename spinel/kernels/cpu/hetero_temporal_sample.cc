#include <cstddef>
#include <numeric>
#include <unordered_map>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/hetero_sample.h"
#include "spinel/kernels/cpu/subset_sampler.h"

namespace spinel::kernels {
namespace {

/// A node in the tree of an input; inputs of all types are numbered together.
struct TreeNode {
  int64_t node, root;
  bool operator==(const TreeNode&) const = default;
};

struct TreeNodeHash {
  size_t operator()(const TreeNode& key) const {
    const uint64_t mixed = static_cast<uint64_t>(key.node) * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(key.root);
    return static_cast<size_t>((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9u);
  }
};

/// Nodes of one type by discovery.
struct TreeNodes {
  std::vector<TreeNode> nodes;
  std::unordered_map<TreeNode, int64_t, TreeNodeHash> places;

  int64_t insert(const TreeNode& node) {
    const auto [found, is_new] = places.emplace(node, static_cast<int64_t>(nodes.size()));
    if (is_new) nodes.push_back(node);
    return found->second;
  }
};

template <typename Index>
class TemporalSampler {
 public:
  TemporalSampler(const HeteroProblem<Index>& problem, const NodeTimes& times, bool replace)
      : problem_(problem), times_(times), replace_(replace), generator_(problem.seed), trees_(problem.inputs.size()) {}

  HeteroSample<Index> run() {
    plant();
    std::vector<EdgeLists<Index>> edges(problem_.relations.size());
    std::vector<size_t> first(trees_.size()), last(trees_.size());
    for (int64_t hop = 0; hop < problem_.num_hops; ++hop) {
      for (size_t type = 0; type < trees_.size(); ++type) last[type] = trees_[type].nodes.size();
      for (size_t r = 0; r < problem_.relations.size(); ++r) {
        const Relation<Index>& relation = problem_.relations[r];
        const auto target = static_cast<size_t>(relation.target);
        for (size_t i = first[target]; i < last[target]; ++i) {
          grow(relation, i, relation.counts[static_cast<size_t>(hop)], edges[r]);
        }
      }
      first = last;
    }
    HeteroSample<Index> result{{}, std::move(edges)};
    for (const TreeNodes& tree : trees_) {
      std::vector<Index>& nodes = result.nodes.emplace_back();
      for (const TreeNode& node : tree.nodes) nodes.push_back(static_cast<Index>(node.node));
    }
    return result;
  }

 private:
  const char* op() const {
    return problem_.relations.empty() ? "temporal sampling" : problem_.relations[0].graph.names.op;
  }

  int64_t time_of(size_t type, int64_t node) const {
    const std::span<const int64_t> times = *times_[type];
    require(node < static_cast<int64_t>(times.size()), "{}: node_time has {} times of a type that has the node {}",
            op(), times.size(), node);
    return times[static_cast<size_t>(node)];
  }

  void plant() {
    for (size_t type = 0; type < trees_.size(); ++type) {
      for (const Index node : problem_.inputs[type]) {
        require(node >= 0, "{}: an input node is {}; nodes are not negative", op(), node);
        require(times_[type].has_value(), "{}: an input node of a type without times; the roots of trees need one",
                op());
        root_times_.push_back(time_of(type, node));
        trees_[type].insert({node, static_cast<int64_t>(root_times_.size()) - 1});
      }
    }
  }

  /// Draws edges to target i of the relation among those whose sources are early enough.
  void grow(const Relation<Index>& relation, size_t i, int64_t count, EdgeLists<Index>& edges) {
    const auto source = static_cast<size_t>(relation.source), target = static_cast<size_t>(relation.target);
    // A copy: sources may be of the same type and their list grows.
    const TreeNode tree = trees_[target].nodes[i];
    require(tree.node < relation.graph.num_rows, "{}: an input node is {} but there are {} nodes", op(), tree.node,
            relation.graph.num_rows);
    const CsrRow row = relation.graph.row(tree.node);
    const int64_t root_time = root_times_[static_cast<size_t>(tree.root)];
    allowed_.clear();
    for (int64_t e = row.begin; e < row.end; ++e) {
      const int64_t v = relation.graph.column(e);
      if (!times_[source] || time_of(source, v) <= root_time) allowed_.push_back(static_cast<Index>(e));
    }
    for (const Index e : drawn(count)) {
      const int64_t place = trees_[source].insert({relation.graph.column(e), tree.root});
      edges.rows.push_back(static_cast<Index>(place));
      edges.cols.push_back(static_cast<Index>(i));
      edges.edges.push_back(e);
    }
  }

  std::span<const Index> drawn(int64_t count) {
    const auto all = static_cast<int64_t>(allowed_.size());
    if (count < 0 || all == 0 || (!replace_ && count >= all)) return allowed_;
    drawn_.resize(static_cast<size_t>(count));
    RandomStream stream(generator_, next_stream_++);
    if (replace_) {
      for (Index& e : drawn_) e = allowed_[static_cast<size_t>(stream.below(all))];
    } else {
      subsets_.draw(all, count, 0, stream, drawn_.data());
      for (Index& e : drawn_) e = allowed_[static_cast<size_t>(e)];
    }
    return drawn_;
  }

  const HeteroProblem<Index>& problem_;
  const NodeTimes& times_;
  const bool replace_;
  Philox generator_;
  uint64_t next_stream_ = 0;
  std::vector<TreeNodes> trees_;
  std::vector<int64_t> root_times_;
  std::vector<Index> allowed_, drawn_;
  SubsetSampler subsets_;
};

}  // namespace

template <typename Index>
HeteroSample<Index> hetero_temporal_neighbor_sample(const HeteroProblem<Index>& problem, const NodeTimes& times,
                                                    bool replace) {
  return TemporalSampler<Index>(problem, times, replace).run();
}

template HeteroSample<int32_t> hetero_temporal_neighbor_sample(const HeteroProblem<int32_t>&, const NodeTimes&, bool);
template HeteroSample<int64_t> hetero_temporal_neighbor_sample(const HeteroProblem<int64_t>&, const NodeTimes&, bool);

}  // namespace spinel::kernels
