// Runs one golden case with the components of the given lists, and says what came out.
#pragma once

#include <string>
#include <vector>

#include "spinel/base/golden_json.h"
#include "spinel/cli/check/golden_case.h"
#include "spinel/cli/check/rules.h"
#include "spinel/nn/golden_module.h"

namespace spinel::check {

/// The components that cases are looked up among, by "<area>/<name>".
struct CheckLists {
  std::vector<golden::Function> functions;
  std::vector<golden::ModuleEntry> modules;
  std::vector<golden::JsonFunction> json;
};

struct CaseResult {
  enum class Status { passed, failed, skipped };
  Status status = Status::passed;
  std::string reason;                 ///< why it failed or was skipped
  std::vector<OutputReport> reports;  ///< outputs, gradients, final state, in order
};

/// Runs the case of one .safetensors file. Never throws for what the case or the component does wrong: that is its
/// failure.
CaseResult run_golden_file(const std::string& file, const CheckLists& lists, const CheckSettings& settings);

// Parts of run_golden_file, one per kind.
std::vector<OutputReport> run_function_case(const GoldenCase& golden, const golden::Function& function);
std::vector<OutputReport> run_module_case(const GoldenCase& golden, const golden::ModuleEntry& entry);
std::vector<OutputReport> run_train_case(const GoldenCase& golden, const golden::ModuleEntry& entry);

/// The call of a case on the given inputs (those of the case, or of one training batch).
golden::Call make_call(const GoldenCase& golden, const NamedTensors& inputs);

/// The case's module in its dtype, on its device, in its mode, with its parameters and buffers.
golden::ModuleUnderTest make_module(const GoldenCase& golden, const golden::ModuleEntry& entry);

/// Compares tensors of a module's state under "<title> <key>" with stored ones.
void compare_state(const nn::Module& module, const NamedTensors& stored, const std::string& title, Tolerance tolerance,
                   std::vector<OutputReport>& reports);

}  // namespace spinel::check
