// Runs the function cases of tests/golden that belong to the train room, without the rooms above it.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "spinel/base/safetensors.h"
#include "spinel/hosts/torch/golden_function.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::golden {

/// A golden case of kind `function` whose outputs are compared elementwise.
struct FunctionCase {
  explicit FunctionCase(const std::string& path) : file(SafetensorsFile::open(path)) {
    call.args = json("args");
    const Config recipe = json("call");
    for (const Config& name : recipe.at("args").as_list()) {
      call.positional_names.push_back(name.as_string());
      call.positional.emplace_back(tensor("input." + name.as_string()));
    }
    for (const auto& [key, name] : recipe.at("kwargs").as_map()) {
      call.named.emplace_back(key, tensor("input." + name.as_string()));
    }
  }
  std::string component() const { return file.metadata().at("area") + "/" + file.metadata().at("name"); }
  Config json(const std::string& key) const { return parse_json(file.metadata().at(key), file.name()); }
  at::Tensor tensor(const std::string& name) const { return to_tensor(file.tensor(name), file.owner()).clone(); }

  SafetensorsFile file;
  Call call;
};

/// Runs a case and compares all its outputs.
inline void expect_case_holds(const FunctionCase& golden_case, const Function& function) {
  const Outputs outputs = function.run(golden_case.call);
  const Config tolerance = golden_case.json("tolerance");
  for (const std::string& name : golden_case.json("outputs").as_strings()) {
    const at::Tensor stored = golden_case.tensor("output." + name);
    const auto found = std::find_if(outputs.tensors.begin(), outputs.tensors.end(),
                                    [&](const auto& output) { return output.first == name; });
    ASSERT_NE(found, outputs.tensors.end()) << name;
    ASSERT_EQ(found->second.sizes(), stored.sizes()) << name;
    ASSERT_EQ(found->second.scalar_type(), stored.scalar_type()) << name;
    EXPECT_TRUE(at::allclose(found->second, stored, tolerance.at("rtol").as_double(), tolerance.at("atol").as_double()))
        << golden_case.file.name() << ": " << name << "\n"
        << found->second << "\nstored\n"
        << stored;
  }
}

}  // namespace spinel::golden
