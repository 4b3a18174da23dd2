// What a room hands to `spinel check` for its modules: how to build one from `args`, and how to call it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spinel/hosts/torch/golden_function.h"
#include "spinel/nn/call.h"
#include "spinel/nn/module.h"

namespace spinel::golden {

/// A module made for a case, with the call that runs it (kinds `module`, `train` and `sample`).
/// In a `train` case with the loss gan_bce, `run` is called with "part" in the call's metadata: "D" on (x, y) and "G"
/// on (z, y) each give the output "out".
struct ModuleUnderTest {
  std::unique_ptr<nn::Module> module;
  std::function<Outputs(const Call&)> run;
};

/// One module known to `spinel check`, under "<area>/<name>": "materials/schnet/SchNet".
struct ModuleEntry {
  std::string name;
  std::function<ModuleUnderTest(const Config& args)> make;
};

/// A module that takes its arguments by name: literals, matrices, dictionaries and lists of a case become values, its
/// results the case's outputs in order.
ModuleUnderTest under_test(std::unique_ptr<nn::CallableModule> module);

/// {"module": "Linear", …} of a case's arguments as {Linear: {…}}, at any depth.
Config native_form(const Config& arguments);

}  // namespace spinel::golden
