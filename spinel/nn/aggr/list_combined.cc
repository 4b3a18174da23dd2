#include "spinel/base/options.h"
#include "spinel/nn/aggr/components.h"
#include "spinel/nn/aggr/multi.h"
#include "spinel/nn/aggr/scaler.h"

namespace spinel::nn {
namespace {

struct MultiArguments {
  Config aggrs;
  Config aggrs_kwargs;
  std::string mode = "cat";
  Config mode_kwargs;
};

struct ModeArguments {
  Config in_channels;
  std::optional<int64_t> out_channels;
  int64_t num_heads = 1;
  double dropout = 0;
  bool bias = true;
};

MultiAggregationOptions mode_options(const MultiArguments& a) {
  OptionTable<ModeArguments> table("MultiAggregation: mode_kwargs");
  table.add("in_channels", &ModeArguments::in_channels, "width of each result, or a list");
  table.add("out_channels", &ModeArguments::out_channels, "width of the combination");
  table.add("num_heads", &ModeArguments::num_heads, "attention heads");
  table.add("dropout", &ModeArguments::dropout, "of the attention, in training");
  table.add("bias", &ModeArguments::bias, "whether the combination has a bias");
  const ModeArguments m = table.parse(a.mode_kwargs.is_null() ? Config::map() : a.mode_kwargs);
  MultiAggregationOptions options{a.mode, {}, m.out_channels.value_or(0), m.num_heads, m.dropout, m.bias};
  if (!m.in_channels.is_null()) {
    for (const Config& width : as_items(m.in_channels)) options.in_channels.push_back(width.as_int());
  }
  return options;
}

std::unique_ptr<Aggregation> make_multi(const MultiArguments& a) {
  const std::string owner = "MultiAggregation";
  require(a.aggrs.is_list(), "{}: aggrs is {}; a list is needed", owner, a.aggrs.type_name());
  const Config::List& names = a.aggrs.as_list();
  const size_t count = a.aggrs_kwargs.is_null() ? names.size() : a.aggrs_kwargs.as_list().size();
  require(count == names.size(), "{}: aggrs_kwargs has {} entries but there are {} aggregations", owner, count,
          names.size());
  std::vector<std::unique_ptr<Aggregation>> aggrs;
  for (size_t k = 0; k < names.size(); ++k) {
    aggrs.push_back(
        make_aggregation(names[k], a.aggrs_kwargs.is_null() ? Config() : a.aggrs_kwargs.as_list()[k], owner));
  }
  return std::make_unique<MultiAggregation>(std::move(aggrs), mode_options(a));
}

struct ScalerArguments {
  Config aggr;
  Config scaler;
  std::vector<int64_t> deg;
  bool train_norm = false;
  Config aggr_kwargs;
};

std::unique_ptr<Aggregation> make_scaler(const ScalerArguments& a) {
  DegreeScalerOptions options{{}, a.deg, a.train_norm};
  for (const Config& name : as_items(a.scaler)) options.scaler.push_back(name.as_string());
  // Of a list of aggregations the arguments are one map each.
  Config kwargs = a.aggr_kwargs;
  if (a.aggr.is_list() && !kwargs.is_null()) kwargs = Config::map({{"aggrs_kwargs", a.aggr_kwargs}});
  return std::make_unique<DegreeScalerAggregation>(make_aggregation(a.aggr, kwargs, "DegreeScalerAggregation"),
                                                   std::move(options));
}

}  // namespace

AggregationComponents combined_aggregation_components() {
  OptionTable<MultiArguments> multi("MultiAggregation");
  multi.add("aggrs", &MultiArguments::aggrs, "list of aggregations").required();
  multi.add("aggrs_kwargs", &MultiArguments::aggrs_kwargs, "arguments of each");
  multi.add("mode", &MultiArguments::mode, "how results are combined")
      .choices({"cat", "proj", "attn", "sum", "mean", "max", "min", "logsumexp", "std", "var"});
  multi.add("mode_kwargs", &MultiArguments::mode_kwargs, "in_channels, out_channels, num_heads, dropout, bias");
  OptionTable<ScalerArguments> scaler("DegreeScalerAggregation");
  scaler.add("aggr", &ScalerArguments::aggr, "aggregation, or a list").required();
  scaler
      .add("scaler", &ScalerArguments::scaler,
           "one or several of identity, amplification, attenuation, linear, inverse_linear")
      .required();
  scaler.add("deg", &ScalerArguments::deg, "histogram of degrees").required();
  scaler.add("train_norm", &ScalerArguments::train_norm, "average degrees are parameters");
  scaler.add("aggr_kwargs", &ScalerArguments::aggr_kwargs, "arguments of the aggregation, of a list one map each");
  return {{"MultiAggregation", "several aggregations side by side or combined", multi.docs(),
           [multi](const Config& arguments) { return make_multi(multi.parse(arguments)); }},
          {"DegreeScalerAggregation", "an aggregation times functions of the degree", scaler.docs(),
           [scaler](const Config& arguments) { return make_scaler(scaler.parse(arguments)); }}};
}

}  // namespace spinel::nn
