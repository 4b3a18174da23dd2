// Registration when memory runs out: whole or nothing, and never the end of the process.
#include <gtest/gtest.h>

#include "spinel/registry/class.h"
#include "spinel/registry/operator_error.h"
#include "tests/registry/tensors.h"
#include "tests/support/allocation_fault.h"

namespace spinel::registry {
namespace {

struct Box : CustomClassHolder {
  int64_t value = 0;
};

void register_block() {
  Library library(Library::Kind::def, "oom");
  library.def("f(Tensor x, int k=1) -> Tensor");
  library.impl(
      "f", [](const Tensor& x, int64_t) { return x; }, DispatchKey::CPU);
  library.impl(
      "f", [](const Tensor& x, int64_t) { return x; }, DispatchKey::CPU);  // overrides
  library.def("g", [](int64_t k) { return k; });
  library.custom_class<Box>("Box").def(init<>()).def_readwrite("value", &Box::value);
  Library fallback(Library::Kind::impl, "_", DispatchKey::PrivateUse2);
  fallback.fallback(make_boxed_kernel([](const OperatorHandle&, Stack*) {}));
}

void expect_nothing_registered(int64_t k) {
  const AllocationsSucceed for_the_checks;
  Dispatcher& dispatcher = Dispatcher::singleton();
  EXPECT_FALSE(dispatcher.find_operator({"oom::f", ""})) << k;
  EXPECT_FALSE(dispatcher.find_operator({"oom::g", ""})) << k;
  EXPECT_FALSE(dispatcher.find_class("oom.Box")) << k;
}

// FI-01
TEST(Registration, EachAllocationMayFail) {
  const Registration listening = Dispatcher::singleton().add_listener([](const OperatorHandle&) {}, nullptr);
  for (const bool persistent : {false, true}) {
    for (int64_t k = 1;; ++k) {
      ASSERT_LT(k, 10'000);
      bool fired = false;
      {
        const FailingAllocation fault(k, persistent);
        try {
          register_block();
        } catch (const Error&) {
        } catch (const std::bad_alloc&) {
        }
        fired = fault.fired();
        expect_nothing_registered(k);
      }
      if (!fired) break;
    }
  }
  register_block();
}

// FI-01
TEST(Calls, EachAllocationMayFail) {
  Library library(Library::Kind::def, "oom_call");
  library.def("f(Tensor x, str s, int[] l) -> (Tensor, str)");
  library.impl("f", [](const Tensor& x, std::string s, IntArrayRef) { return std::tuple(x, s + s); });
  const auto f = Dispatcher::singleton().find_schema_or_throw("oom_call::f");
  const Tensor x = test_tensor();
  for (int64_t k = 1;; ++k) {
    ASSERT_LT(k, 1000);
    const FailingAllocation fault(k, false);
    try {
      Stack stack = {x, std::string(100, 'a'), make_list_value({1, 2})};
      f.call_boxed(stack);
    } catch (const std::bad_alloc&) {
    }
    const AllocationsSucceed for_the_checks;
    EXPECT_EQ(thread_state().depth, 0u);
    EXPECT_EQ(x.pointer().use_count(), 1u) << k;
    if (!fault.fired()) break;
  }
}

}  // namespace
}  // namespace spinel::registry
