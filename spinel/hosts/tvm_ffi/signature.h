// The signature of a TVM-FFI function, from its metadata or the text of its errors, and the schema it stands for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/function_schema.h"

namespace spinel::hosts::tvm_ffi {

/// A type in TVM-FFI's terms: `Optional` of `int`, `ffi.Array` of `ffi.Tensor`.
struct FfiType {
  std::string name;
  std::vector<FfiType> arguments;
  friend bool operator==(const FfiType&, const FfiType&) = default;
};

struct Signature {
  std::vector<FfiType> parameters;
  FfiType result;
};

/// From the JSON of `__tvm_ffi__metadata_<name>`: `{"type_schema": "{…}"}`. Malformed: invalid_argument, beginning with
/// `name`.
Signature parse_metadata(std::string_view json, std::string_view name);

/// From "Mismatched number of arguments when calling: `mad(0: int, 1: Optional<int>) -> int`. Expected …", the only
/// place where a library without metadata tells its types. Nothing in another text.
std::optional<Signature> parse_mismatch(std::string_view message);

/// The schema of an operator for the function. Tensors are `Tensor(a!)`, since kernels write through the destinations
/// they are given; arguments are called `_0`, `_1`, …, since their names are not kept. A type that no schema can name
/// (functions, modules, variants): invalid_argument naming it and the argument.
registry::FunctionSchema to_schema(const Signature& signature, std::string_view name_space, std::string_view name);

}  // namespace spinel::hosts::tvm_ffi
