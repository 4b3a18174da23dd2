// Writes golden cases for the tests of the runner, and runs them with fake components.
#pragma once

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/cli/check/run_case.h"
#include "spinel/hosts/torch/tensor_view.h"

namespace spinel::check {

/// A case being put together; write() makes its file.
struct CaseBuilder {
  std::map<std::string, std::string> metadata = {{"format", "golden/1"},
                                                 {"area", "test"},
                                                 {"kind", "function"},
                                                 {"name", "f"},
                                                 {"args", "{}"},
                                                 {"call", R"({"args": []})"},
                                                 {"outputs", R"(["out"])"},
                                                 {"tolerance", R"({"rtol": 1e-6, "atol": 1e-8})"}};
  std::vector<std::pair<std::string, at::Tensor>> tensors;

  CaseBuilder& set(const std::string& key, const std::string& text) {
    metadata[key] = text;
    return *this;
  }
  CaseBuilder& add(const std::string& name, const at::Tensor& tensor) {
    tensors.emplace_back(name, tensor.detach().contiguous().clone());
    return *this;
  }
  std::string write(const std::string& path) const {
    std::vector<NamedTensorView> views;
    for (const auto& [name, tensor] : tensors) views.push_back({name, to_view(tensor)});
    write_safetensors(path, views, metadata);
    return path;
  }
};

/// Runs a case whose function "test/f" returns these results.
inline CaseResult run_with(const CaseBuilder& builder, const golden::Outputs& outputs) {
  const TemporaryFolder folder;
  CheckLists lists;
  lists.functions = {{"test/f", [outputs](const golden::Call&) { return outputs; }}};
  return run_golden_file(builder.write(folder.file("case.safetensors")), lists, {});
}

/// The same with a function that looks at its call.
inline CaseResult run_function(const CaseBuilder& builder, std::function<golden::Outputs(const golden::Call&)> function,
                               const CheckSettings& settings = {}) {
  const TemporaryFolder folder;
  CheckLists lists;
  lists.functions = {{"test/f", std::move(function)}};
  return run_golden_file(builder.write(folder.file("case.safetensors")), lists, settings);
}

inline bool passed(const CaseResult& result) { return result.status == CaseResult::Status::passed; }

/// EXPECT_PASSED and EXPECT_FAILED show the reason where they do not hold.
#define EXPECT_PASSED(result)                                                    \
  do {                                                                           \
    const ::spinel::check::CaseResult& expected_pass = (result);                 \
    EXPECT_TRUE(::spinel::check::passed(expected_pass)) << expected_pass.reason; \
  } while (false)
#define EXPECT_FAILED(result, text)                                                  \
  do {                                                                               \
    const ::spinel::check::CaseResult& expected_failure = (result);                  \
    EXPECT_EQ(expected_failure.status, ::spinel::check::CaseResult::Status::failed); \
    EXPECT_THAT(expected_failure.reason, ::testing::HasSubstr(text));                \
  } while (false)

inline at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }
inline at::Tensor longs(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

}  // namespace spinel::check
