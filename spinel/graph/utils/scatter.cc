#include "spinel/graph/utils/scatter.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/operators.h"
#include "spinel/graph/reduce.h"

namespace spinel::graph {
namespace {

void require_same_length(const at::Tensor& src, const at::Tensor& index, const char* owner) {
  require(src.dim() == 1 && index.dim() == 1 && src.numel() == index.numel(),
          "{}: src has the sizes [{}] and index [{}]; both must be of one dimension and length", owner,
          join_text(src.sizes(), ", "), join_text(index.sizes(), ", "));
}

}  // namespace

at::Tensor scatter(const at::Tensor& src, const at::Tensor& index, int64_t dim, std::optional<int64_t> dim_size,
                   std::string_view reduce) {
  require(dim >= -src.dim() && dim < src.dim(), "scatter: dim is {} but src has {} dimensions", dim, src.dim());
  const GroupReduce parsed = parse_group_reduce(reduce, "scatter");
  const Groups groups = Groups::from_index(index, dim_size, "scatter: index");
  require(src.size(dim) == groups.num_elements(), "scatter: src has {} elements along dim {} but index has {}",
          src.size(dim), dim, groups.num_elements());
  return reduce_groups(src, groups, parsed, dim);
}

at::Tensor segment(const at::Tensor& src, const at::Tensor& ptr, std::string_view reduce) {
  require(src.dim() > 0, "segment: src is a number; elements along its first dimension are needed");
  const GroupReduce parsed = parse_group_reduce(reduce, "segment");
  const Groups groups = Groups::from_ptr(ptr, "segment: ptr");
  require(src.size(0) == groups.num_elements(), "segment: src has {} rows but ptr ends with {}", src.size(0),
          groups.num_elements());
  return reduce_groups(src, groups, parsed, 0);
}

at::Tensor scatter_argmax(const at::Tensor& src, const at::Tensor& index, std::optional<int64_t> dim_size) {
  require_same_length(src, index, "scatter_argmax");
  const Groups groups = Groups::from_index(index, dim_size, "scatter_argmax: index");
  return op::segment_argmax(src.detach(), groups);
}

at::Tensor group_argsort(const at::Tensor& src, const at::Tensor& index, std::optional<int64_t> num_groups,
                         bool descending, bool return_consecutive, bool stable) {
  require_same_length(src, index, "group_argsort");
  const Groups groups = Groups::from_index(index, num_groups, "group_argsort: index");
  // By value, then stably by group: exact for all values, where offsets that keep groups apart would round them.
  const at::Tensor by_value = src.detach().argsort(stable, 0, descending);
  const Groups sorted = Groups::from_index(groups.index().index_select(0, by_value), groups.size());
  const at::Tensor order = sorted.perm().defined() ? by_value.index_select(0, sorted.perm()) : by_value;
  const at::Tensor place = at::empty_like(order).scatter_(0, order, at::arange(order.numel(), order.options()));
  if (return_consecutive) return place;
  return place - groups.ptr().index_select(0, groups.index());
}

GroupCat group_cat(const std::vector<at::Tensor>& tensors, const std::vector<at::Tensor>& indices, int64_t dim) {
  require(!tensors.empty() && tensors.size() == indices.size(),
          "group_cat: {} tensors and {} indices are given; as many of both are needed", tensors.size(), indices.size());
  const at::Tensor all = at::cat(indices);
  const Groups groups = Groups::from_index(all, {}, "group_cat: index");
  const at::Tensor joined = at::cat(tensors, dim);
  require(joined.size(dim) == all.numel(), "group_cat: the tensors have {} elements along dim {} but the indices {}",
          joined.size(dim), dim, all.numel());
  const at::Tensor perm = groups.perm();
  if (!perm.defined()) return {joined, groups.index()};
  return {joined.index_select(dim, perm), groups.index().index_select(0, perm)};
}

}  // namespace spinel::graph
