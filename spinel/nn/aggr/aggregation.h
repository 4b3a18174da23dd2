// Aggregations: from elements and their groups to one row a group.
#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

/// The base of all aggregations (torch_geometric.nn.aggr.Aggregation).
class Aggregation : public CallableModule {
 public:
  /// x […, E, …] with its elements along `dim` → […, G, …]. Groups by `ptr` [G + 1], else by `index` [E], else all
  /// elements are one. dim_size: G; absent: the largest index and one. max_num_elements: of each group those that
  /// aggregations on dense batches take; absent: the largest group's.
  ///
  /// A dim that x lacks, a dim_size other than ptr says or than index needs, an index out of range, and what the
  /// aggregation itself demands (an index, in order, two dimensions): invalid_argument.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& index = {}, const at::Tensor& ptr = {},
                     std::optional<int64_t> dim_size = {}, int64_t dim = -2,
                     std::optional<int64_t> max_num_elements = {});
  /// The same with groups that are made already: of one graph for all layers, of one call for several aggregations. A
  /// template, so that `{}` in the second place is an index that is not there.
  template <std::same_as<graph::Groups> G>
  at::Tensor forward(const at::Tensor& x, const G& groups, int64_t dim = -2,
                     std::optional<int64_t> max_num_elements = {}) {
    return forward_groups(x, groups, dim, max_num_elements);
  }

  ValueList call(const CallArguments& arguments) override;

  /// The reduction that this is and nothing besides, if it is one: products of sparse matrices do it without the
  /// elements.
  virtual std::optional<graph::GroupReduce> plain_reduce() const { return std::nullopt; }
  /// The width of the result for elements of this width.
  virtual int64_t out_channels(int64_t in_channels) const { return in_channels; }

 protected:
  /// What an aggregation asks of its input beside the common rules.
  struct Needs {
    bool index = false;        ///< groups by index: pointers alone are refused
    bool dense_batch = false;  ///< elements in order of groups, x [E, F], dim 0
  };
  virtual Needs needs() const { return {}; }
  /// `dim` counts from 0; x has groups.num_elements() along it.
  virtual at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                               std::optional<int64_t> max_num_elements) = 0;

 private:
  at::Tensor forward_groups(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                            std::optional<int64_t> max_num_elements);
};

using AggregationList = ComponentList<std::unique_ptr<Aggregation>(const Config& arguments)>;
/// Every aggregation under its class name: "SumAggregation".
const AggregationList& aggregation_list();

/// From a name (`mean`, `MeanAggregation`, `power_mean`: lower or upper case, underscores and the ending do not
/// matter; `add` is sum), from `{name: {arguments}}`, or from a list of these, which gives a MultiAggregation.
/// `kwargs`: more arguments of a single one, or those of MultiAggregation (mode, aggrs_kwargs, …) for a list. null
/// gives none. Unknown name: not_found with the nearest one; `owner` begins the message.
std::unique_ptr<Aggregation> make_aggregation(const Config& aggr, const Config& kwargs = Config(),
                                              const std::string& owner = "aggr");

}  // namespace spinel::nn
