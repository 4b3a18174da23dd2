#include "spinel/nn/conv/check_message_passing.h"

#include <ATen/ATen.h>

#include "spinel/nn/conv/message_passing.h"

namespace spinel::nn {
namespace {

/// x_i' = aggr_j x_j.
class PlainMessagePassing : public MessagePassing<PlainMessagePassing> {
 public:
  explicit PlainMessagePassing(const MessagePassingOptions& options)
      : MessagePassing("MessagePassing", "sum", options) {}
  std::string name() const override { return "MessagePassing"; }
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const Size& size) {
    return propagate(edge_index, size, arg<"x">(x));
  }
  ValueList call(const CallArguments& arguments) override {
    return call_forward(*this, &PlainMessagePassing::forward, {{"x"}, {"edge_index"}, {"size", Config()}}, arguments);
  }
};

/// e_ji = x_j ⊙ a_ji − x_i, x_i' = aggr_j e_ji.
class EdgeUpdateMessagePassing : public MessagePassing<EdgeUpdateMessagePassing> {
 public:
  explicit EdgeUpdateMessagePassing(const MessagePassingOptions& options)
      : MessagePassing("EdgeUpdateMessagePassing", "sum", options) {}
  std::string name() const override { return "EdgeUpdateMessagePassing"; }
  std::pair<at::Tensor, at::Tensor> forward(const Features& x, const Adjacency& edge_index,
                                            const at::Tensor& edge_attr) {
    const at::Tensor e = edge_updater(edge_index, {}, arg<"x">(x), arg<"edge_attr">(edge_attr));
    return {propagate(edge_index, {}, arg<"x">(x), arg<"e">(e)), e};
  }
  ValueList call(const CallArguments& arguments) override {
    return call_forward(*this, &EdgeUpdateMessagePassing::forward, {{"x"}, {"edge_index"}, {"edge_attr"}}, arguments);
  }
  at::Tensor edge_update(Arg<"x_j"> x_j, Arg<"x_i"> x_i, Arg<"edge_attr"> edge_attr) {
    return x_j.tensor() * edge_attr - x_i;
  }
  at::Tensor message(Arg<"e"> e, Arg<"x_j">) { return e; }
};

/// x_i' = aggr_j (x_i − 2 x_j + a_ji).
class DifferenceMessagePassing : public MessagePassing<DifferenceMessagePassing> {
 public:
  explicit DifferenceMessagePassing(const MessagePassingOptions& options)
      : MessagePassing("DifferenceMessagePassing", "sum", options) {}
  std::string name() const override { return "DifferenceMessagePassing"; }
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr, const Size& size) {
    return propagate(edge_index, size, arg<"x">(x), arg<"edge_attr">(edge_attr));
  }
  ValueList call(const CallArguments& arguments) override {
    return call_forward(*this, &DifferenceMessagePassing::forward,
                        {{"x"}, {"edge_index"}, {"edge_attr"}, {"size", Config()}}, arguments);
  }
  at::Tensor message(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr) {
    return x_i - 2 * x_j.tensor() + edge_attr;
  }
};

}  // namespace

std::unique_ptr<CallableModule> make_message_passing_case(const std::string& name, const Config& arguments) {
  const auto options = [&] { return message_passing_options(name).parse(arguments); };
  if (name == "MessagePassing") return std::make_unique<PlainMessagePassing>(options());
  if (name == "EdgeUpdateMessagePassing") return std::make_unique<EdgeUpdateMessagePassing>(options());
  if (name == "DifferenceMessagePassing") return std::make_unique<DifferenceMessagePassing>(options());
  return nullptr;
}

}  // namespace spinel::nn
