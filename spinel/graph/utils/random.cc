#include "spinel/graph/utils/random.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/utils/nodes.h"

namespace spinel::graph {
namespace {

/// The pairs that may be sampled, numbered from 0 to population - 1.
class PairSpace {
 public:
  enum class Kind { bipartite, directed, undirected };

  PairSpace(Kind kind, int64_t sources, int64_t targets) : kind_(kind), sources_(sources), targets_(targets) {
    require(sources >= 0 && targets >= 0, "negative_sampling: num_nodes is [{}, {}]; they must not be negative",
            sources, targets);
    require(targets == 0 || sources <= std::numeric_limits<int64_t>::max() / targets,
            "negative_sampling: {} times {} pairs are more than an int64 counts", sources, targets);
  }

  int64_t population() const {
    const int64_t all = sources_ * targets_;
    if (kind_ == Kind::bipartite) return all;
    return kind_ == Kind::directed ? all - sources_ : (all - sources_) / 2;
  }

  /// Of edges that are such pairs (no loops, of undirected ones row < column) their numbers.
  at::Tensor numbers(const at::Tensor& edges) const {
    at::Tensor row = edges[0], col = edges[1];
    if (kind_ == Kind::bipartite) return row * targets_ + col;
    const at::Tensor kept = mask_to_index(kind_ == Kind::directed ? row.ne(col) : row.lt(col));
    row = row.index_select(0, kept), col = col.index_select(0, kept);
    if (kind_ == Kind::directed) return row * (targets_ - 1) + col - row.lt(col).to(at::kLong);
    return row_begin(row) + col - row - 1;
  }

  at::Tensor pairs(const at::Tensor& numbers) const {
    if (kind_ == Kind::bipartite) {
      return at::stack({at::floor_divide(numbers, std::max<int64_t>(targets_, 1)),
                        numbers.remainder(std::max<int64_t>(targets_, 1))});
    }
    if (kind_ == Kind::directed) {
      const int64_t others = std::max<int64_t>(targets_ - 1, 1);
      const at::Tensor row = at::floor_divide(numbers, others), col = numbers.remainder(others);
      return at::stack({row, col + row.le(col).to(at::kLong)});
    }
    const at::Tensor begins = row_begin(at::arange(sources_, numbers.options()));
    const at::Tensor row = at::searchsorted(begins, numbers, false, /*right=*/true) - 1;
    const at::Tensor col = numbers - begins.index_select(0, row) + row + 1;
    return at::stack({at::cat({row, col}), at::cat({col, row})});
  }

 private:
  /// The number of the pair (row, row + 1): those of the rows before are n − 1, n − 2, …
  at::Tensor row_begin(const at::Tensor& row) const {
    return row * (sources_ - 1) - at::floor_divide(row * (row - 1), 2);
  }

  Kind kind_;
  int64_t sources_, targets_;
};

/// At most `count` distinct numbers below `population`, in random order.
at::Tensor draw_distinct(int64_t population, int64_t count, const std::optional<at::Generator>& generator,
                         const at::TensorOptions& options) {
  if (count >= population) return at::randperm(population, generator, options);
  at::Tensor drawn = at::randint(0, population, {count}, generator, options);
  drawn = std::get<0>(at::_unique2(drawn));
  return drawn.index_select(0, at::randperm(drawn.numel(), generator, options));
}

/// Numbers that are none of `taken` (sorted or not), at most `count`.
at::Tensor draw_free(const at::Tensor& taken, int64_t population, int64_t count, bool dense,
                     const std::optional<at::Generator>& generator) {
  const at::Tensor known = std::get<0>(at::_unique2(taken));
  const int64_t free = population - known.numel();
  if (count <= 0 || free <= 0) return at::empty({0}, taken.options());
  if (dense || count >= free / 2) {
    // A table of all numbers, where as many as half of the free ones are wanted, or the caller allows it.
    const at::Tensor is_free = at::ones({population}, taken.options().dtype(at::kBool)).index_fill_(0, known, 0);
    const at::Tensor all = mask_to_index(is_free);
    const at::Tensor order = at::randperm(all.numel(), generator, taken.options());
    return all.index_select(0, order.narrow(0, 0, std::min(count, all.numel())));
  }
  at::Tensor found = at::empty({0}, taken.options());
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts && found.numel() < count; ++attempt) {
    const double share = static_cast<double>(free) / static_cast<double>(population);
    const auto drawn_count = static_cast<int64_t>(1.1 * static_cast<double>(count - found.numel()) / share) + 8;
    const at::Tensor drawn = draw_distinct(population, drawn_count, generator, taken.options());
    const at::Tensor is_new = at::isin(drawn, at::cat({known, found})).logical_not();
    found = at::cat({found, drawn.index_select(0, mask_to_index(is_new))});
  }
  return found.narrow(0, 0, std::min(count, found.numel()));
}

}  // namespace

at::Tensor negative_sampling(const at::Tensor& edge_index, const NegativeSamplingOptions& options) {
  const at::Tensor edges = checked_edge_index(edge_index, "negative_sampling");
  std::array<int64_t, 2> size;
  if (options.num_nodes) size = *options.num_nodes;
  else if (options.is_bipartite) size = {num_nodes_of(edges[0]), num_nodes_of(edges[1])};
  else size = {num_nodes_of(edges), num_nodes_of(edges)};
  require(options.is_bipartite || size[0] == size[1],
          "negative_sampling: num_nodes is [{}, {}]; without is_bipartite both must be equal", size[0], size[1]);
  const bool undirected = options.force_undirected && !options.is_bipartite;
  const PairSpace space(options.is_bipartite ? PairSpace::Kind::bipartite
                        : undirected         ? PairSpace::Kind::undirected
                                             : PairSpace::Kind::directed,
                        size[0], size[1]);
  for (int64_t k = 0; k < 2; ++k) {
    require(num_nodes_of(edges[k]) <= size[static_cast<size_t>(k)],
            "negative_sampling: edge_index needs {} nodes but num_nodes is {}", num_nodes_of(edges[k]),
            size[static_cast<size_t>(k)]);
  }
  int64_t count = options.num_neg_samples.value_or(edges.size(1));
  require(count >= 0, "negative_sampling: num_neg_samples is {}; it must not be negative", count);
  if (undirected) count /= 2;
  const at::Tensor found = draw_free(space.numbers(edges), space.population(), count, options.dense, options.generator);
  return space.pairs(found);
}

at::Tensor batched_negative_sampling(const at::Tensor& edge_index, const std::array<at::Tensor, 2>& batch,
                                     const NegativeSamplingOptions& options) {
  const char* const owner = "batched_negative_sampling";
  const at::Tensor edges = checked_edge_index(edge_index, owner);
  const Groups source = Groups::from_index(batch[0], {}, "batched_negative_sampling: batch");
  const Groups target =
      options.is_bipartite ? Groups::from_index(batch[1], source.size(), "batched_negative_sampling: batch") : source;
  require(source.is_sorted() && target.is_sorted(),
          "{}: batch does not rise; the nodes of each graph must follow each other", owner);
  require(num_nodes_of(edges[0]) <= source.num_elements() && num_nodes_of(edges[1]) <= target.num_elements(),
          "{}: edge_index needs {} nodes; batch has fewer", owner, num_nodes_of(edges));
  const Groups by_graph = Groups::from_index(source.index().index_select(0, edges[0]), source.size());
  const at::Tensor order = by_graph.perm().defined() ? edges.index_select(1, by_graph.perm()) : edges;
  std::vector<at::Tensor> all{at::empty({2, 0}, edges.options())};
  const at::Tensor ptr = by_graph.ptr().cpu(), source_ptr = source.ptr().cpu(), target_ptr = target.ptr().cpu();
  const int64_t *e = ptr.const_data_ptr<int64_t>(), *s = source_ptr.const_data_ptr<int64_t>(),
                *t = target_ptr.const_data_ptr<int64_t>();
  for (int64_t g = 0; g < source.size(); ++g) {
    const at::Tensor first = at::tensor({s[g], t[g]}, edges.options()).unsqueeze(1);
    NegativeSamplingOptions own = options;
    own.num_nodes = {s[g + 1] - s[g], t[g + 1] - t[g]};
    const at::Tensor inside = order.narrow(1, e[g], e[g + 1] - e[g]) - first;
    require(inside.numel() == 0 || inside.min().item<int64_t>() >= 0,
            "{}: an edge joins two graphs; each must lie in one", owner);
    all.push_back(negative_sampling(inside, own) + first);
  }
  return at::cat(all, 1);
}

DroppedEdges dropout_edge(const at::Tensor& edge_index, double p, bool force_undirected, bool training,
                          const std::optional<at::Generator>& generator) {
  require(p >= 0 && p <= 1, "dropout_edge: p is {}; it must lie in [0, 1]", p);
  const at::Tensor edges = checked_edge_index(edge_index, "dropout_edge");
  if (!training || p == 0) return {edges, at::arange(edges.size(1), edges.options())};
  const at::Tensor drawn = at::empty({edges.size(1)}, edges.options().dtype(at::kFloat)).uniform_(0, 1, generator);
  at::Tensor stays = drawn.ge(p);
  if (force_undirected) stays = stays.logical_and(edges[0].le(edges[1]));
  const at::Tensor id = mask_to_index(stays);
  const at::Tensor kept = edges.index_select(1, id);
  if (!force_undirected) return {kept, id};
  return {at::cat({kept, kept.flip(0)}, 1), at::cat({id, id})};
}

}  // namespace spinel::graph
