// Operators by name, wherever they are defined: in the layer of spinel/registry or in libtorch's dispatcher.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/value.h"

namespace spinel::cli {

/// One operator with where it is defined.
struct Operator {
  registry::FunctionSchema schema;
  bool of_torch = false;

  /// "layer" or "libtorch".
  std::string_view host() const { return of_torch ? "libtorch" : "layer"; }
  /// The keys with kernels; of the layer's also where each was registered: "CPU  maths.cc:12".
  std::vector<std::string> kernels() const;
  /// Calls it with one bound value an argument; the results take their place.
  void call(registry::Stack& stack) const;
};

/// All operators whose name contains `pattern`, sorted by name: those of the layer, and with `torch` libtorch's.
std::vector<Operator> list_operators(std::string_view pattern, bool torch);

/// The overloads of "ns::name", or the one of "ns::name.overload" ("default" is the one without a name). The layer's
/// are taken before libtorch's, unless `torch` asks for the latter. None: not_found with the nearest name.
std::vector<Operator> find_operators(const std::string& name, bool torch);

/// What a call is given, as it was typed: by position, and by name.
struct TypedArguments {
  std::vector<std::string> positional;
  std::vector<std::pair<std::string, std::string>> named;
};
/// `name=value` is an argument by name, everything else one by position.
TypedArguments split_arguments(const std::vector<std::string>& words);

/// The first of the overloads that takes the arguments, with one value an argument. Of one overload its own failure in
/// PyTorch's words; of several no_match, with each one's.
std::pair<const Operator*, registry::Stack> bind_arguments(const std::vector<Operator>& overloads,
                                                           const TypedArguments& arguments);

}  // namespace spinel::cli
