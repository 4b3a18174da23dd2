// What users give wrongly, each with PyTorch's kind of failure and the operator, the argument and the schema in its
// text; and that nothing of it stays behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/registry/binder.h"
#include "spinel/registry/class.h"
#include "spinel/registry/library.h"
#include "spinel/registry/operator_error.h"
#include "tests/registry/tensors.h"

namespace spinel::registry {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Failed {
  std::optional<OperatorFailure> failure;
  std::string text;
};

template <typename Action>
Failed failed(Action&& action) {
  try {
    action();
  } catch (const OperatorError& error) {
    return {error.failure(), error.what()};
  }
  return {};
}

OperatorHandle op(const std::string& name) { return Dispatcher::singleton().find_schema_or_throw(name); }

constexpr const char* schema = "bad::f(Tensor x, int k, *, str mode=\"a\") -> Tensor";

class BadInput : public testing::Test {
 protected:
  BadInput() {
    library_.def("f(Tensor x, int k, *, str mode=\"a\") -> Tensor");
    library_.impl(
        "f", [this](const Tensor& x, int64_t, std::string) { return ++ran_, x; }, DispatchKey::CPU);
  }
  ~BadInput() override { EXPECT_EQ(ran_, 0); }
  Failed call(const std::vector<Value>& positional, const Keywords& keywords = {}) {
    return failed([&] {
      Stack stack = bind_host(*op("bad::f").schema(), positional, keywords);
      op("bad::f").call_boxed(stack);
    });
  }
  Library library_{Library::Kind::def, "bad"};
  int ran_ = 0;
  const Tensor x_ = test_tensor();
};

TEST_F(BadInput, CallsThatDoNotFitTheSchema) {
  const auto expect = [](const Failed& made, OperatorFailure failure, const std::string& argument) {
    EXPECT_EQ(made.failure, failure) << made.text;
    EXPECT_THAT(made.text, AllOf(HasSubstr("bad::f"), HasSubstr(argument), HasSubstr(schema)));
  };
  expect(call({x_, 1}, {{"mod", "b"}}), OperatorFailure::unknown_kwarg, "'mod'");
  expect(call({x_, 1}, {{"k", 2}}), OperatorFailure::duplicate, "'k'");
  expect(call({x_}), OperatorFailure::missing, "'k'");
  expect(call({x_, 1, "b"}), OperatorFailure::too_many_positional, "2 positional");
  expect(call({x_, 1, "b", 2}), OperatorFailure::too_many_arguments, "at most 3");
  expect(call({x_, "1"}), OperatorFailure::type, "'k'");
  expect(call({1, 1}), OperatorFailure::type, "'x'");
  expect(call({x_, 1}, {{"mode", 3}}), OperatorFailure::type, "'mode'");
}

TEST_F(BadInput, ADefinitionWithoutKernelAndAKernelWithoutDefinition) {
  library_.def("unfinished(Tensor x) -> Tensor");
  Stack stack = {x_};
  const Failed unfinished = failed([&] { op("bad::unfinished").call_boxed(stack); });
  EXPECT_EQ(unfinished.failure, OperatorFailure::no_kernel);
  EXPECT_THAT(unfinished.text, HasSubstr("Could not run 'bad::unfinished' with arguments from the 'CPU' backend"));
  EXPECT_EQ(stack.size(), 1u);  // as it was
  library_.impl(
      "undefined", [](const Tensor& x) { return x; }, DispatchKey::CPU);
  EXPECT_EQ(failed([&] { op("bad::undefined"); }).failure, OperatorFailure::no_schema);
  const auto waiting = Dispatcher::singleton().find_operator({"bad::undefined", ""});
  ASSERT_TRUE(waiting);
  EXPECT_EQ(failed([&] { waiting->call_boxed(stack); }).text, "could not find schema for bad::undefined");
  library_.def("undefined(Tensor x) -> Tensor");
  waiting->call_boxed(stack);
  EXPECT_TRUE(stack[0].to_tensor().is_same(x_));
}

TEST_F(BadInput, TwoLibrariesThatDefineTheSameOperator) {
  for (const char* other : {"f(Tensor x, int k, *, str mode=\"a\") -> Tensor", "f(int y) -> int"}) {
    Library second(Library::Kind::fragment, "bad");
    const Failed twice = failed([&] { second.def(other); });
    EXPECT_EQ(twice.failure, OperatorFailure::duplicate_def);
    EXPECT_THAT(twice.text, HasSubstr("the same name and overload name multiple times"));
    const size_t place = twice.text.find("bad_input_test.cc:");
    ASSERT_NE(place, std::string::npos) << twice.text;
    EXPECT_NE(twice.text.find("bad_input_test.cc:", place + 1), std::string::npos) << twice.text;
    EXPECT_EQ(op("bad::f").schema()->to_string(), schema);
  }
}

TEST_F(BadInput, AKernelOfAnotherLibraryThatDoesNotFit) {
  Library second(Library::Kind::impl, "bad", DispatchKey::CUDA);
  const Failed other = failed([&] { second.impl("f", [](const Tensor& x, double, std::string) { return x; }); });
  EXPECT_EQ(other.failure, OperatorFailure::kernel_mismatch);
  EXPECT_THAT(other.text, HasSubstr("bad::f"));
  EXPECT_FALSE(op("bad::f").has_kernel(DispatchKey::CUDA));
  EXPECT_EQ(failed([&] { second.impl("f", KernelFunction::fallthrough(), DispatchKey::CPU); }).failure,
            OperatorFailure::key_mismatch);
  EXPECT_EQ(failed([&] { second.def("g() -> ()"); }).failure, OperatorFailure::def_in_impl);
}

// The block of a library that throws leaves the registry as it was, whatever it had registered before.
TEST_F(BadInput, ABlockThatFailsIsUndoneWhole) {
  struct Box : CustomClassHolder {};
  const auto names = [] {
    std::vector<std::string> names;
    for (const OperatorName& name : Dispatcher::singleton().operator_names()) names.push_back(name.to_string());
    return names;
  };
  const auto before = names();
  const Failed block = failed([&] {
    Library library(Library::Kind::def, "bad_block");
    library.def("one(int x) -> int", [](int64_t x) { return x; });
    library.custom_class<Box>("Box").def(init<>());
    Library more(Library::Kind::impl, "bad", DispatchKey::CPU);
    more.impl("f", [](const Tensor& x, int64_t, std::string) { return x; });
    Library fallback(Library::Kind::impl, "_", DispatchKey::PrivateUse3);
    fallback.fallback(KernelFunction::fallthrough());
    library.def("two(int x) -> int", [](double x) { return x; });
  });
  EXPECT_EQ(block.failure, OperatorFailure::schema_mismatch);
  EXPECT_THAT(block.text, AllOf(HasSubstr("bad_block::two(int x) -> int"), HasSubstr("bad_input_test.cc:")));
  EXPECT_EQ(names(), before);
  EXPECT_FALSE(Dispatcher::singleton().find_operator({"bad_block::two", ""}));
  EXPECT_FALSE(Dispatcher::singleton().find_class("bad_block.Box"));
  EXPECT_EQ(op("bad::f").kernels().size(), 1u);
  Library fallback(Library::Kind::impl, "_", DispatchKey::PrivateUse3);
  fallback.fallback(KernelFunction::fallthrough());  // not taken
  Library again(Library::Kind::def, "bad_block");
}

TEST_F(BadInput, SchemasThatDoNotParseSayWhere) {
  const Failed malformed = failed([&] { library_.def("g(Tensor x, int[ k) -> Tensor"); });
  EXPECT_EQ(malformed.failure, OperatorFailure::parse);
  EXPECT_THAT(malformed.text, AllOf(HasSubstr("namespace bad"), HasSubstr("g(Tensor x, int[ k) -> Tensor"),
                                    HasSubstr("at byte 17"), HasSubstr("bad_input_test.cc:")));
  EXPECT_FALSE(Dispatcher::singleton().find_operator({"bad::g", ""}));
  EXPECT_EQ(failed([&] { library_.def("other::g() -> ()"); }).failure, OperatorFailure::wrong_namespace);
}

TEST_F(BadInput, ClassesThatAreNotThere) {
  const Failed unknown = failed([&] { library_.def("h(__torch__.torch.classes.bad.Nobody x) -> ()"); });
  EXPECT_EQ(unknown.failure, OperatorFailure::parse);
  EXPECT_THAT(unknown.text, HasSubstr("Nobody"));
}

// A stack with the wrong values is refused before the kernel sees it.
TEST_F(BadInput, ValuesPastTheBinder) {
  Stack text = {x_, "k", "mode"};
  EXPECT_THROW(op("bad::f").call_boxed(text), Error);
  Stack none = {x_, Value(), "mode"};
  EXPECT_THROW(op("bad::f").call_boxed(none), Error);
  Stack list = {make_list_value({x_}), 1, "mode"};
  EXPECT_THROW(op("bad::f").call_boxed(list), Error);
  Stack few = {x_};
  EXPECT_EQ(failed([&] { op("bad::f").call_boxed(few); }).failure, OperatorFailure::missing);
}

}  // namespace
}  // namespace spinel::registry
