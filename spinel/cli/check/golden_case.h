// A golden case as read from its file: what to run, on which tensors, and what must come out.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::check {

/// |a − b| ≤ atol + rtol·|b|, b stored.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

/// The fixed table of what a dtype can promise: used where a case states no tolerance, and as the least tolerance where
/// `--dtype` asks for another dtype than the case's own.
Tolerance dtype_tolerance(at::ScalarType dtype);

/// Where and in what dtype cases run.
struct CheckSettings {
  std::optional<at::ScalarType> dtype;  ///< instead of the case's own floating dtype
  std::string device = "cpu";
  std::string data_folder = "data";  ///< where the files that `needs` names are looked for
};

struct GoldenCase {
  std::string file;
  std::string component;  ///< "<area>/<name>"
  std::string kind;       ///< module, function, train or sample
  Config metadata;        ///< all keys, those that hold JSON parsed
  Tolerance tolerance;
  Tolerance grad_tolerance;
  /// Asked for instead of the case's own: floating results of components that always compute in another one are
  /// converted before they are compared.
  std::optional<at::ScalarType> other_dtype;
  std::vector<std::string> outputs;  ///< names in order
  std::vector<std::string> none_outputs;

  // Tensors by their first name part, without it; already in the dtype and on the device of the settings.
  NamedTensors params, buffers, inputs, stored, cotangents, grad_params, grad_inputs, final_state, final_swa;
  std::map<std::string, at::Tensor> others;  ///< loss, lr, batch<j>.input.<name>: full names

  /// A key of the metadata, or an empty map.
  const Config& section(std::string_view key) const;
  /// Names of the stored tensors that make up an output: itself, or "out.row", "out/key".
  std::vector<std::string> parts_of(const std::string& output) const;
};

/// Reads and validates a .safetensors case. A broken one is an Error that names file and key.
GoldenCase read_golden_case(const std::string& file, const CheckSettings& settings);

/// The text of a file that `needs` names and that is not in the settings' data folder; "" where nothing is missing.
std::string missing_need(const GoldenCase& golden, const CheckSettings& settings);

}  // namespace spinel::check
