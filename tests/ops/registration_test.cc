#include "spinel/ops/registration.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/operator_error.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

using registry::Dispatcher;
using registry::DispatchKey;
using registry::make_list_value;
using testing::HasSubstr;

registry::OperatorHandle op(const std::string& name) {
  return Dispatcher::singleton().find_schema_or_throw("spinel::" + name);
}

Stack call(const std::string& name, const std::vector<Value>& values) {
  Stack stack = registry::bind_host(*op(name).schema(), values);
  op(name).call_boxed(stack);
  return stack;
}

Tensor row(std::vector<float> numbers) {
  const Tensor x = plain::empty({1, 1, static_cast<int64_t>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), static_cast<float*>(x.data()));
  return x;
}

/// A tensor whose key says that a host records what is done with it.
Tensor recorded(const Tensor& x) {
  return plain::from_blob(x.data(), x.sizes().vec(),
                          {.deleter = [x](void*) {}, .key_set = registry::tensor_keys(registry::Backend::CPU)});
}

std::atomic<int> recorded_calls = 0;

HostHooks recording_hooks() {
  HostHooks hooks;
  hooks.record = [](const Operator& operation, Arguments arguments) {
    ++recorded_calls;
    Stack results;
    for (Tensor& result : run_forward(operation.definition, plain::host(), arguments)) results.emplace_back(result);
    return results;
  };
  hooks.needs_gradient = [](const Tensor&) { return true; };
  return hooks;
}

// The tests of the plain host, which stand last in this program, leave its operators registered.
class Registration : public testing::Test {
 protected:
  void SetUp() override {
    if (Dispatcher::singleton().find_schema({"spinel::cfconv", ""})) GTEST_SKIP() << "they are registered already";
  }
};

TEST_F(Registration, DefinesEveryOperatorWithKernelsAndGoes) {
  {
    const registry::Library library = register_operators(plain::host());
    for (const Operator& one : operators()) {
      const auto handle = op(one.name());
      EXPECT_EQ(handle.schema()->to_string(), one.schema.to_string());
      const bool composite = one.definition.composite != nullptr;
      EXPECT_EQ(handle.has_kernel(DispatchKey::CompositeImplicitAutograd), composite) << one.name();
      EXPECT_EQ(handle.has_kernel(DispatchKey::CPU), !composite) << one.name();
      EXPECT_EQ(handle.has_kernel(DispatchKey::CUDA), !composite) << one.name();
      EXPECT_FALSE(handle.has_kernel(DispatchKey::Autograd)) << one.name();
    }
  }
  for (const Operator& one : operators()) EXPECT_FALSE(Dispatcher::singleton().find_schema(one.schema.name));
}

TEST_F(Registration, ASecondOneFailsWholeAndLeavesTheFirst) {
  const registry::Library library = register_operators(plain::host());
  const Error twice = error_of([] { register_operators(plain::host()); });
  EXPECT_THAT(twice.what(), HasSubstr("multiple times"));
  EXPECT_EQ(op("cfconv").kernels().size(), 2u);
  EXPECT_EQ(
      static_cast<const float*>(call("max_pool1d", {row({1, 3, 2, 0}), make_list_value({2})})[0].to_tensor().data())[0],
      3);
}

TEST_F(Registration, RecordsWhereTheHostHasAutograd) {
  const registry::Library library = register_operators(plain::host(), recording_hooks());
  recorded_calls = 0;
  const Tensor plain_row = row({1, 3, 2, 0});
  call("max_pool1d", {plain_row, make_list_value({2})});
  EXPECT_EQ(recorded_calls, 0);
  // The composite calls an operator, which is recorded, with indices of the kind that its derivative needs.
  const Stack results = call("max_pool1d", {recorded(plain_row), make_list_value({2})});
  EXPECT_EQ(recorded_calls, 1);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(static_cast<const float*>(results[0].to_tensor().data())[1], 2);
}

TEST_F(Registration, RefusesElementsAsPyTorchDoes) {
  const registry::Library library = register_operators(plain::host());
  try {
    call("cfconv", {plain::empty({2, 2}, ScalarType::int32), Tensor(plain::empty({1, 2})), Tensor(plain::empty({1})),
                    Tensor(plain::empty({1}))});
    FAIL();
  } catch (const registry::CallError& error) {
    EXPECT_EQ(error.error_class(), registry::ErrorClass::not_implemented);
    EXPECT_STREQ(error.what(), "\"cfconv\" not implemented for 'int32'");
  }
  Stack few = {row({1, 2})};
  EXPECT_THROW(op("_max_pool").call_boxed(few), registry::OperatorError);
}

TEST_F(Registration, ComesAndGoesUnderCalls) {
  std::atomic<bool> stop{false};
  std::atomic<int> right{0}, other{0};
  std::vector<std::thread> callers;
  for (int k = 0; k < 2; ++k) {
    callers.emplace_back([&] {
      const Tensor x = row({1, 3, 2, 0});
      while (!stop) {
        try {
          const Tensor y = call("max_pool1d", {x, make_list_value({2})})[0].to_tensor();
          static_cast<const float*>(y.data())[0] == 3 ? ++right : ++other;
        } catch (const Error&) {  // it, or the operator that it calls, is gone
        }
      }
    });
  }
  for (int round = 0; round < 20 || (right == 0 && round < 1000); ++round) {
    const registry::Library library = register_operators(plain::host());
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_GT(right, 0);
  EXPECT_EQ(other, 0);
}

}  // namespace
}  // namespace spinel::ops
