#include "spinel/hosts/tvm_ffi/import_library.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/tvm_ffi/signature.h"
#include "spinel/registry/dispatcher.h"
#include "tests/support/errors.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::Value;
using testing::HasSubstr;

const std::string library = SPINEL_TEST_LIBRARY_TVM;

registry::OperatorHandle op(const std::string& name) {
  return registry::Dispatcher::singleton().find_schema_or_throw(name);
}

registry::Stack call(const std::string& name, registry::Stack stack) {
  op(name).call_boxed(stack);
  return stack;
}

TEST(TvmFfiSignature, IsReadFromMetadata) {
  const Signature signature = parse_metadata(
      R"({"type_schema": "{\"type\":\"ffi.Function\",\"named_args\":{\"return\":[{\"type\":\"ffi.Tensor\"}],)"
      R"(\"params\":[{\"type\":\"ffi.Array\",\"args\":[{\"type\":\"ffi.Tensor\"}]},{\"type\":\"Optional\",\"args\":)"
      R"([{\"type\":\"float\"}]},{\"type\":\"DataType\"},{\"type\":\"ffi.Shape\"}]}}"})",
      "f");
  EXPECT_EQ(to_schema(signature, "ns", "f").to_string(),
            "ns::f(Tensor[] _0, float? _1, ScalarType _2, int[] _3) -> Tensor");
  EXPECT_EQ(error_of([] { parse_metadata("{", "f"); }).kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error_of([] { parse_metadata("{}", "f"); }).what(), HasSubstr("type_schema"));
}

TEST(TvmFfiSignature, IsReadFromTheMessageOfAMismatch) {
  const auto signature = parse_mismatch(
      "f: TypeError: Mismatched number of arguments when calling: `mad(0: int, 1: Optional<float>, 2: Map<str, "
      "Array<int>>, 3: DLTensor*, 4: Tuple<int, str>, 5: const char*) -> None`. Expected 6 but got 256 arguments");
  ASSERT_TRUE(signature);
  EXPECT_EQ(to_schema(*signature, "ns", "mad").to_string(),
            "ns::mad(int _0, float? _1, Dict(str, int[]) _2, Tensor(a!) _3, (int, str) _4, str _5) -> ()");
  EXPECT_EQ(
      to_schema(*parse_mismatch("Mismatched number of arguments when calling: `f() -> Device`."), "n", "f").to_string(),
      "n::f() -> Device");
  EXPECT_FALSE(parse_mismatch("another message"));
  EXPECT_FALSE(parse_mismatch("Mismatched number of arguments when calling: `f(0: Array<int) -> int`."));
}

TEST(TvmFfiSignature, TypesWithoutASchemaAreNamed) {
  const Signature signature{{{"int", {}}, {"Variant", {{"int", {}}, {"str", {}}}}}, {"int", {}}};
  EXPECT_THAT(error_of([&] { to_schema(signature, "n", "f"); }).what(), HasSubstr("argument 1 is of type Variant"));
}

TEST(TvmFfiImport, ListsWhatIsExported) {
  EXPECT_EQ(exported_functions(library),
            (std::vector<std::string>{"callback", "describe", "failing", "mixed", "scale"}));
  EXPECT_TRUE(exported_functions(SPINEL_TEST_LIBRARY_PD).empty());
}

TEST(TvmFfiImport, CallsThroughTheLayerAndThroughLibtorch) {
  const ImportedLibrary imported = import_library(library, {.name_space = "tvm_one"});
  EXPECT_EQ(op("tvm_one::scale").schema()->to_string(), "tvm_one::scale(Tensor(a!) _0, Tensor(b!) _1, float _2) -> ()");
  const at::Tensor x = at::arange(6, at::kDouble).slice(0, 0, 6, 2), out = at::zeros({3}, at::kDouble);
  EXPECT_TRUE(call("tvm_one::scale", {to_registry(x), to_registry(out), Value(2.0)}).empty());
  EXPECT_TRUE(out.equal(at::tensor({0.0, 4.0, 8.0}, at::kDouble))) << out;
  const auto torch_op = c10::Dispatcher::singleton().findSchemaOrThrow("tvm_one::scale", "");
  torch_op.typed<void(const at::Tensor&, const at::Tensor&, double)>().call(x, out, 3.0);
  EXPECT_TRUE(out.equal(at::tensor({0.0, 6.0, 12.0}, at::kDouble))) << out;
  EXPECT_EQ(call("tvm_one::mixed", {Value(7), Value(2.0), Value(true), Value("abc")})[0].to_int(), 7213);
  EXPECT_EQ(call("tvm_one::mixed", {Value(7), Value(2.0), Value(false), Value()})[0].to_int(), 7209);
}

TEST(TvmFfiImport, TakesSchemasOfTheUser) {
  const ImportedLibrary imported = import_library(
      library, {.name_space = "tvm_two", .schemas = {"describe(ScalarType dtype, Device place) -> int"}});
  const registry::Device cpu;
  EXPECT_EQ(call("tvm_two::describe", {Value(7), Value(cpu)})[0].to_int(), 7);
  EXPECT_THAT(error_of([] { import_library(library, {.schemas = {"scal(Tensor x) -> ()"}}); }).what(),
              HasSubstr("did you mean 'scale'?"));
}

TEST(TvmFfiImport, SaysWhatIsLeftOutAndWhy) {
  const ImportedLibrary imported = import_library(library, {.name_space = "tvm_three"});
  EXPECT_THAT(imported.left_out().at("callback"), HasSubstr("ffi.Function, which no schema names"));
  // Without metadata the signature is asked for; this function refuses without telling it.
  EXPECT_TRUE(imported.left_out().contains("describe"));
  EXPECT_EQ(imported.operators().size(), 3u);
}

TEST(TvmFfiImport, IsUndoneWhenItDies) {
  { const ImportedLibrary imported = import_library(library, {.name_space = "tvm_four"}); }
  EXPECT_FALSE(registry::Dispatcher::singleton().find_schema({"tvm_four::scale", ""}));
  EXPECT_FALSE(c10::Dispatcher::singleton().findSchema({"tvm_four::scale", ""}));
}

TEST(TvmFfiImport, RefusesOtherLibrariesAndFiles) {
  EXPECT_THAT(error_of([] { import_library(SPINEL_TEST_LIBRARY_PD); }).what(),
              HasSubstr("exports no function to TVM-FFI"));
  EXPECT_EQ(error_of([] { import_library("no_such.so"); }).kind(), ErrorKind::unavailable);
}

}  // namespace
}  // namespace spinel::hosts::tvm_ffi
