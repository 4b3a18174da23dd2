// Binds the values of a call to the arguments of a schema: by position and keyword, with defaults and conversions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/value.h"

namespace spinel::registry::inline v1 {

/// Keyword arguments in the order in which they were written.
using Keywords = std::vector<std::pair<std::string, Value>>;

/// The call of a host's language, as `torch.ops.ns.op(*args, **kwargs)` binds it: keyword-only arguments by keyword
/// only, and values converted where that loses nothing that PyTorch keeps (an int for a float, a one-element tensor for
/// a number, a string for a device, a dtype for its code). Returns one value an argument, in schema order.
/// Fails with an OperatorError that names operator, argument and schema.
Stack bind_host(const FunctionSchema& schema, std::span<const Value> positional, const Keywords& keywords = {});

/// PyTorch's FunctionSchema::checkAndNormalizeInputs: no conversion (each value's type must be a subtype of its
/// argument's), and keyword-only arguments may stand by position. `stack` holds the positional values and, afterwards,
/// all.
void check_and_normalize(const FunctionSchema& schema, Stack& stack, const Keywords& keywords = {});

/// The registry's own call from C++: types as strictly as check_and_normalize, but an int serves for a float unless
/// `strict`; keyword-only arguments by keyword only.
Stack bind_call(const FunctionSchema& schema, std::span<const Value> positional, const Keywords& keywords = {},
                bool strict = false);

/// What one of several overloads makes of a call.
struct Resolved {
  size_t index;  ///< the first of the overloads, in their order, that takes the arguments
  Stack stack;
};
/// Of several overloads none: no_match, listing each one's message. Of a single one its own failure.
Resolved resolve_overload(std::span<const FunctionSchema* const> overloads, std::span<const Value> positional,
                          const Keywords& keywords = {});

/// One value converted as bind_host does it; `size` is the N of T[N]. Nothing where the value does not fit.
std::optional<Value> convert_host_value(const Value& value, const Type& type, std::optional<int32_t> size = {});

/// A type in the words of messages: `Optional[List[int]]`.
std::string annotation(const Type& type);
/// The name of a value's type in the host's language: `NoneType`, `list`, `device`.
std::string_view host_type_name(const Value& value);

}  // namespace spinel::registry::inline v1
