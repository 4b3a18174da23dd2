// What a room hands to `spinel check` for its functions: a name, and how to run it on the inputs of a golden case.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "spinel/base/config.h"

namespace spinel::golden {

/// An argument of a golden call: a tensor, or a literal.
using Value = std::variant<at::Tensor, Config>;

/// The call of a golden case with its tensors filled in.
struct Call {
  Config args;                                       ///< `args` of the metadata
  std::vector<Value> positional;                     ///< in order
  std::vector<std::string> positional_names;         ///< the names of the input tensors, "" for literals
  std::vector<std::pair<std::string, Value>> named;  ///< keyword arguments
  /// Every `input.<name>` of the case. An argument made of several tensors (a dictionary, a sparse matrix, a list) is a
  /// literal that names them: {"input": "x_dict"} (tensors "x_dict/<key>"), {"sparse": "adj", "size": […]}
  /// ("adj.row", "adj.col", "adj.value"), or as it stands in the case.
  std::vector<std::pair<std::string, at::Tensor>> inputs;
  std::vector<std::string> stored_outputs;  ///< names of the expected tensors
  Config metadata;                          ///< everything else of the case: objects, output_sizes, needs, …

  /// A tensor by the parameter name: a keyword argument, else a positional one whose input has that name, else any
  /// input of that name. Absent: error.
  at::Tensor tensor(std::string_view name) const;
  /// As tensor(), but undefined where it is absent or None.
  at::Tensor optional_tensor(std::string_view name) const;
  /// The number k of inputs name0, name1, … that are there.
  int64_t count(std::string_view prefix) const;
};

/// Results: tensors by output name (an undefined tensor is None) and values that are no tensors. A call that works on
/// files (rule `files`) gives the values "files" {name: content in hexadecimal}, "error" (it failed) and "outside".
struct Outputs {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  std::vector<std::pair<std::string, Config>> values;
};

/// One function known to `spinel check`, under "<area>/<name>": "materials/schnet/neighbor_list".
/// Gradients are taken by the runner through the returned tensors.
struct Function {
  std::string name;
  std::function<Outputs(const Call&)> run;
};

/// Text helpers: uint8 tensors are UTF-8 texts.
std::string to_text(const at::Tensor& bytes);
at::Tensor from_text(std::string_view text);

}  // namespace spinel::golden
