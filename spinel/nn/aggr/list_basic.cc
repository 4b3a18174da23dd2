#include "spinel/base/options.h"
#include "spinel/nn/aggr/basic.h"
#include "spinel/nn/aggr/components.h"
#include "spinel/nn/aggr/quantile.h"
#include "spinel/nn/aggr/sort.h"
#include "spinel/nn/aggr/weighted.h"

namespace spinel::nn {
namespace {

struct NoAggregationOptions {};

template <typename M>
AggregationComponent plain(const char* name, const char* summary) {
  return {name, summary, {}, [table = OptionTable<NoAggregationOptions>(name)](const Config& arguments) {
            table.parse(arguments);
            return std::unique_ptr<Aggregation>(std::make_unique<M>());
          }};
}

struct SemiGradOptions {
  bool semi_grad = false;
};

template <typename M>
AggregationComponent spread(const char* name, const char* summary) {
  OptionTable<SemiGradOptions> table(name);
  table.add("semi_grad", &SemiGradOptions::semi_grad, "no gradient through the mean of squares");
  return {name, summary, table.docs(), [table](const Config& arguments) {
            return std::unique_ptr<Aggregation>(std::make_unique<M>(table.parse(arguments).semi_grad));
          }};
}

struct QuantileArguments {
  Config q;
  std::string interpolation = "linear";
  double fill_value = 0;
};

AggregationComponent quantile_component() {
  OptionTable<QuantileArguments> table("QuantileAggregation");
  table.add("q", &QuantileArguments::q, "quantile in [0, 1], or a list").required();
  table.add("interpolation", &QuantileArguments::interpolation, "linear, lower, higher, nearest or midpoint");
  table.add("fill_value", &QuantileArguments::fill_value, "of a group without elements");
  return {table.component(), "quantiles of the elements", table.docs(), [table](const Config& arguments) {
            const QuantileArguments a = table.parse(arguments);
            QuantileAggregationOptions options{{}, a.interpolation, a.fill_value};
            for (const Config& q : as_items(a.q)) options.q.push_back(q.as_double());
            return std::unique_ptr<Aggregation>(std::make_unique<QuantileAggregation>(std::move(options)));
          }};
}

struct MedianOptions {
  double fill_value = 0;
};

AggregationComponent median_component() {
  OptionTable<MedianOptions> table("MedianAggregation");
  table.add("fill_value", &MedianOptions::fill_value, "of a group without elements");
  return {table.component(), "the lower median of the elements", table.docs(), [table](const Config& arguments) {
            return std::unique_ptr<Aggregation>(std::make_unique<MedianAggregation>(table.parse(arguments).fill_value));
          }};
}

struct SortOptions {
  int64_t k = 1;
};

AggregationComponent sort_component() {
  OptionTable<SortOptions> table("SortAggregation");
  table.add("k", &SortOptions::k, "elements of each group").required().range(1);
  return {table.component(), "the first elements by their last feature", table.docs(),
          [table](const Config& arguments) {
            return std::unique_ptr<Aggregation>(std::make_unique<SortAggregation>(table.parse(arguments).k));
          }};
}

}  // namespace

Config::List as_items(const Config& value) { return value.is_list() ? value.as_list() : Config::List{value}; }

AggregationComponents basic_aggregation_components() {
  return {
      plain<SumAggregation>("SumAggregation", "the sum of the elements"),
      plain<MeanAggregation>("MeanAggregation", "the mean of the elements"),
      plain<MaxAggregation>("MaxAggregation", "the largest element of each channel"),
      plain<MinAggregation>("MinAggregation", "the smallest element of each channel"),
      plain<MulAggregation>("MulAggregation", "the product of the elements"),
      spread<VarAggregation>("VarAggregation", "the variance of the elements"),
      spread<StdAggregation>("StdAggregation", "the standard deviation of the elements"),
      plain<VariancePreservingAggregation>("VariancePreservingAggregation", "the sum by the root of the count"),
      median_component(),
      quantile_component(),
      sort_component(),
  };
}

namespace {

struct NetworkArguments {
  Config first, second;
};

template <typename M>
AggregationComponent of_networks(const char* name, const char* summary, const char* first, const char* first_text,
                                 const char* second, const char* second_text) {
  OptionTable<NetworkArguments> table(name);
  table.add(first, &NetworkArguments::first, first_text);
  table.add(second, &NetworkArguments::second, second_text);
  return {name, summary, table.docs(), [table](const Config& arguments) {
            const NetworkArguments a = table.parse(arguments);
            return std::unique_ptr<Aggregation>(std::make_unique<M>(make_layer(a.first), make_layer(a.second)));
          }};
}

}  // namespace

AggregationComponents weighted_aggregation_components() {
  OptionTable<SoftmaxAggregationOptions> softmax("SoftmaxAggregation");
  softmax.add("t", &SoftmaxAggregationOptions::t, "inverse temperature");
  softmax.add("learn", &SoftmaxAggregationOptions::learn, "t is a parameter");
  softmax.add("semi_grad", &SoftmaxAggregationOptions::semi_grad, "no gradient through the weights");
  softmax.add("channels", &SoftmaxAggregationOptions::channels, "number of temperatures");
  OptionTable<PowerMeanAggregationOptions> power("PowerMeanAggregation");
  power.add("p", &PowerMeanAggregationOptions::p, "exponent");
  power.add("learn", &PowerMeanAggregationOptions::learn, "p is a parameter");
  power.add("channels", &PowerMeanAggregationOptions::channels, "number of exponents");
  return {
      {"SoftmaxAggregation", "elements by the softmax of themselves", softmax.docs(),
       [softmax](const Config& arguments) -> std::unique_ptr<Aggregation> {
         return std::make_unique<SoftmaxAggregation>(softmax.parse(arguments));
       }},
      {"PowerMeanAggregation", "the power mean of the elements", power.docs(),
       [power](const Config& arguments) -> std::unique_ptr<Aggregation> {
         return std::make_unique<PowerMeanAggregation>(power.parse(arguments));
       }},
      of_networks<AttentionalAggregation>("AttentionalAggregation", "elements by the softmax of a network's gate",
                                          "gate_nn", "network of the gate", "nn", "network of the elements"),
      of_networks<DeepSetsAggregation>("DeepSetsAggregation", "a network of the sum of a network", "local_nn",
                                       "network of the elements", "global_nn", "network of the sums"),
  };
}

}  // namespace spinel::nn
