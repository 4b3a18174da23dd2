// The parts of the list of aggregations, and how their arguments are read.
#pragma once

#include <memory>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"

namespace spinel::nn {

using AggregationComponent = Component<std::unique_ptr<Aggregation>(const Config&)>;
using AggregationComponents = std::vector<AggregationComponent>;

/// Sum … Std, VariancePreserving, Median, Quantile, Sort.
AggregationComponents basic_aggregation_components();
/// Softmax, PowerMean, Attentional, DeepSets.
AggregationComponents weighted_aggregation_components();
/// LSTM, GRU, Set2Set, LCM, MLP, SetTransformer, GraphMultisetTransformer, PatchTransformer, Equilibrium.
AggregationComponents network_aggregation_components();
/// Multi, DegreeScaler.
AggregationComponents combined_aggregation_components();

/// One value or a list of them, as a list.
Config::List as_items(const Config& value);

}  // namespace spinel::nn
