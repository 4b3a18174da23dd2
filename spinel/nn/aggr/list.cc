#include <algorithm>

#include "spinel/base/suggest.h"
#include "spinel/nn/aggr/basic.h"
#include "spinel/nn/aggr/components.h"
#include "spinel/nn/aggr/multi.h"
#include "spinel/nn/resolve.h"

namespace spinel::nn {

const AggregationList& aggregation_list() {
  static const AggregationList list = [] {
    AggregationComponents all = basic_aggregation_components();
    for (auto* part :
         {&weighted_aggregation_components, &network_aggregation_components, &combined_aggregation_components}) {
      for (auto& component : (*part)()) all.push_back(std::move(component));
    }
    return AggregationList("aggregation", std::move(all));
  }();
  return list;
}

namespace {

/// `{name: {arguments}}` or a name, with more arguments.
std::unique_ptr<Aggregation> make_single(const Config& aggr, const Config& kwargs, const std::string& owner) {
  const NamedArguments call = named_arguments(aggr);
  const AggregationList& list = aggregation_list();
  const std::string wanted = call.name == "add" ? "sum" : call.name;
  const std::string known = resolve_name(wanted, list.names(), "Aggregation");
  if (known.empty()) {
    std::vector<std::string> names{"add"};
    for (std::string one : list.names()) {
      if (one.ends_with("Aggregation")) one.resize(one.size() - std::string_view("Aggregation").size());
      std::transform(one.begin(), one.end(), one.begin(), [](unsigned char c) { return std::tolower(c); });
      names.push_back(std::move(one));
    }
    fail(ErrorKind::not_found, "{}: there is no aggregation '{}'{}", owner, call.name, suggestion(call.name, names));
  }
  Config arguments = call.arguments.is_map() ? call.arguments : Config::map();
  if (!kwargs.is_null()) {
    for (const auto& [key, value] : kwargs.as_map()) arguments.set(key, value);
  }
  return list.at(known).make(arguments);
}

}  // namespace

std::unique_ptr<Aggregation> make_aggregation(const Config& aggr, const Config& kwargs, const std::string& owner) {
  if (aggr.is_null()) return nullptr;
  if (!aggr.is_list()) return make_single(aggr, kwargs, owner);
  Config arguments = kwargs.is_null() ? Config::map() : kwargs;
  arguments.set("aggrs", aggr);
  return aggregation_list().at("MultiAggregation").make(arguments);
}

}  // namespace spinel::nn
