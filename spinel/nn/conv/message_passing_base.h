// What all message passing layers share: aggregation, flow, checks of edges and sizes, hooks, explanation masks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/options.h"
#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/call.h"
#include "spinel/nn/conv/message_hooks.h"

namespace spinel::nn {

/// The keyword arguments that every layer passes on to its base (the reference's **kwargs).
struct MessagePassingOptions {
  /// A name, a list of names, {name: arguments}, see make_aggregation(); null: the layer's own.
  Config aggr;
  Config aggr_kwargs;
  std::string flow = "source_to_target";
  int64_t node_dim = -2;          ///< the dimension of nodes in features and of edges in messages
  int64_t decomposed_layers = 1;  ///< runs that the feature dimension is cut into, to need less memory
};

/// Declares `aggr`, `aggr_kwargs`, `flow`, `node_dim` and `decomposed_layers` of `table`, but for the names that the
/// layer fixes or declares itself.
OptionTable<MessagePassingOptions> message_passing_options(const std::string& component,
                                                           const std::vector<std::string_view>& without = {});

/// For layers whose features always have their nodes in one dimension.
MessagePassingOptions with_node_dim(MessagePassingOptions options, int64_t node_dim);

/// How a layer's functions are called without knowing its class; made by MessagePassing<Conv>.
struct MessageFunctions {
  std::span<const std::string_view> message_names, aggregate_names, update_names, edge_update_names;
  Message (*message)(MessagePassingBase&, const MessageArguments&) = nullptr;
  at::Tensor (*aggregate)(MessagePassingBase&, const Message&, const MessageArguments&) = nullptr;
  at::Tensor (*update)(MessagePassingBase&, const at::Tensor&, const MessageArguments&) = nullptr;
  at::Tensor (*edge_update)(MessagePassingBase&, const MessageArguments&) = nullptr;
};

/// Not derived from directly: see MessagePassing<Conv>.
class MessagePassingBase : public CallableModule {
 public:
  const std::string& aggr_text() const { return aggr_text_; }
  Flow flow() const { return flow_; }
  int64_t node_dim() const { return node_dim_; }
  int64_t decomposed_layers() const { return decomposed_layers_; }
  /// At least 1, and 1 with explain: invalid_argument.
  void set_decomposed_layers(int64_t layers);

  MessageHooks& hooks() { return hooks_; }
  /// Null without aggregation.
  Aggregation* aggr_module() const { return aggr_module_.get(); }

  /// Multiplies each message by a number for its edge, to see which edges matter. edge_mask [E], through a sigmoid
  /// unless told not to; loops that the layer adds count as 1. loop_mask [E]: the edges that are no loops, for layers
  /// that take loops out first. explain without a mask: invalid_argument when messages are passed.
  void set_explain(bool on);
  bool explain() const { return explain_; }
  void set_edge_mask(at::Tensor edge_mask, at::Tensor loop_mask = {}, bool apply_sigmoid = true);

  /// Whether the layer adds loops, and whether nodes count for themselves, from now on; its parameters stay. For
  /// wrappers that bring their own. False where the layer has no such option.
  bool set_add_self_loops(bool on);
  bool set_root_weight(bool on);
  bool adds_self_loops() const { return add_self_loops_switch_ && *add_self_loops_switch_; }

  /// Whether hooks or an explanation look at messages, so that they must be made of the edges as they were given.
  bool is_observed() const;
  /// Whether a layer may make its result without messages, or of messages of another form: nothing looks at them and
  /// all features pass at once.
  bool may_bypass_messages() const { return decomposed_layers_ == 1 && !is_observed(); }

  void reset_parameters() override;

 protected:
  /// aggr: as make_aggregation() takes it; null: none, for a layer with an aggregate() of its own. Unknown names:
  /// invalid_argument that `name` begins.
  MessagePassingBase(const std::string& name, const Config& aggr, const MessagePassingOptions& options);

  /// Members of the layer that say so; null where it has no such option.
  void offer_switches(bool* add_self_loops, bool* root_weight = nullptr);

  /// For layers that neither hand out nor write to what propagate() returns: sums over neighbours of an input that
  /// stays the same while the layer is trained are kept (constant_product.h).
  void keep_constant_products() { keeps_products_ = true; }
  /// Whether it is less work to sum over neighbours before x is mapped to `width` features: x is an input of training
  /// and not much wider, so that the sum has no derivative and can be kept. Depends on nothing that was called before.
  bool sums_first(const at::Tensor& x, const at::Tensor& weight, int64_t width) const;
  /// Whether messages may be mapped linearly before they are reduced instead of after, with the same result.
  bool commutes_with_maps(const at::Tensor& x) const;

  /// Whether messages are summed, with nothing that looks at them, all features at once.
  bool only_sums() const;

  /// Of the messages, already multiplied by the mask, with dim_size rows; a layer may explain in another way.
  virtual at::Tensor explain_message(const at::Tensor& message, int64_t dim_size);

  at::Tensor run_propagate(PropagateCall call, const MessageFunctions& functions);
  at::Tensor run_edge_updater(PropagateCall call, const MessageFunctions& functions);

 private:
  at::Tensor pass_messages(const PropagateCall& call, const MessageFunctions& functions);
  at::Tensor pass_in_parts(const PropagateCall& call, const MessageFunctions& functions);
  /// The message multiplied and reduced in one pass; absent where it cannot be.
  std::optional<at::Tensor> reduce_product(const Message& message, const MessageEdges& edges) const;
  /// That, or a function of a sum of terms reduced without messages.
  std::optional<at::Tensor> reduce_in_one_pass(const Message& message, const MessageEdges& edges) const;
  at::Tensor reduce_messages(const Message& message, const MessageEdges& edges, const MessageFunctions& functions,
                             MessageArguments arguments);
  bool may_fuse(const MessageFunctions& functions) const;

  std::string aggr_text_;
  std::unique_ptr<Aggregation> aggr_module_;
  Flow flow_;
  int64_t node_dim_;
  int64_t decomposed_layers_ = 1;
  MessageHooks hooks_;
  bool explain_ = false, apply_sigmoid_ = true, keeps_products_ = false;
  at::Tensor edge_mask_, loop_mask_;
  bool* add_self_loops_switch_ = nullptr;
  bool* root_weight_switch_ = nullptr;
};

}  // namespace spinel::nn
