#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compat/include/torch/csrc/inductor/aoti_torch/c/shim.h"
#include "spinel/base/parallel.h"
#include "spinel/hosts/plain/plain_methods.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::compat_test {
namespace {

using registry::Dispatcher;
using registry::Stack;
using registry::Value;

/// The extension, loaded as long as the test runs; new tensors are the plain host's.
class StableExtension : public testing::Test {
 protected:
  void SetUp() override {
    before_ = registry::set_default_tensor_methods(&plain::plain_methods());
    library_ = registry::load_library(SPINEL_TEST_STABLE_EXTENSION);
  }
  void TearDown() override {
    EXPECT_TRUE(registry::unload_library(*library_));
    EXPECT_FALSE(Dispatcher::singleton().find_schema({"compat_stable::describe", ""}));
    registry::set_default_tensor_methods(before_);
  }
  static registry::OperatorHandle find(const std::string& name) {
    return Dispatcher::singleton().find_schema_or_throw("compat_stable::" + name);
  }
  static Stack call(const std::string& name, Stack stack) {
    find(name).call_boxed(stack);
    return stack;
  }
  std::shared_ptr<const registry::LoadedLibrary> library_;
  const registry::TensorMethods* before_ = nullptr;
};

std::vector<float> elements(const Value& value) {
  const registry::Tensor compact = registry::contiguous(value.to_tensor());
  const auto* data = static_cast<const float*>(compact.data());
  return {data, data + compact.numel()};
}

TEST_F(StableExtension, RegistersAndRuns) {
  EXPECT_THAT(library_->names().operators, testing::IsSupersetOf({"compat_stable::double_", "compat_stable::describe",
                                                                  "compat_stable::only_defined"}));
  const auto describe = find("describe");
  EXPECT_EQ(describe.schema()->to_string(),
            "compat_stable::describe(Tensor x, str? name=None, *, int[] sizes, bool loud=False) -> (str, int)");

  const registry::Tensor x = plain::zeros({3});
  static_cast<float*>(x.data())[2] = 4;
  Stack doubled = {x};
  Dispatcher::singleton().find_schema_or_throw("compat_stable::double_").call_boxed(doubled);
  EXPECT_EQ(static_cast<float*>(x.data())[2], 8);
  EXPECT_TRUE(doubled[0].to_tensor().is_same(x));

  const Value sizes = registry::make_list_value(registry::TypeKind::integer, {Value(2), Value(5)});
  Stack named = bind_host(*describe.schema(), std::vector<Value>{x, "me"}, {{"sizes", sizes}, {"loud", true}});
  describe.call_boxed(named);
  EXPECT_EQ(named, (Stack{"me!", 21}));
  Stack unnamed = bind_host(*describe.schema(), std::vector<Value>{x}, {{"sizes", sizes}});
  describe.call_boxed(unnamed);
  EXPECT_EQ(unnamed[0], Value("nobody."));
  Stack refused = bind_host(*describe.schema(), std::vector<Value>{plain::zeros({})}, {{"sizes", sizes}});
  EXPECT_THROW(describe.call_boxed(refused), std::runtime_error);
}

TEST_F(StableExtension, AThrowingKernelLeavesNoArgumentBehind) {
  const Value sizes = registry::make_list_value(registry::TypeKind::integer, {Value(2), Value(5)});
  const registry::Tensor x = plain::zeros({});
  const auto describe = find("describe");
  for (int i = 0; i < 3; ++i) {
    Stack refused = {x, "a name", sizes, true};
    EXPECT_THROW(describe.call_boxed(refused), std::runtime_error);
  }
  EXPECT_EQ(x.pointer().use_count(), 1u);
}

TEST_F(StableExtension, PyTorchsOperatorsWorkOnTheHostsTensors) {
  const registry::Tensor x = plain::zeros({6});
  for (int i = 0; i < 6; ++i) static_cast<float*>(x.data())[i] = static_cast<float>(i);
  const Stack results = call("use_ops", {x});
  const std::vector<Value>& made = results[0].to_list().items;
  ASSERT_EQ(made.size(), 8u);
  EXPECT_EQ(elements(made[0]), (std::vector<float>{1.5, 1.5, 6, 6}));
  EXPECT_EQ(elements(made[1]), (std::vector<float>{15}));
  EXPECT_EQ(elements(made[2]), (std::vector<float>{4, 5}));
  EXPECT_EQ(made[2].to_tensor().data(), static_cast<float*>(x.data()) + 4);  // a view
  EXPECT_EQ(elements(made[3]), (std::vector<float>{-2, -1, 0, 1, 2, 3}));
  EXPECT_EQ(elements(made[4]), (std::vector<float>{5}));
  EXPECT_EQ(elements(made[5]), (std::vector<float>{0, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(made[6].to_tensor().scalar_type(), registry::ScalarType::int64);
  EXPECT_EQ(elements(made[7]), std::vector<float>(6, 0));
}

TEST_F(StableExtension, OwnMemoryGoesWithItsLastUse) {
  {
    const Stack made = call("own_memory", {false});
    EXPECT_EQ(elements(made[0]), (std::vector<float>{2, 4}));
    EXPECT_EQ(call("count_deleted", {}), Stack{0});
  }
  EXPECT_EQ(call("count_deleted", {}), Stack{1});
  EXPECT_THROW(call("own_memory", {true}), std::runtime_error);
  EXPECT_EQ(call("count_deleted", {}), Stack{2});
}

TEST_F(StableExtension, LoopsRunOnTheProcesssThreads) {
  set_thread_pool_size(3);
  registry::Tensor x = plain::zeros({1000}, registry::ScalarType::int32);
  for (int i = 0; i < 1000; ++i) static_cast<int32_t*>(x.data())[i] = i;
  EXPECT_EQ(call("squares", {x}), (Stack{332833500.0, 0}));
  x = plain::zeros({3}, registry::ScalarType::float16);
  for (int i = 0; i < 3; ++i) static_cast<uint16_t*>(x.data())[i] = 0x4000;  // 2
  EXPECT_EQ(call("squares", {x}), (Stack{12.0, 0}));
  EXPECT_THROW(call("squares", {plain::zeros({3}, registry::ScalarType::boolean)}), std::runtime_error);
  set_thread_pool_size(0);
}

/// A binary as those of PyPI are: it needs libtorch's files by name.
TEST(TorchNames, StandInWhereNoLibtorchIs) {
  const auto load = [] { return registry::load_library(SPINEL_TEST_STABLE_EXTENSION_NEEDS_TORCH); };
  EXPECT_THAT([&] { load(); }, testing::Throws<Error>(testing::Property(
                                   &Error::what, testing::HasSubstr("libtorch_cpu.so: cannot open shared object"))));
  ASSERT_EQ(spinel_provide_torch_names(), AOTI_TORCH_SUCCESS) << torch_exception_get_what();
  ASSERT_EQ(spinel_provide_torch_names(), AOTI_TORCH_SUCCESS);
  const auto library = load();
  EXPECT_TRUE(Dispatcher::singleton().find_schema({"compat_stable::squares", ""}));
  EXPECT_TRUE(registry::unload_library(*library));
}

}  // namespace
}  // namespace spinel::compat_test
