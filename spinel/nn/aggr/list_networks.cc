#include "spinel/base/options.h"
#include "spinel/nn/aggr/components.h"
#include "spinel/nn/aggr/equilibrium.h"
#include "spinel/nn/aggr/recurrent.h"
#include "spinel/nn/aggr/set_transformer.h"
#include "spinel/nn/aggr/sort.h"

namespace spinel::nn {
namespace {

constexpr const char* in_text = "width of the elements";
constexpr const char* out_text = "width of the result";

struct RecurrentArguments {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t processing_steps = 0;
  int64_t num_layers = 1;
  bool bias = true;
  double dropout = 0;
  bool bidirectional = false;
};

OptionTable<RecurrentArguments> recurrent_table(const char* name, bool is_set2set) {
  OptionTable<RecurrentArguments> table(name);
  table.add("in_channels", &RecurrentArguments::in_channels, in_text).required();
  if (is_set2set) table.add("processing_steps", &RecurrentArguments::processing_steps, "reads of the set").required();
  else table.add("out_channels", &RecurrentArguments::out_channels, out_text).required();
  table.add("num_layers", &RecurrentArguments::num_layers, "layers of the network");
  table.add("bias", &RecurrentArguments::bias, "whether gates have a bias");
  table.add("dropout", &RecurrentArguments::dropout, "between layers, in training");
  table.add("bidirectional", &RecurrentArguments::bidirectional, "a second network from the end to the start");
  return table;
}

template <typename M>
AggregationComponent recurrent(const char* name, const char* summary) {
  const OptionTable<RecurrentArguments> table = recurrent_table(name, std::is_same_v<M, Set2Set>);
  return {name, summary, table.docs(), [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            const RecurrentArguments a = table.parse(arguments);
            const int64_t second = std::is_same_v<M, Set2Set> ? a.processing_steps : a.out_channels;
            return std::make_unique<M>(a.in_channels, second,
                                       RecurrentOptions{a.num_layers, a.bias, a.dropout, a.bidirectional});
          }};
}

struct LCMArguments {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  bool project = true;
};

AggregationComponent lcm_component() {
  OptionTable<LCMArguments> table("LCMAggregation");
  table.add("in_channels", &LCMArguments::in_channels, in_text).required();
  table.add("out_channels", &LCMArguments::out_channels, out_text).required();
  table.add("project", &LCMArguments::project, "a linear layer before");
  return {table.component(), "pairs merged by a learnt monoid", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            const LCMArguments a = table.parse(arguments);
            return std::make_unique<LCMAggregation>(a.in_channels, a.out_channels, a.project);
          }};
}

struct MLPWidths {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t max_num_elements = 0;
};

AggregationComponent mlp_component() {
  OptionTable<MLPWidths> table("MLPAggregation");
  table.add("in_channels", &MLPWidths::in_channels, in_text).required();
  table.add("out_channels", &MLPWidths::out_channels, out_text).required();
  table.add("max_num_elements", &MLPWidths::max_num_elements, "elements of each group").required().range(1);
  return {table.component(), "a network of the elements side by side; further arguments are those of MLP", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            Config own = Config::map(), rest = Config::map();
            for (const auto& [key, value] : arguments.as_map()) {
              const bool is_own = key == "in_channels" || key == "out_channels" || key == "max_num_elements";
              (is_own ? own : rest).set(key, value);
            }
            const MLPWidths a = table.parse(own);
            rest.set("in_channels", a.in_channels);
            rest.set("out_channels", a.out_channels);
            return std::make_unique<MLPAggregation>(a.in_channels, a.out_channels, a.max_num_elements,
                                                    mlp_options(rest));
          }};
}

AggregationComponent set_transformer_component() {
  using O = SetTransformerOptions;
  OptionTable<O> table("SetTransformerAggregation");
  table.add("channels", &O::channels, in_text).required();
  table.add("num_seed_points", &O::num_seed_points, "seeds of the pooling");
  table.add("num_encoder_blocks", &O::num_encoder_blocks, "attention blocks before");
  table.add("num_decoder_blocks", &O::num_decoder_blocks, "attention blocks behind");
  table.add("heads", &O::heads, "attention heads");
  table.add("concat", &O::concat, "seeds side by side, else their mean");
  table.add("layer_norm", &O::layer_norm, "layer norms in the blocks");
  table.add("dropout", &O::dropout, "of the attention, in training");
  return {table.component(), "a set transformer", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            return std::make_unique<SetTransformerAggregation>(table.parse(arguments));
          }};
}

AggregationComponent multiset_component() {
  using O = GraphMultisetTransformerOptions;
  OptionTable<O> table("GraphMultisetTransformer");
  table.add("channels", &O::channels, in_text).required();
  table.add("k", &O::k, "seeds of the first pooling").required();
  table.add("num_encoder_blocks", &O::num_encoder_blocks, "attention blocks between");
  table.add("heads", &O::heads, "attention heads");
  table.add("layer_norm", &O::layer_norm, "layer norms in the blocks");
  table.add("dropout", &O::dropout, "of the attention, in training");
  return {table.component(), "two poolings by attention", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            return std::make_unique<GraphMultisetTransformer>(table.parse(arguments));
          }};
}

struct PatchArguments {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t patch_size = 1;
  int64_t hidden_channels = 0;
  int64_t num_transformer_blocks = 1;
  int64_t heads = 1;
  double dropout = 0;
  Config aggr = "mean";
};

AggregationComponent patch_component() {
  OptionTable<PatchArguments> table("PatchTransformerAggregation");
  table.add("in_channels", &PatchArguments::in_channels, in_text).required();
  table.add("out_channels", &PatchArguments::out_channels, out_text).required();
  table.add("patch_size", &PatchArguments::patch_size, "elements of a token").required();
  table.add("hidden_channels", &PatchArguments::hidden_channels, "width of a token").required();
  table.add("num_transformer_blocks", &PatchArguments::num_transformer_blocks, "attention blocks");
  table.add("heads", &PatchArguments::heads, "attention heads");
  table.add("dropout", &PatchArguments::dropout, "of the attention, in training");
  table.add("aggr", &PatchArguments::aggr, "one or several of sum, mean, min, max, var, std");
  return {table.component(), "a transformer of patches of elements", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            const PatchArguments a = table.parse(arguments);
            std::vector<std::string> reductions;
            for (const Config& name : as_items(a.aggr)) reductions.push_back(name.as_string());
            return std::make_unique<PatchTransformerAggregation>(
                PatchTransformerOptions{a.in_channels, a.out_channels, a.patch_size, a.hidden_channels,
                                        a.num_transformer_blocks, a.heads, a.dropout, std::move(reductions)});
          }};
}

AggregationComponent equilibrium_component() {
  using O = EquilibriumOptions;
  OptionTable<O> table("EquilibriumAggregation");
  table.add("in_channels", &O::in_channels, in_text).required();
  table.add("out_channels", &O::out_channels, out_text).required();
  table.add("num_layers", &O::num_layers, "hidden widths of the potential").required();
  table.add("grad_iter", &O::grad_iter, "steps of the descent");
  table.add("lamb", &O::lamb, "initial weight of the regularisation");
  return {table.component(), "the minimum of a learnt energy", table.docs(),
          [table](const Config& arguments) -> std::unique_ptr<Aggregation> {
            return std::make_unique<EquilibriumAggregation>(table.parse(arguments));
          }};
}

}  // namespace

AggregationComponents network_aggregation_components() {
  return {
      recurrent<LSTMAggregation>("LSTMAggregation", "the last output of an LSTM"),
      recurrent<GRUAggregation>("GRUAggregation", "the last output of a GRU"),
      recurrent<Set2Set>("Set2Set", "an LSTM that reads the set by attention"),
      lcm_component(),
      mlp_component(),
      set_transformer_component(),
      multiset_component(),
      patch_component(),
      equilibrium_component(),
  };
}

}  // namespace spinel::nn
