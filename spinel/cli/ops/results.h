// What a called operator gave back, as text and as a safetensors file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/value.h"

namespace spinel::cli {

/// A result or a written argument, under the name that is printed.
struct NamedResult {
  std::string name;
  registry::Value value;
};

/// One line: `float32 [2, 2] [[1, 2], [3, 4]]`; of more than 1000 elements the first ones; lists element by element.
std::string result_text(const registry::Value& value);

/// Writes all tensors among the results, those of lists as `name.0`, `name.1`; numbers become tensors without
/// dimensions. Nothing that a file can hold: invalid_argument.
void write_results(const std::string& path, const std::vector<NamedResult>& results);

}  // namespace spinel::cli
