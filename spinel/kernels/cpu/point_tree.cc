#include "spinel/kernels/cpu/point_tree.h"

#include <algorithm>
#include <numeric>

namespace spinel::kernels {
namespace {

/// Points of a leaf: as many as are looked at sooner than a further cut is followed.
constexpr int32_t leaf_size = 16;

}  // namespace

void NearestHeap::offer(double distance, int64_t index) {
  if (capacity_ <= 0 || !(distance < limit_)) return;
  const std::pair<double, int64_t> candidate(distance, index);
  if (is_full()) {
    if (!(candidate < found_.front())) return;
    std::pop_heap(found_.begin(), found_.end());
    found_.back() = candidate;
  } else {
    found_.push_back(candidate);
  }
  std::push_heap(found_.begin(), found_.end());
}

const std::vector<std::pair<double, int64_t>>& NearestHeap::sorted() {
  std::sort_heap(found_.begin(), found_.end());
  return found_;
}

struct PointTree::Search {
  const double* query;
  int64_t skip;
  NearestHeap& heap;
  std::vector<double> side;  ///< squared distance of the query to the node's box along each axis, as far as it is known
};

PointTree::PointTree(const double* points, int64_t n, int64_t dim) : dim_(dim), index_(static_cast<size_t>(n)) {
  std::iota(index_.begin(), index_.end(), 0);
  nodes_.reserve(static_cast<size_t>(4 * n / leaf_size + 1));
  build(points, 0, static_cast<int32_t>(n));
  coordinates_.resize(static_cast<size_t>(n * dim));
  for (int64_t d = 0; d < dim; ++d) {
    for (int64_t p = 0; p < n; ++p) coordinates_[static_cast<size_t>(d * n + p)] = points[index_[p] * dim + d];
  }
}

int32_t PointTree::widest_axis(const double* points, int32_t begin, int32_t end) const {
  double widest = 0;
  int32_t axis = -1;
  for (int64_t d = 0; d < dim_; ++d) {
    double least = points[index_[begin] * dim_ + d], greatest = least;
    for (int32_t p = begin + 1; p < end; ++p) {
      const double value = points[index_[p] * dim_ + d];
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    if (greatest - least > widest) widest = greatest - least, axis = static_cast<int32_t>(d);
  }
  return axis;
}

int32_t PointTree::build(const double* points, int32_t begin, int32_t end) {
  const auto number = static_cast<int32_t>(nodes_.size());
  nodes_.push_back({.begin = begin, .end = end});
  // Points that are all the same cannot be cut.
  const int32_t axis = end - begin > leaf_size ? widest_axis(points, begin, end) : -1;
  if (axis < 0) return number;
  const int32_t middle = begin + (end - begin) / 2;
  const auto at = [&](int32_t point) { return points[point * dim_ + axis]; };
  std::nth_element(index_.begin() + begin, index_.begin() + middle, index_.begin() + end,
                   [&](int32_t a, int32_t b) { return at(a) < at(b); });
  Node node = nodes_[static_cast<size_t>(number)];
  node.axis = axis;
  node.right_min = at(index_[middle]);
  node.left_max = at(index_[begin]);
  for (int32_t p = begin + 1; p < middle; ++p) node.left_max = std::max(node.left_max, at(index_[p]));
  node.left = build(points, begin, middle);
  node.right = build(points, middle, end);
  nodes_[static_cast<size_t>(number)] = node;
  return number;
}

void PointTree::scan(const Node& leaf, Search& search) const {
  const int32_t count = leaf.end - leaf.begin;
  for (int32_t first = 0; first < count; first += leaf_size) {
    const int32_t some = std::min(leaf_size, count - first);
    double distance[leaf_size] = {};
    for (int64_t d = 0; d < dim_; ++d) {
      const double* const along = coordinates_.data() + d * size() + leaf.begin + first;
      const double own = search.query[d];
      for (int32_t p = 0; p < some; ++p) distance[p] += (along[p] - own) * (along[p] - own);
    }
    for (int32_t p = 0; p < some; ++p) {
      if (distance[p] > search.heap.bound()) continue;
      const int64_t index = index_[static_cast<size_t>(leaf.begin + first + p)];
      if (index != search.skip) search.heap.offer(distance[p], index);
    }
  }
}

void PointTree::visit(int32_t number, double bound, Search& search) const {
  const Node& node = nodes_[static_cast<size_t>(number)];
  if (node.axis < 0) {
    scan(node, search);
    return;
  }
  const double own = search.query[node.axis];
  const bool left_first = own - node.left_max < node.right_min - own;
  visit(left_first ? node.left : node.right, bound, search);
  double& side = search.side[static_cast<size_t>(node.axis)];
  const double gap = std::max(0.0, left_first ? node.right_min - own : own - node.left_max);
  const double before = side, other = bound - before + gap * gap;
  // Sums of squares are rounded in another order than distances are.
  if (other * (1 - 1e-12) > search.heap.bound()) return;
  side = gap * gap;
  visit(left_first ? node.right : node.left, other, search);
  side = before;
}

void PointTree::search(const double* query, int64_t skip, NearestHeap& heap) const {
  if (size() == 0) return;
  Search search{query, skip, heap, std::vector<double>(static_cast<size_t>(dim_), 0.0)};
  visit(0, 0, search);
}

}  // namespace spinel::kernels
