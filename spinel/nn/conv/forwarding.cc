#include "spinel/nn/conv/forwarding.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::nn {

ForwardedCall split_call(const CallArguments& arguments, const std::string& owner) {
  ForwardedCall call;
  CallArguments first;
  for (const Value& value : arguments.positional) {
    (first.positional.size() < 2 ? first : call.others).positional.push_back(value);
  }
  for (const auto& [name, value] : arguments.named) {
    (name == "x" || name == "edge_index" ? first : call.others).named.emplace_back(name, value);
  }
  const Parameter parameters[] = {{"x"}, {"edge_index"}};
  const ValueList values = bind_arguments(owner, parameters, first);
  read_value(values[0], call.x, owner + ": x");
  read_value(values[1], call.edge_index, owner + ": edge_index");
  require(call.x.defined(), "{}: x is None; features of the nodes are needed", owner);
  return call;
}

at::Tensor call_conv(CallableModule& conv, const at::Tensor& x, const Adjacency& edge_index,
                     const CallArguments& others, const std::string& owner) {
  CallArguments arguments = others;
  arguments.positional.insert(arguments.positional.begin(), {Value(x), Value(edge_index)});
  ValueList results;
  try {
    results = conv.call(arguments);
  } catch (const Error& error) {
    throw Error(error.kind(), owner + ": " + error.what());
  }
  require(!results.empty() && results[0].tensor(), "{}: {} gives no tensor; one is needed", owner, conv.name());
  return *results[0].tensor();
}

Activation named_activation(const Config& act, const Config& kwargs) {
  if (act.is_null()) return {};
  if (!act.is_string() || !kwargs.is_map()) return make_activation(act);
  return make_activation(Config::map({{act.as_string(), kwargs}}));
}

}  // namespace spinel::nn
