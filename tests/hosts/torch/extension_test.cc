// The test extension of tests/compat, built against libtorch: what it registers and what its calls give there.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>

#include "spinel/base/platform/dynamic_library.h"
#include "tests/hosts/torch/extension_values.h"

namespace spinel::compat_test {
namespace {

void load() {
  static const DynamicLibrary library = DynamicLibrary::open(SPINEL_TEST_EXTENSION_TORCH);
  (void)library;
}

TEST(ExtensionOnLibtorch, RegistersTheExpectedSchemas) {
  load();
  for (const std::string& schema : schemas()) {
    const std::string full = schema.substr(0, schema.find('('));
    const size_t dot = full.find('.');
    const auto op = c10::Dispatcher::singleton().findSchemaOrThrow(
        full.substr(0, dot).c_str(), dot == std::string::npos ? "" : full.substr(dot + 1).c_str());
    EXPECT_EQ(c10::toString(op.schema()), schema);
  }
}

TEST(ExtensionOnLibtorch, EachCallGivesTheExpectedResult) {
  load();
  for (const Call& call : calls())
    EXPECT_EQ(outcome("compat_ext", call), call.result) << call.name << "." << call.overload;
}

}  // namespace
}  // namespace spinel::compat_test
