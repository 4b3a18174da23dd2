#include "spinel/nn/conv/hetero_conv.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/conv/message_passing_base.h"

namespace spinel::nn {
namespace {

/// The reference's key of a child that an edge type names.
std::string child_key(const EdgeType& type) {
  std::string key = "<" + type.source + "___" + type.relation + "___" + type.target + ">";
  std::replace(key.begin(), key.end(), '.', '#');
  return key;
}

HeteroConv::Convs made_convs(const Config& convs) {
  HeteroConv::Convs made;
  for (const auto& [key, conv] : convs.as_map()) {
    made.emplace_back(graph::parse_edge_type(key, "HeteroConv: convs"), make_conv(conv));
  }
  return made;
}

std::optional<std::string> aggr_name(const Config& aggr) {
  return aggr.is_null() ? std::nullopt : std::optional(aggr.as_string());
}

const Value* find(const ValueDict& dict, const std::string& key) {
  for (const auto& [name, value] : dict) {
    if (name == key) return &value;
  }
  return nullptr;
}

/// What a dictionary holds for the convolution of an edge type; absent where it holds nothing.
std::optional<Value> argument_of(const ValueDict& dict, const EdgeType& type, bool& is_of_edges) {
  if (const Value* of_edges = find(dict, type.key())) {
    is_of_edges = true;
    return *of_edges;
  }
  const Value *source = find(dict, type.source), *target = find(dict, type.target);
  if (!source && !target) return std::nullopt;
  if (type.source == type.target) return *source;
  const Value none, &first = source ? *source : none, &second = target ? *target : none;
  const auto is_tensor = [](const Value& value) { return value.is_none() || value.tensor(); };
  if (!is_tensor(first) || !is_tensor(second)) return Value(ValueList{first, second});
  const auto tensor = [](const Value& value) { return value.is_none() ? at::Tensor() : *value.tensor(); };
  return Value(Features(tensor(first), tensor(second)));
}

ValueDict dictionary(const Value& value, const std::string& what) {
  ValueDict dict;
  read_value(value, dict, "HeteroConv: " + what);
  return dict;
}

}  // namespace

OptionTable<HeteroConvOptions> HeteroConv::options() {
  using Options = HeteroConvOptions;
  OptionTable<Options> table("HeteroConv");
  table.add("convs", &Options::convs, "{source__relation__target: convolution}").required();
  table.add("aggr", &Options::aggr, "sum, mean, min, max or cat of the results of a node type; null: side by side");
  return table;
}

HeteroConv::HeteroConv(const HeteroConvOptions& options)
    : HeteroConv(made_convs(options.convs), aggr_name(options.aggr)) {}

HeteroConv::HeteroConv(Convs convs, std::optional<std::string> aggr) : convs_(std::move(convs)), aggr_(aggr) {
  const std::vector<std::string> known = {"sum", "mean", "min", "max", "cat"};
  require(!aggr_ || std::find(known.begin(), known.end(), *aggr_) != known.end(), "HeteroConv: aggr is '{}'{}",
          aggr_.value_or(""), suggestion(aggr_.value_or(""), known));
  std::vector<std::string> never_updated;
  EdgeDict<bool> seen;
  for (const auto& [type, conv] : convs_) {
    require(conv != nullptr, "HeteroConv: the convolution of {} is None; one is needed", type.text());
    require(!seen.find(type), "HeteroConv: {} has two convolutions; one is needed", type.text());
    seen.set(type, true);
    const auto* passing = dynamic_cast<const MessagePassingBase*>(conv.get());
    require(
        type.source == type.target || !passing || !passing->adds_self_loops(),
        "HeteroConv: add_self_loops is true for {} of {}, which leads to incorrect message passing between two node "
        "types; false is needed",
        conv->name(), type.text());
    const bool is_target =
        std::any_of(convs_.begin(), convs_.end(), [&](const auto& other) { return other.first.target == type.source; });
    if (!is_target && std::find(never_updated.begin(), never_updated.end(), type.source) == never_updated.end()) {
      never_updated.push_back(type.source);
    }
    add_child("convs." + child_key(type), *conv);
  }
  if (!never_updated.empty()) {
    log_warning("HeteroConv: no edges end at the node types {}; their features will not be updated",
                first_few(never_updated));
  }
}

CallableModule& HeteroConv::at(const EdgeType& type) const {
  std::vector<std::string> keys;
  for (const auto& [known, conv] : convs_) {
    if (known == type) return *conv;
    keys.push_back(known.key());
  }
  fail(ErrorKind::not_found, "HeteroConv: there is no convolution of {}{}", type.text(), suggestion(type.key(), keys));
}

at::Tensor HeteroConv::combined(const std::vector<at::Tensor>& results) const {
  if (!aggr_) return at::stack(results, 1);
  if (results.size() == 1) return results[0];
  if (*aggr_ == "cat") return at::cat(results, -1);
  for (const at::Tensor& result : results) {
    require(result.sizes() == results[0].sizes(),
            "HeteroConv: results of one node type have the sizes [{}] and [{}]; they must be the same but for aggr cat",
            join_text(results[0].sizes(), ", "), join_text(result.sizes(), ", "));
  }
  const at::Tensor stacked = at::stack(results);
  if (*aggr_ == "sum") return stacked.sum(0);
  if (*aggr_ == "mean") return stacked.mean(0);
  return std::get<0>(*aggr_ == "min" ? stacked.min(0) : stacked.max(0));
}

NamedTensors HeteroConv::run(const CallArguments& arguments) {
  std::vector<ValueDict> positional;
  std::vector<std::pair<std::string, ValueDict>> named;
  for (const Value& value : arguments.positional) {
    positional.push_back(dictionary(value, format("argument {}", positional.size())));
  }
  for (const auto& [keyword, value] : arguments.named) {
    require(keyword.ends_with("_dict"), "HeteroConv: there is an argument '{}'; names must end in '_dict'", keyword);
    named.emplace_back(keyword.substr(0, keyword.size() - 5), dictionary(value, keyword));
  }
  std::vector<std::pair<std::string, std::vector<at::Tensor>>> results;
  for (const auto& [type, conv] : convs_) {
    bool has_edges = false;
    CallArguments of_type;
    for (const ValueDict& dict : positional) {
      if (auto value = argument_of(dict, type, has_edges)) of_type.positional.push_back(std::move(*value));
    }
    for (const auto& [keyword, dict] : named) {
      if (auto value = argument_of(dict, type, has_edges)) of_type.named.emplace_back(keyword, std::move(*value));
    }
    if (!has_edges) continue;
    const ValueList values = conv->call(of_type);
    require(values.size() == 1 && values[0].tensor(), "HeteroConv: {} of {} gives {} results; one tensor is needed",
            conv->name(), type.text(), values.size());
    auto found = std::find_if(results.begin(), results.end(),
                              [&target = type.target](const auto& one) { return one.first == target; });
    if (found == results.end()) found = results.insert(found, {type.target, {}});
    found->second.push_back(*values[0].tensor());
  }
  NamedTensors out;
  for (const auto& [type, list] : results) out.set(type, combined(list));
  return out;
}

NamedTensors HeteroConv::forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict) {
  ValueDict edges;
  for (const auto& [type, adjacency] : edge_index_dict) edges.emplace_back(type.key(), adjacency);
  return run({{Value(x_dict), Value(std::move(edges))}, {}});
}

ValueList HeteroConv::call(const CallArguments& arguments) {
  ValueList values;
  values.emplace_back(run(arguments));
  return values;
}

std::string HeteroConv::to_string() const { return format("HeteroConv(num_relations={})", convs_.size()); }

}  // namespace spinel::nn
