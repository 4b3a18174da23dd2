#include "spinel/graph/reduce.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/operators.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::graph {
namespace {

using sparse::Reduce;

at::Tensor segment(const at::Tensor& src, const Groups& groups, Reduce reduce) {
  return sparse::op::segment_reduce(src, groups.ptr(), groups.perm(), reduce);
}

/// The elements in order of groups.
at::Tensor in_order(const at::Tensor& src, const Groups& groups) {
  const at::Tensor perm = groups.perm();
  return perm.defined() ? src.index_select(0, perm) : src;
}

/// Products by halves: elements of a group are multiplied in pairs until one is left. Unlike quotients of the product
/// this has derivatives of every order at zeros too.
at::Tensor multiply(const at::Tensor& src, const Groups& groups) {
  at::Tensor x = in_order(src, groups);
  at::Tensor ptr = groups.ptr();
  at::Tensor count = groups.count();
  int64_t longest = groups.max_count();
  const auto ones = [&](int64_t rows) {
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes[0] = rows;
    return at::ones(sizes, x.options());
  };
  for (; longest > 1; longest = (longest + 1) / 2) {
    const at::Tensor half = at::floor_divide(count + 1, 2);
    const at::Tensor new_ptr = at::cat({at::zeros({1}, ptr.options()), half.cumsum(0)});
    const int64_t rows = new_ptr[-1].item<int64_t>();
    const at::Tensor group = sparse::op::ptr2ind(new_ptr, rows);
    const at::Tensor rank = at::arange(rows, ptr.options()) - new_ptr.index_select(0, group);
    const at::Tensor left = ptr.index_select(0, group) + 2 * rank;
    // The last of an odd number meets a one, which stands behind all elements.
    const at::Tensor alone = 2 * rank + 1 >= count.index_select(0, group);
    const at::Tensor right = at::where(alone, at::full_like(left, x.size(0)), left + 1);
    x = x.index_select(0, left) * at::cat({x, ones(1)}).index_select(0, right);
    ptr = new_ptr;
    count = half;
  }
  // Groups of one element, and of none, which take the one at the end.
  const at::Tensor first = at::where(count > 0, ptr.narrow(0, 0, groups.size()), at::full_like(count, x.size(0)));
  return at::cat({x, ones(1)}).index_select(0, first);
}

at::Tensor integer_mean(const at::Tensor& src, const Groups& groups) {
  const at::Tensor sum = segment(src, groups, Reduce::sum);
  std::vector<int64_t> sizes(static_cast<size_t>(src.dim()), 1);
  sizes[0] = groups.size();
  return sum / groups.count().clamp_min(1).view(sizes);
}

/// min and max of numbers without derivatives.
at::Tensor extreme(const at::Tensor& src, const Groups& groups, bool max) {
  if (!src.is_floating_point()) return segment(src, groups, max ? Reduce::max : Reduce::min);
  return max ? op::segment_amax(src, groups) : op::segment_amin(src, groups);
}

at::Tensor reduce_first(const at::Tensor& src, const Groups& groups, GroupReduce reduce) {
  switch (reduce) {
    case GroupReduce::sum: return segment(src, groups, Reduce::sum);
    case GroupReduce::mean:
      return src.is_floating_point() ? segment(src, groups, Reduce::mean) : integer_mean(src, groups);
    case GroupReduce::min: return extreme(src, groups, false);
    case GroupReduce::max: return extreme(src, groups, true);
    case GroupReduce::mul: return multiply(src, groups);
    case GroupReduce::any: break;
  }
  return segment(src.ne(0).to(at::kByte), groups, Reduce::max).to(at::kBool);
}

/// Calls `function` on `src` with `dim` in front.
template <typename F>
at::Tensor along_first(const at::Tensor& src, int64_t dim, F&& function) {
  const int64_t wrapped = sparse::wrapped_dim(dim, src.dim(), "dim");
  if (wrapped == 0) return function(src);
  return function(src.movedim(wrapped, 0)).movedim(0, wrapped);
}

}  // namespace

GroupReduce parse_group_reduce(std::string_view name, std::string_view owner) {
  if (name == "sum" || name == "add") return GroupReduce::sum;
  if (name == "mean") return GroupReduce::mean;
  if (name == "min" || name == "amin") return GroupReduce::min;
  if (name == "max" || name == "amax") return GroupReduce::max;
  if (name == "mul") return GroupReduce::mul;
  if (name == "any") return GroupReduce::any;
  fail(ErrorKind::invalid_argument, "{}: there is no reduction '{}'{}", owner, name,
       suggestion(name, {"sum", "add", "mean", "min", "max", "mul", "any"}));
}

at::Tensor reduce_groups(const at::Tensor& src, const Groups& groups, GroupReduce reduce, int64_t dim) {
  const at::Tensor numbers = src.scalar_type() == at::kBool ? src.to(at::kLong) : src;
  return along_first(numbers, dim, [&](const at::Tensor& x) {
    require(x.size(0) == groups.num_elements(), "groups: {} elements are given along dim {} but {} have a group",
            x.size(0), dim, groups.num_elements());
    return reduce_first(x, groups, reduce);
  });
}

at::Tensor spread_groups(const at::Tensor& src, const Groups& groups, int64_t dim) {
  return along_first(src, dim, [&](const at::Tensor& x) {
    require(x.size(0) == groups.size(), "groups: {} rows are given along dim {} but there are {} groups", x.size(0),
            dim, groups.size());
    return op::gather(x, groups);
  });
}

}  // namespace spinel::graph
