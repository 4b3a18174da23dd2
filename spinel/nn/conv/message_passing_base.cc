#include "spinel/nn/conv/message_passing_base.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/nn/aggr/weighted.h"
#include "spinel/nn/conv/constant_product.h"
#include "spinel/nn/conv/edge_terms.h"
#include "spinel/nn/conv/lifted_argument.h"
#include "spinel/nn/conv/message_arguments.h"

namespace spinel::nn {
namespace {

std::vector<std::string_view> joined(std::initializer_list<std::span<const std::string_view>> lists) {
  std::vector<std::string_view> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

std::optional<sparse::Reduce> product_reduce(const Aggregation* aggr) {
  const std::optional<graph::GroupReduce> plain = aggr ? aggr->plain_reduce() : std::nullopt;
  if (plain == graph::GroupReduce::sum) return sparse::Reduce::sum;
  if (plain == graph::GroupReduce::mean) return sparse::Reduce::mean;
  if (plain == graph::GroupReduce::min) return sparse::Reduce::min;
  if (plain == graph::GroupReduce::max) return sparse::Reduce::max;
  return std::nullopt;
}

/// How messages are reduced without being stored, and whether the sum is a mean then.
std::optional<TermReduction> term_reduction(const Aggregation* aggr, bool& is_mean) {
  using graph::GroupReduce;
  const std::optional<GroupReduce> plain = aggr ? aggr->plain_reduce() : std::nullopt;
  is_mean = plain == GroupReduce::mean;
  if (is_mean || plain == GroupReduce::sum) return TermReduction{.kind = EdgeReduction::sum};
  if (plain == GroupReduce::min) return TermReduction{.kind = EdgeReduction::min};
  if (plain == GroupReduce::max) return TermReduction{.kind = EdgeReduction::max};
  const auto* softmax = dynamic_cast<const SoftmaxAggregation*>(aggr);
  if (!softmax || softmax->options().channels != 1) return std::nullopt;
  return TermReduction{.kind = EdgeReduction::softmax,
                       .scale = softmax->learnt_scale(),
                       .number = softmax->options().t,
                       .weights_constant = softmax->options().semi_grad};
}

bool needs_gradient(const at::Tensor& tensor) {
  return at::GradMode::is_enabled() && tensor.defined() && tensor.requires_grad();
}

}  // namespace

OptionTable<MessagePassingOptions> message_passing_options(const std::string& component,
                                                           const std::vector<std::string_view>& without) {
  using Options = MessagePassingOptions;
  const auto has = [&](std::string_view name) {
    return std::find(without.begin(), without.end(), name) == without.end();
  };
  OptionTable<Options> table(component);
  if (has("aggr")) table.add("aggr", &Options::aggr, "how messages are reduced; null: as the layer does");
  if (has("aggr_kwargs")) table.add("aggr_kwargs", &Options::aggr_kwargs, "arguments of the aggregation");
  if (has("flow")) {
    table.add("flow", &Options::flow, "which row of edge_index holds the targets")
        .choices({"source_to_target", "target_to_source"});
  }
  if (has("node_dim")) table.add("node_dim", &Options::node_dim, "the dimension of nodes in features");
  if (has("decomposed_layers")) {
    table.add("decomposed_layers", &Options::decomposed_layers, "parts that features are cut into, to need less memory")
        .range(1);
  }
  return table;
}

MessagePassingOptions with_node_dim(MessagePassingOptions options, int64_t node_dim) {
  options.node_dim = node_dim;
  return options;
}

MessagePassingBase::MessagePassingBase(const std::string& name, const Config& aggr,
                                       const MessagePassingOptions& options)
    : flow_(graph::parse_flow(options.flow, name)), node_dim_(options.node_dim) {
  const Config& chosen = options.aggr.is_null() ? aggr : options.aggr;
  aggr_text_ = chosen.is_string() ? chosen.as_string() : to_json(chosen, -1);
  aggr_module_ = make_aggregation(chosen, options.aggr_kwargs, name + ": aggr");
  if (aggr_module_) add_child("aggr_module", *aggr_module_);
  require(options.decomposed_layers >= 1, "{}: decomposed_layers is {}; it must be at least 1", name,
          options.decomposed_layers);
  decomposed_layers_ = options.decomposed_layers;
}

bool MessagePassingBase::is_observed() const {
  return explain_ || !(hooks_.propagate.empty() && hooks_.message.empty() && hooks_.aggregate.empty() &&
                       hooks_.message_and_aggregate.empty() && hooks_.edge_update.empty());
}

void MessagePassingBase::reset_parameters() { Module::reset_parameters(); }

void MessagePassingBase::set_decomposed_layers(int64_t layers) {
  require(layers >= 1, "{}: decomposed_layers is {}; it must be at least 1", name(), layers);
  require(!explain_ || layers == 1, "{}: decomposed_layers is {} while messages are explained; it must be 1", name(),
          layers);
  decomposed_layers_ = layers;
}

void MessagePassingBase::offer_switches(bool* add_self_loops, bool* root_weight) {
  add_self_loops_switch_ = add_self_loops;
  root_weight_switch_ = root_weight;
}

bool MessagePassingBase::set_add_self_loops(bool on) {
  if (add_self_loops_switch_) *add_self_loops_switch_ = on;
  return add_self_loops_switch_ != nullptr;
}

bool MessagePassingBase::set_root_weight(bool on) {
  if (root_weight_switch_) *root_weight_switch_ = on;
  return root_weight_switch_ != nullptr;
}

void MessagePassingBase::set_explain(bool on) {
  require(!on || decomposed_layers_ == 1, "{}: messages cannot be explained with {} decomposed layers; 1 is needed",
          name(), decomposed_layers_);
  explain_ = on;
}

void MessagePassingBase::set_edge_mask(at::Tensor edge_mask, at::Tensor loop_mask, bool apply_sigmoid) {
  edge_mask_ = std::move(edge_mask);
  loop_mask_ = std::move(loop_mask);
  apply_sigmoid_ = apply_sigmoid;
}

at::Tensor MessagePassingBase::explain_message(const at::Tensor& message, int64_t dim_size) {
  require(edge_mask_.defined(), "{}: there is no edge_mask; set it before messages are explained", name());
  const int64_t edges = message.size(node_dim_);
  at::Tensor mask = apply_sigmoid_ ? edge_mask_.sigmoid() : edge_mask_;
  if (mask.size(0) != edges) {
    if (loop_mask_.defined()) mask = mask.index({loop_mask_});
    // Loops that the layer has added stand at the end, one for each node.
    mask = at::cat({mask, at::ones({dim_size}, mask.options())});
  }
  require(mask.size(0) == edges, "{}: edge_mask covers {} edges but there are {} messages; it must have one for each",
          name(), mask.size(0), edges);
  std::vector<int64_t> shape(static_cast<size_t>(message.dim()), 1);
  shape.at(static_cast<size_t>(node_dim_ < 0 ? node_dim_ + message.dim() : node_dim_)) = edges;
  return message * mask.view(shape);
}

std::optional<at::Tensor> MessagePassingBase::reduce_product(const Message& message, const MessageEdges& edges) const {
  const std::optional<sparse::Reduce> reduce = product_reduce(aggr_module_.get());
  const std::optional<Message::Product> product = reduce ? message.product() : std::nullopt;
  if (!product || !product->x.nodes().is_floating_point()) return std::nullopt;
  const at::Tensor& x = product->x.nodes();
  const bool extreme = reduce == sparse::Reduce::min || reduce == sparse::Reduce::max;
  // Over an edge list the gradient of extremes is shared among equal messages, which products do not do.
  if (extreme && !edges.is_sparse() && (needs_gradient(x) || needs_gradient(product->weight))) return std::nullopt;
  if (x.dim() == 3 && product->x.dim() == 0 && !(product->weight.defined() && product->weight.dim() == 2)) {
    return edges.product(x.flatten(1), product->weight, *reduce).unflatten(1, {x.size(1), x.size(2)});
  }
  if (extreme && product->weight.defined() && product->weight.dim() == 2) return std::nullopt;
  return keeps_products_ ? constant_product(x, product->weight, edges, *reduce)
                         : edges.product(x, product->weight, *reduce);
}

bool MessagePassingBase::commutes_with_maps(const at::Tensor& x) const {
  const std::optional<sparse::Reduce> reduce = product_reduce(aggr_module_.get());
  const bool is_linear = reduce == sparse::Reduce::sum || reduce == sparse::Reduce::mean;
  return is_linear && x.dim() == 2 && may_bypass_messages();
}

bool MessagePassingBase::only_sums() const {
  return product_reduce(aggr_module_.get()) == sparse::Reduce::sum && may_bypass_messages();
}

bool MessagePassingBase::sums_first(const at::Tensor& x, const at::Tensor& weight, int64_t width) const {
  // One sum of x then stands for one of the mapped features and one of their gradients.
  return at::GradMode::is_enabled() && !needs_gradient(x) && !needs_gradient(weight) && commutes_with_maps(x) &&
         x.size(1) <= 2 * width;
}

std::optional<at::Tensor> MessagePassingBase::reduce_in_one_pass(const Message& message,
                                                                 const MessageEdges& edges) const {
  if (std::optional<at::Tensor> out = reduce_product(message, edges)) return out;
  bool is_mean = false;
  const std::optional<TermReduction> reduction = term_reduction(aggr_module_.get(), is_mean);
  const std::optional<EdgeTerms> terms = reduction ? message.terms() : std::nullopt;
  if (!terms || !is_one_pass(*terms)) return std::nullopt;
  if (terms->coefficient.defined() && reduction->kind != EdgeReduction::sum) return std::nullopt;
  const at::Tensor out =
      terms->coefficient.defined() ? sum_weighted_terms(*terms, edges) : reduce_terms(*terms, edges, *reduction);
  if (!is_mean) return out;
  std::vector<int64_t> shape(static_cast<size_t>(out.dim()), 1);
  shape[0] = out.size(0);
  return out / edges.groups(End::i).count().clamp_min(1).view(shape).to(out.scalar_type());
}

bool MessagePassingBase::may_fuse(const MessageFunctions& functions) const {
  return !functions.aggregate && !explain_ && hooks_.message.empty() && hooks_.aggregate.empty();
}

at::Tensor MessagePassingBase::reduce_messages(const Message& message, const MessageEdges& edges,
                                               const MessageFunctions& functions, MessageArguments arguments) {
  if (functions.aggregate) return functions.aggregate(*this, message, arguments);
  require(aggr_module_ != nullptr, "{}: it has no aggregation and no aggregate() of its own; one is needed", name());
  return aggr_module_->forward(message.tensor(), edges.groups(End::i), node_dim_);
}

at::Tensor MessagePassingBase::pass_messages(const PropagateCall& call, const MessageFunctions& functions) {
  const ArgumentCollector collector(
      call, joined({functions.message_names, functions.aggregate_names, functions.update_names}), flow_, node_dim_,
      name());
  const MessageEdges& edges = collector.edges();
  MessageArguments arguments = collector.arguments(functions.message_names);
  hooks_.message.before.run(*this, arguments);
  Message message = functions.message(*this, arguments);

  std::optional<at::Tensor> out;
  if (may_fuse(functions)) {
    if (edges.is_sparse()) hooks_.message_and_aggregate.before.run(*this, arguments);
    out = reduce_in_one_pass(message, edges);
    if (out && edges.is_sparse()) hooks_.message_and_aggregate.after.run(*this, arguments, *out);
  }
  if (!out) {
    if (!hooks_.message.after.empty()) {
      at::Tensor tensor = message.tensor();
      hooks_.message.after.run(*this, arguments, tensor);
      message = Message(tensor);
    }
    if (explain_) message = explain_message(message.tensor(), edges.size(End::i));
    MessageArguments of_aggregate = collector.arguments(functions.aggregate_names);
    if (!hooks_.aggregate.before.empty()) {
      of_aggregate.set("inputs", message.tensor());
      hooks_.aggregate.before.run(*this, of_aggregate);
      message = Message(of_aggregate.tensor("inputs"));
    }
    out = reduce_messages(message, edges, functions, of_aggregate);
    hooks_.aggregate.after.run(*this, of_aggregate, *out);
  }
  if (!functions.update) return *out;
  return functions.update(*this, *out, collector.arguments(functions.update_names));
}

at::Tensor MessagePassingBase::pass_in_parts(const PropagateCall& call, const MessageFunctions& functions) {
  std::vector<at::Tensor> results;
  for (int64_t part = 0; part < decomposed_layers_; ++part) {
    PropagateCall one = call;
    for (auto& [name, value] : one.inputs) {
      const std::string sent = name + "_j";
      const auto names = joined({functions.message_names, functions.aggregate_names, functions.update_names});
      if (std::find(names.begin(), names.end(), sent) == names.end()) continue;
      const auto chunk = [&](const at::Tensor& x) {
        if (!x.defined()) return x;
        const std::vector<at::Tensor> chunks = x.chunk(decomposed_layers_, -1);
        require(static_cast<int64_t>(chunks.size()) == decomposed_layers_,
                "{}: {} has {} features, which cannot be cut into {} decomposed layers", this->name(), name, x.size(-1),
                decomposed_layers_);
        return chunks[static_cast<size_t>(part)];
      };
      value =
          value.is_pair() ? Features(chunk(value.source()), chunk(value.target())) : Features(chunk(value.source()));
    }
    results.push_back(pass_messages(one, functions));
  }
  return at::cat(results, -1);
}

at::Tensor MessagePassingBase::run_propagate(PropagateCall call, const MessageFunctions& functions) {
  hooks_.propagate.before.run(*this, call);
  at::Tensor out = decomposed_layers_ > 1 ? pass_in_parts(call, functions) : pass_messages(call, functions);
  hooks_.propagate.after.run(*this, call, out);
  return out;
}

at::Tensor MessagePassingBase::run_edge_updater(PropagateCall call, const MessageFunctions& functions) {
  hooks_.edge_update.before.run(*this, call);
  const ArgumentCollector collector(call, functions.edge_update_names, flow_, node_dim_, name());
  at::Tensor out = functions.edge_update(*this, collector.arguments(functions.edge_update_names));
  hooks_.edge_update.after.run(*this, call, out);
  return out;
}

}  // namespace spinel::nn
