// Reads schema strings, under PyTorch's names.
#pragma once

#include "ATen/core/function_schema.h"
#include "spinel/registry/schema_parser.h"

namespace torch {
namespace jit {
inline namespace spinel_v1 {

/// Anything but a whole schema is an error that shows the place.
inline c10::FunctionSchema parseSchema(const std::string& schema, bool = true) {
  return c10::FunctionSchema(::spinel::registry::parse_schema(schema, ::spinel::registry::context_of_process()));
}

}  // namespace spinel_v1
}  // namespace jit
}  // namespace torch
