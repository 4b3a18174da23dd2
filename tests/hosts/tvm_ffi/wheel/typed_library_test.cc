// A library compiled against the headers of apache-tvm-ffi, with that package's run-time library.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/hosts/tvm_ffi/import_library.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "tests/support/errors.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::Value;
using testing::HasSubstr;

std::string schema_of(const std::string& name) {
  return registry::Dispatcher::singleton().find_schema_or_throw(name).schema()->to_string();
}

/// Bound as a host's language binds, so that lists take the types of the schema.
registry::Stack call_all(const std::string& name, const std::vector<Value>& arguments) {
  const auto op = registry::Dispatcher::singleton().find_schema_or_throw(name);
  registry::Stack stack = registry::bind_host(*op.schema(), arguments, {});
  op.call_boxed(stack);
  return stack;
}

Value call(const std::string& name, const std::vector<Value>& arguments) {
  const registry::Stack stack = call_all(name, arguments);
  return stack.empty() ? Value() : stack.front();
}

at::Tensor tensor_of(const Value& value) { return to_torch(value.to_tensor()); }

class TypedLibrary : public testing::Test {
 protected:
  // One for all tests: the types of a library are known to TVM-FFI from its first loading on.
  static const ImportedLibrary& typed() {
    static const auto& library =
        *new ImportedLibrary(import_library(SPINEL_TEST_LIBRARY_TYPED, {.name_space = "typed"}));
    return library;
  }
  TypedLibrary() { typed(); }
};

TEST_F(TypedLibrary, SchemasComeFromItsMetadata) {
  EXPECT_EQ(schema_of("typed::scale"), "typed::scale(Tensor(a!) _0, Tensor(b!) _1, float _2) -> ()");
  EXPECT_EQ(schema_of("typed::doubled"), "typed::doubled(Tensor(a!) _0) -> Tensor");
  EXPECT_EQ(schema_of("typed::keep"), "typed::keep(Tensor(a!)? _0) -> ()");
  EXPECT_EQ(schema_of("typed::kept"), "typed::kept() -> Tensor?");
  EXPECT_EQ(schema_of("typed::join"), "typed::join(str[] _0, str _1) -> str");
  EXPECT_EQ(schema_of("typed::sizes"), "typed::sizes(Tensor[] _0) -> int[]");
  EXPECT_EQ(schema_of("typed::turned"), "typed::turned(Dict(str, int) _0) -> Dict(int, str)");
  EXPECT_EQ(schema_of("typed::number_of"), "typed::number_of(float? _0, bool _1) -> float");
  EXPECT_EQ(schema_of("typed::pair"), "typed::pair(int _0, str _1) -> (str, int)");
  EXPECT_EQ(schema_of("typed::bits"), "typed::bits(ScalarType _0, Device _1) -> int");
  EXPECT_EQ(schema_of("typed::product"), "typed::product(int[] _0) -> int");
  EXPECT_THAT(typed().left_out(), testing::ElementsAre(testing::Pair("apply", HasSubstr("ffi.Function"))));
}

TEST_F(TypedLibrary, RunsOnTensorsOfThePlainHost) {
  std::vector<double> data(6), out(3);
  std::iota(data.begin(), data.end(), 1.0);
  const registry::Tensor x =
      plain::from_blob(data.data(), {3}, {.strides = {2}, .dtype = registry::ScalarType::float64});
  const registry::Tensor y = plain::from_blob(out.data(), {3}, {.dtype = registry::ScalarType::float64});
  call("typed::scale", {x, y, Value(2.0)});
  EXPECT_THAT(out, testing::ElementsAre(2.0, 6.0, 10.0));
  const at::Tensor doubled = tensor_of(call("typed::doubled", {y}));
  EXPECT_TRUE(doubled.equal(at::tensor({4.0, 12.0, 20.0}, at::kDouble))) << doubled;
}

TEST_F(TypedLibrary, RunsOnLibtorchsDispatcher) {
  const at::Tensor x = at::arange(4, at::kDouble), out = at::empty({4}, at::kDouble);
  auto& dispatcher = c10::Dispatcher::singleton();
  dispatcher.findSchemaOrThrow("typed::scale", "")
      .typed<void(const at::Tensor&, const at::Tensor&, double)>()
      .call(x, out, -1.0);
  EXPECT_TRUE(out.equal(-x)) << out;
  const auto doubled = dispatcher.findSchemaOrThrow("typed::doubled", "").typed<at::Tensor(const at::Tensor&)>();
  EXPECT_TRUE(doubled.call(x).equal(2 * x));
  torch::jit::Stack stack{c10::List<at::Tensor>({x, at::zeros({2, 5})})};
  dispatcher.findSchemaOrThrow("typed::sizes", "").callBoxed(stack);
  EXPECT_EQ(stack[0].toIntVector(), (std::vector<int64_t>{4, 10}));
}

TEST_F(TypedLibrary, ResultsShareTheMemoryOfTheirArguments) {
  const at::Tensor x = at::arange(3, at::kDouble);
  const at::Tensor same = tensor_of(call("typed::same", {to_registry(x)}));
  EXPECT_EQ(same.data_ptr(), x.data_ptr());
}

// What the function keeps holds the memory after the caller has let go of it.
TEST_F(TypedLibrary, TensorsOutliveTheCall) {
  {
    const at::Tensor x = at::full({1000}, 3.5, at::kDouble);
    call("typed::keep", {to_registry(x)});
  }
  const at::Tensor kept = tensor_of(call("typed::kept", {}));
  EXPECT_TRUE(kept.equal(at::full({1000}, 3.5, at::kDouble)));
  call("typed::keep", {Value()});
  EXPECT_TRUE(call("typed::kept", {}).is_none());
}

TEST_F(TypedLibrary, ContainersNumbersAndTexts) {
  const Value words = registry::make_list_value({Value("one"), Value("a text of more than seven bytes"), Value("")});
  EXPECT_EQ(call("typed::join", {words, Value("-")}).to_string(), "one-a text of more than seven bytes-");
  EXPECT_EQ(call("typed::join", {words, Value(std::string("\0", 1))}).to_string().size(), 36u);
  auto map = registry::make_intrusive<registry::DictValue>();
  map->items = {{Value("a"), Value(1)}, {Value("b"), Value(2)}};
  const Value turned = call("typed::turned", {Value(map)});
  ASSERT_EQ(turned.to_dict().items.size(), 2u);
  for (const auto& [key, value] : turned.to_dict().items) EXPECT_EQ(value.to_string(), key.to_int() == 1 ? "a" : "b");
  EXPECT_EQ(call("typed::number_of", {Value(2.5), Value(true)}).to_double(), -2.5);
  EXPECT_EQ(call("typed::number_of", {Value(), Value(false)}).to_double(), 7.0);
  const registry::Stack pair = call_all("typed::pair", {Value(int64_t{1} << 40), Value("text")});
  ASSERT_EQ(pair.size(), 2u);
  EXPECT_EQ(pair[0].to_string(), "text");
  EXPECT_EQ(pair[1].to_int(), int64_t{1} << 40);
  EXPECT_EQ(call("typed::bits", {Value(7), Value(registry::Device{})}).to_int(), 1064);
  EXPECT_EQ(call("typed::product", {registry::make_list_value({Value(3), Value(4), Value(5)})}).to_int(), 60);
}

TEST_F(TypedLibrary, ErrorsKeepTheirKindAndText) {
  const auto failure = [](const char* kind) {
    return error_of([&] { call("typed::failing", {Value(kind), Value("so it goes")}); });
  };
  EXPECT_EQ(failure("ValueError").kind(), ErrorKind::invalid_argument);
  EXPECT_STREQ(failure("ValueError").what(), "typed::failing: ValueError: so it goes");
  EXPECT_EQ(failure("RuntimeError").kind(), ErrorKind::unavailable);
  EXPECT_STREQ(failure("MyOwnError").what(), "typed::failing: MyOwnError: so it goes");
  const Value square = to_registry(at::zeros({2, 2}, at::kDouble));
  EXPECT_THAT(error_of([&] {
                call("typed::scale", {square, square, Value(1.0)});
              }).what(),
              HasSubstr("typed::scale: ValueError: one dimension is wanted, not 2"));
  const auto failing = c10::Dispatcher::singleton().findSchemaOrThrow("typed::failing", "");
  const auto on_torch = [&](const char* kind) {
    torch::jit::Stack stack{std::string(kind), std::string("so it goes")};
    failing.callBoxed(stack);
  };
  EXPECT_THROW(on_torch("IndexError"), c10::IndexError);
  EXPECT_THROW(on_torch("ValueError"), c10::ValueError);
  EXPECT_THROW(on_torch("TypeError"), c10::TypeError);
  EXPECT_THROW(on_torch("NotImplementedError"), c10::NotImplementedError);
  EXPECT_THROW(on_torch("RuntimeError"), c10::Error);
}

// Without metadata the functions are asked, by a call that none of them takes.
TEST(UntoldLibrary, SchemasComeFromItsMessages) {
  const ImportedLibrary library = import_library(SPINEL_TEST_LIBRARY_UNTOLD, {.name_space = "untold"});
  EXPECT_EQ(schema_of("untold::scale"), "untold::scale(Tensor(a!) _0, Tensor(b!) _1, float _2) -> ()");
  EXPECT_EQ(schema_of("untold::number_of"), "untold::number_of(float? _0, bool _1) -> float");
  EXPECT_EQ(schema_of("untold::join"), "untold::join(str[] _0, str _1) -> str");
  EXPECT_EQ(call("untold::number_of", {Value(2.5), Value(true)}).to_double(), -2.5);
  const at::Tensor x = at::arange(4, at::kDouble);
  EXPECT_TRUE(tensor_of(call("untold::doubled", {to_registry(x)})).equal(2 * x));
  EXPECT_TRUE(library.left_out().contains("apply"));
}

}  // namespace
}  // namespace spinel::hosts::tvm_ffi
