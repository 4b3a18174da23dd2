#include "spinel/base/options.h"
#include "spinel/nn/layer_components.h"
#include "spinel/nn/norm/batch_norm.h"
#include "spinel/nn/norm/diff_group_norm.h"
#include "spinel/nn/norm/graph_norm.h"
#include "spinel/nn/norm/instance_norm.h"
#include "spinel/nn/norm/layer_norm.h"
#include "spinel/nn/resolve.h"

namespace spinel::nn {
namespace {

constexpr const char* width_text = "width of the rows";
constexpr const char* eps_text = "added to what is divided by";
constexpr const char* momentum_text = "share of a batch in the running statistics";
constexpr const char* affine_text = "whether a weight and a bias a channel follow";
constexpr const char* running_text = "whether evaluation uses the statistics of training";

OptionTable<BatchNormOptions> batch_norm_table(const char* width_name) {
  OptionTable<BatchNormOptions> table("BatchNorm");
  table.add(width_name, &BatchNormOptions::in_channels, width_text).required();
  table.add("eps", &BatchNormOptions::eps, eps_text);
  table.add("momentum", &BatchNormOptions::momentum, "share of a batch in the running statistics; null: their mean");
  table.add("affine", &BatchNormOptions::affine, affine_text);
  table.add("track_running_stats", &BatchNormOptions::track_running_stats, running_text);
  table.add("allow_single_element", &BatchNormOptions::allow_single_element,
            "one row is normalised by the running statistics");
  return table;
}

OptionTable<InstanceNormOptions> instance_norm_table() {
  OptionTable<InstanceNormOptions> table("InstanceNorm");
  table.add("in_channels", &InstanceNormOptions::in_channels, width_text).required();
  table.add("eps", &InstanceNormOptions::eps, eps_text);
  table.add("momentum", &InstanceNormOptions::momentum, momentum_text);
  table.add("affine", &InstanceNormOptions::affine, affine_text);
  table.add("track_running_stats", &InstanceNormOptions::track_running_stats, running_text);
  return table;
}

OptionTable<LayerNormOptions> layer_norm_table() {
  OptionTable<LayerNormOptions> table("LayerNorm");
  table.add("in_channels", &LayerNormOptions::in_channels, width_text).required();
  table.add("eps", &LayerNormOptions::eps, eps_text);
  table.add("affine", &LayerNormOptions::affine, affine_text);
  table.add("mode", &LayerNormOptions::mode, "statistics of a whole graph or of each node").choices({"graph", "node"});
  return table;
}

struct GraphNormArguments {
  int64_t in_channels = 0;
  double eps = 1e-5;
};

OptionTable<GraphNormArguments> graph_norm_table() {
  OptionTable<GraphNormArguments> table("GraphNorm");
  table.add("in_channels", &GraphNormArguments::in_channels, width_text).required();
  table.add("eps", &GraphNormArguments::eps, eps_text);
  return table;
}

OptionTable<PairNormOptions> pair_norm_table() {
  OptionTable<PairNormOptions> table("PairNorm");
  table.add("scale", &PairNormOptions::scale, "length that rows get");
  table.add("scale_individually", &PairNormOptions::scale_individually, "each row by its own length");
  table.add("eps", &PairNormOptions::eps, eps_text);
  return table;
}

OptionTable<DiffGroupNormOptions> diff_group_norm_table() {
  OptionTable<DiffGroupNormOptions> table("DiffGroupNorm");
  table.add("in_channels", &DiffGroupNormOptions::in_channels, width_text).required();
  table.add("groups", &DiffGroupNormOptions::groups, "number of soft groups").required();
  table.add("lamda", &DiffGroupNormOptions::lamda, "weight of the normalised groups");
  table.add("eps", &DiffGroupNormOptions::eps, eps_text);
  table.add("momentum", &DiffGroupNormOptions::momentum, momentum_text);
  table.add("affine", &DiffGroupNormOptions::affine, affine_text);
  table.add("track_running_stats", &DiffGroupNormOptions::track_running_stats, running_text);
  return table;
}

struct NoNormArguments {};

using NormComponent = Component<std::unique_ptr<Norm>(const Config&)>;

template <typename M, typename Options>
NormComponent of_options(const OptionTable<Options>& table, std::string summary) {
  return {table.component(), std::move(summary), table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Norm> {
            return std::make_unique<M>(table.parse(arguments));
          }};
}

template <typename M>
NormComponent without_options(const char* name, std::string summary) {
  return {name, std::move(summary), {}, [table = OptionTable<NoNormArguments>(name)](const Config& arguments) {
            table.parse(arguments);
            return std::unique_ptr<Norm>(std::make_unique<M>());
          }};
}

}  // namespace

ValueList Norm::call(const CallArguments& arguments) {
  using Forward = at::Tensor (Norm::*)(const at::Tensor&, const at::Tensor&, std::optional<int64_t>);
  return call_forward(*this, static_cast<Forward>(&Norm::forward),
                      {{"x"}, {"batch", Config()}, {"batch_size", Config()}}, arguments);
}

const NormList& norm_list() {
  static const NormList list(
      "norm", {of_options<BatchNorm>(batch_norm_table("in_channels"), "channels by the statistics of the batch"),
               of_options<InstanceNorm>(instance_norm_table(), "channels of each graph by their own statistics"),
               of_options<LayerNorm>(layer_norm_table(), "graphs or nodes by their own statistics"),
               {"GraphNorm", "channels of each graph, with a learnt share of the mean", graph_norm_table().docs(),
                [](const Config& arguments) -> std::unique_ptr<Norm> {
                  const GraphNormArguments a = graph_norm_table().parse(arguments);
                  return std::make_unique<GraphNorm>(a.in_channels, a.eps);
                }},
               without_options<GraphSizeNorm>("GraphSizeNorm", "rows by the root of their graph's number of nodes"),
               of_options<PairNorm>(pair_norm_table(), "centred rows by their mean length"),
               without_options<MeanSubtractionNorm>("MeanSubtractionNorm", "rows without their graph's mean"),
               of_options<DiffGroupNorm>(diff_group_norm_table(), "soft groups of nodes, each by its statistics")});
  return list;
}

std::unique_ptr<Norm> make_norm(const Config& norm, int64_t in_channels, const Config& kwargs) {
  if (norm.is_null()) return nullptr;
  const NamedArguments call = named_arguments(norm);
  const std::string known = resolve_name(call.name, norm_list().names(), "Norm");
  const auto& component = norm_list().at(known.empty() ? call.name : known, call.where);
  Config arguments = call.arguments;
  if (!kwargs.is_null()) {
    for (const auto& [key, value] : kwargs.as_map()) arguments.set(key, value);
  }
  for (const OptionDoc& option : component.options) {
    if (option.name == "in_channels" && !arguments.contains("in_channels")) arguments.set("in_channels", in_channels);
  }
  return component.make(arguments);
}

LayerComponents norm_layer_components() {
  LayerComponents components;
  for (const NormComponent& norm : norm_list().all()) {
    components.push_back(
        {norm.name, norm.summary, norm.options,
         [make = norm.make](const Config& arguments) -> std::unique_ptr<Layer> { return make(arguments); }});
  }
  const OptionTable<BatchNormOptions> table = batch_norm_table("num_features");
  components.push_back({"BatchNorm1d", "channels by the statistics of the batch", table.docs(),
                        [table](const Config& arguments) -> std::unique_ptr<Layer> {
                          return std::make_unique<BatchNorm1d>(table.parse(arguments));
                        }});
  return components;
}

}  // namespace spinel::nn
