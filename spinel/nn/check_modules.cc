#include <type_traits>

#include "spinel/base/options.h"
#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/aggr/attention_blocks.h"
#include "spinel/nn/check.h"
#include "spinel/nn/dense/hetero_linear.h"
#include "spinel/nn/norm/diff_group_norm.h"
#include "spinel/nn/norm/norm.h"

namespace spinel::nn {
namespace {

using golden::ModuleEntry;

ModuleEntry entry(const std::string& name, std::function<std::unique_ptr<CallableModule>(const Config&)> make) {
  return {"conv/" + name,
          [make = std::move(make)](const Config& args) { return golden::under_test(make(golden::native_form(args))); }};
}

int64_t integer(const Config& args, const char* name, int64_t otherwise) {
  const Config* value = args.find(name);
  return value ? value->as_int() : otherwise;
}
bool flag(const Config& args, const char* name, bool otherwise) {
  const Config* value = args.find(name);
  return value ? value->as_bool() : otherwise;
}

AttentionBlockOptions block_options(const Config& args) {
  return {args.at("channels").as_int(), integer(args, "heads", 1), flag(args, "layer_norm", true), 0};
}

std::unique_ptr<CallableModule> hetero_linear(const Config& args) {
  return std::make_unique<HeteroLinear>(
      args.at("in_channels").as_int(), args.at("out_channels").as_int(), args.at("num_types").as_int(),
      HeteroLinearOptions{.is_sorted = flag(args, "is_sorted", false), .bias = flag(args, "bias", true)});
}

std::unique_ptr<CallableModule> hetero_dict_linear(const Config& args) {
  const Config& in = args.at("in_channels");
  const LinearOptions options{.bias = flag(args, "bias", true)};
  const int64_t out = args.at("out_channels").as_int();
  if (!in.is_map()) {
    return std::make_unique<HeteroDictLinear>(in.as_int(), out, args.at("types").as_strings(), options);
  }
  std::vector<std::pair<std::string, int64_t>> widths;
  for (const auto& [type, width] : in.as_map()) widths.emplace_back(type, width.as_int());
  return std::make_unique<HeteroDictLinear>(std::move(widths), out, options);
}

}  // namespace

std::vector<golden::ModuleEntry> nn_golden_modules() {
  std::vector<ModuleEntry> entries;
  const auto add_all = [&](const auto& list) {
    for (const auto& component : list.all()) {
      entries.push_back(entry(component.name, [make = component.make](const Config& args) {
        return std::unique_ptr<CallableModule>(make(args));
      }));
    }
  };
  add_all(aggregation_list());
  add_all(norm_list());
  const auto of_layer = [&](const std::string& name, const std::string& layer) {
    entries.push_back(entry(name, [make = layer_list().at(layer).make](const Config& args) {
      return std::unique_ptr<CallableModule>(make(args));
    }));
  };
  of_layer("MLP", "MLP");
  of_layer("pyg.Linear", "Linear");
  entries.push_back(entry("HeteroLinear", hetero_linear));
  entries.push_back(entry("HeteroDictLinear", hetero_dict_linear));
  entries.push_back(entry("MessageNorm", [](const Config& args) {
    return std::make_unique<MessageNorm>(flag(args, "learn_scale", false));
  }));
  entries.push_back(entry("MultiheadAttentionBlock", [](const Config& args) {
    return std::make_unique<MultiheadAttentionBlock>(block_options(args));
  }));
  entries.push_back(entry("SetAttentionBlock",
                          [](const Config& args) { return std::make_unique<SetAttentionBlock>(block_options(args)); }));
  entries.push_back(entry("InducedSetAttentionBlock", [](const Config& args) {
    return std::make_unique<InducedSetAttentionBlock>(block_options(args), args.at("num_induced_points").as_int());
  }));
  entries.push_back(entry("PoolingByMultiheadAttention", [](const Config& args) {
    return std::make_unique<PoolingByMultiheadAttention>(block_options(args), integer(args, "num_seed_points", 1));
  }));
  return entries;
}

}  // namespace spinel::nn
