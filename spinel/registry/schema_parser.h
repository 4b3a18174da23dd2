// Reads operator schemas in PyTorch's notation, in linear time.
#pragma once

#include <functional>
#include <string_view>
#include <variant>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/schema_error.h"

namespace spinel::registry::inline v1 {

/// What a schema may refer to besides the built-in types.
struct SchemaContext {
  /// Whether the custom class "namespace.Name" is registered. Empty: none is.
  std::function<bool(std::string_view name)> has_class;
};

/// `ns::name.overload(Tensor x, int[2] k=1, *, Tensor(a!) out) -> Tensor(a!)`. What torch 2.13's parseSchema takes is
/// taken and means the same; what it rejects is a SchemaError, as are types that nest deeper than Type::max_depth, a
/// size N beyond int32 and a default repeated more than 65536 times.
FunctionSchema parse_schema(std::string_view text, const SchemaContext& context = {});

/// The same, or the name alone.
std::variant<OperatorName, FunctionSchema> parse_schema_or_name(std::string_view text,
                                                                const SchemaContext& context = {});

/// A type alone, without N and alias marks: `Dict(str, Tensor?[])`.
Type parse_type(std::string_view text, const SchemaContext& context = {});

}  // namespace spinel::registry::inline v1
