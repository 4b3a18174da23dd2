// Which group each element of a tensor belongs to: edges by their target node, nodes by their graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace spinel::graph {

/// Made once from an index or from pointers and then used by any number of reductions: what they need beside it (the
/// pointers of the elements in order, their permutation, sizes) is derived on demand and kept. Immutable; copies share
/// what is derived; several threads may use one. int64 on one device; int32 is taken and converted.
class Groups {
 public:
  /// No elements and no groups.
  Groups();
  /// index [E] integers: element e belongs to group index[e], in any order. One pass checks it: a negative number or
  /// one that `dim_size` (absent: the largest and one, 0 of none) does not cover is invalid_argument, which `owner`
  /// begins.
  static Groups from_index(const at::Tensor& index, std::optional<int64_t> dim_size = {},
                           std::string_view owner = "index");
  /// ptr [G + 1] integers: elements ptr[g], …, ptr[g + 1] - 1 are group g. Whether it rises from 0 to the number of
  /// elements is checked where it is used.
  static Groups from_ptr(const at::Tensor& ptr, std::string_view owner = "ptr");
  /// All `num_elements` are group 0.
  static Groups single(int64_t num_elements, at::Device device);

  /// G.
  int64_t size() const;
  /// E.
  int64_t num_elements() const;
  /// Whether the elements lie in order of groups; perm() is undefined then.
  bool is_sorted() const;
  /// [E] the group of each element.
  at::Tensor index() const;
  /// [G + 1] where each group begins among the elements in order.
  at::Tensor ptr() const;
  /// [E] the elements in order of groups, equal ones in order; undefined where they are so already.
  at::Tensor perm() const;
  /// [G] int64 elements of each group.
  at::Tensor count() const;
  /// The largest group's number of elements; 0 of none.
  int64_t max_count() const;

 private:
  struct State;
  explicit Groups(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace spinel::graph
