#include "spinel/nn/aggr/aggregation.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::nn {

using graph::Groups;

at::Tensor Aggregation::forward(const at::Tensor& x, const at::Tensor& index, const at::Tensor& ptr,
                                std::optional<int64_t> dim_size, int64_t dim, std::optional<int64_t> max_num_elements) {
  const std::string owner = name();
  require(dim >= -x.dim() && dim < x.dim(), "{}: dim is {} but x has {} dimensions", owner, dim, x.dim());
  require(!needs().index || index.defined() || !ptr.defined(),
          "{}: no index is given; pointers alone are not enough for it", owner);
  if (ptr.defined()) {
    const Groups groups = Groups::from_ptr(ptr, owner + ": ptr");
    require(!dim_size || *dim_size == groups.size(), "{}: dim_size is {} but ptr has {} groups", owner,
            dim_size.value_or(0), groups.size());
    return forward(x, groups, dim, max_num_elements);
  }
  const Groups groups =
      index.defined() ? Groups::from_index(index, dim_size, owner + ": index")
      : dim_size.value_or(1) == 1
          ? Groups::single(x.size(dim), x.device())
          : Groups::from_index(at::zeros({x.size(dim)}, x.options().dtype(at::kLong)), dim_size, owner + ": dim_size");
  return forward(x, groups, dim, max_num_elements);
}

at::Tensor Aggregation::forward_groups(const at::Tensor& x, const Groups& groups, int64_t dim,
                                       std::optional<int64_t> max_num_elements) {
  const std::string owner = name();
  require(dim >= -x.dim() && dim < x.dim(), "{}: dim is {} but x has {} dimensions", owner, dim, x.dim());
  const int64_t wrapped = dim < 0 ? dim + x.dim() : dim;
  require(x.size(wrapped) == groups.num_elements(), "{}: x has {} elements along dim {} but {} have a group", owner,
          x.size(wrapped), dim, groups.num_elements());
  if (needs().dense_batch) {
    require(x.dim() == 2, "{}: x has {} dimensions; 2 are needed, [elements, features]", owner, x.dim());
    require(wrapped == 0, "{}: dim is {}; elements must lie along the first dimension", owner, dim);
    require(groups.is_sorted(), "{}: the index does not rise; sort the elements by their groups", owner);
    require(!max_num_elements || *max_num_elements >= 0, "{}: max_num_elements is {}; it must not be negative", owner,
            max_num_elements.value_or(0));
  }
  return aggregate(x, groups, wrapped, max_num_elements);
}

ValueList Aggregation::call(const CallArguments& arguments) {
  using Forward = at::Tensor (Aggregation::*)(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                              std::optional<int64_t>, int64_t, std::optional<int64_t>);
  return call_forward(*this, static_cast<Forward>(&Aggregation::forward),
                      {{"x"},
                       {"index", Config()},
                       {"ptr", Config()},
                       {"dim_size", Config()},
                       {"dim", -2},
                       {"max_num_elements", Config()}},
                      arguments);
}

}  // namespace spinel::nn
