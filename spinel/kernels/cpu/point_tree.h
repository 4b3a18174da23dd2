// A k-d tree over points of any dimension, for searches of their nearest ones.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace spinel::kernels {

/// The nearest points that a search has found so far: at most `capacity`, nearer than `limit`.
class NearestHeap {
 public:
  /// limit: squared; points at it or beyond are left out.
  NearestHeap(int64_t capacity, double limit) : capacity_(capacity), limit_(limit) {}

  void clear() { found_.clear(); }
  /// A point at this squared distance or beyond is not taken, but that equal ones with a smaller index are.
  double bound() const { return is_full() ? found_.front().first : limit_; }
  void offer(double distance, int64_t index);
  /// (squared distance, index), nearest first, equal ones by index; nothing may be offered any more.
  const std::vector<std::pair<double, int64_t>>& sorted();

 private:
  bool is_full() const { return static_cast<int64_t>(found_.size()) >= capacity_; }

  int64_t capacity_;
  double limit_;
  std::vector<std::pair<double, int64_t>> found_;  ///< a heap, the farthest first
};

/// Cut at the median of the widest coordinate until few points are left, so that its depth is bounded whatever the
/// points are. Squared distances are summed in double in order of coordinates: the same for every tree.
class PointTree {
 public:
  /// points [n, dim], row-major and finite. n < 2^31, dim ≥ 1.
  PointTree(const double* points, int64_t n, int64_t dim);

  int64_t size() const { return static_cast<int64_t>(index_.size()); }
  /// Offers all points that may belong into `heap`, but the one with the index `skip`. query [dim].
  void search(const double* query, int64_t skip, NearestHeap& heap) const;

 private:
  struct Node {
    int32_t axis = -1;                   ///< -1: a leaf
    int32_t begin = 0, end = 0;          ///< of a leaf: its points
    int32_t left = 0, right = 0;         ///< of others: nodes
    double left_max = 0, right_min = 0;  ///< along the axis
  };
  struct Search;
  int32_t build(const double* points, int32_t begin, int32_t end);
  int32_t widest_axis(const double* points, int32_t begin, int32_t end) const;
  void visit(int32_t node, double bound, Search& search) const;
  void scan(const Node& leaf, Search& search) const;

  int64_t dim_;
  std::vector<int32_t> index_;       ///< of the points in order of leaves
  std::vector<double> coordinates_;  ///< [dim, n] in that order: leaves are read along one coordinate after another
  std::vector<Node> nodes_;
};

}  // namespace spinel::kernels
