// Operators of the layer called through the run-time library of apache-tvm-ffi, as its languages do.
#include "spinel/hosts/tvm_ffi/export_operator.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/tvm_ffi/conversion.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/library.h"
#include "spinel/registry/load_library.h"
#include "tests/support/errors.h"

namespace spinel::hosts::tvm_ffi {
namespace {

using registry::Library;
using registry::Value;
using testing::HasSubstr;

/// The run-time library, which no library of this program brings along.
const Runtime& runtime() {
  registry::load_library(SPINEL_TEST_LIBRARY_TYPED);
  return Runtime::get();
}

void export_all(const std::string& name) {
  runtime();
  export_operator(registry::Dispatcher::singleton().find_schema_or_throw(name));
}

Any integer(int64_t value) {
  Any any;
  any.type_index = type_int;
  any.integer = value;
  return any;
}

Value call(const std::string& name, const std::vector<Any>& arguments) {
  return to_value(runtime().call_global(name, arguments), name);
}

at::Tensor tensor_of(const Value& value) { return to_torch(value.to_tensor()); }

TEST(ExportedOperator, ResultsDoNotPointIntoTheMemoryOfViews) {
  Library library(Library::Kind::fragment, "tvm_views");
  library.def("same(Tensor(a) x) -> Tensor(a)", [](const registry::Tensor& x) { return x; });
  library.def("both(Tensor(a) x) -> Tensor(a)[]", [](const registry::Tensor& x) {
    return std::vector<registry::Tensor>{x, x};
  });
  export_all("tvm_views::same");
  export_all("tvm_views::both");
  const at::Tensor x = at::arange(4, at::kDouble);
  Arguments views(&runtime(), false);
  views.add(to_registry(x), registry::TypeKind::tensor);
  ASSERT_EQ(views.values()[0].type_index, type_dl_tensor);
  const at::Tensor copy = tensor_of(call("tvm_views.same", views.values()));
  EXPECT_TRUE(copy.equal(x));
  EXPECT_NE(copy.data_ptr(), x.data_ptr());
  const Value both = call("tvm_views.both", views.values());
  for (const Value& one : both.to_list().items) {
    EXPECT_NE(tensor_of(one).data_ptr(), x.data_ptr());
  }
  // A tensor object is shared, and keeps the memory alive.
  Arguments objects(&runtime(), true);
  objects.add(to_registry(x), registry::TypeKind::tensor);
  EXPECT_EQ(tensor_of(call("tvm_views.same", objects.values())).data_ptr(), x.data_ptr());
}

TEST(ExportedOperator, TakesReferencesThatAreGivenAway) {
  Library library(Library::Kind::fragment, "tvm_moved");
  library.def("numel(Tensor x) -> int", [](const registry::Tensor& x) { return x.numel(); });
  export_all("tvm_moved::numel");
  Arguments objects(&runtime(), true);
  objects.add(to_registry(at::zeros({2, 3})), registry::TypeKind::tensor);
  Object* object = objects.values()[0].object;
  Any moved;
  moved.type_index = type_moved_object;
  moved.pointer = &object;
  EXPECT_EQ(call("tvm_moved.numel", {moved}).to_int(), 6);
}

TEST(ExportedOperator, NamesAreTakenOnce) {
  Library library(Library::Kind::fragment, "tvm_names");
  library.def("f.a(int x) -> int", [](int64_t x) { return x + 1; });
  library.def("g(int x) -> int", [](int64_t x) { return x + 2; });
  const auto f = registry::Dispatcher::singleton().find_schema_or_throw("tvm_names::f", "a");
  const auto g = registry::Dispatcher::singleton().find_schema_or_throw("tvm_names::g");
  runtime();
  EXPECT_EQ(export_operator(f), "tvm_names.f.a");
  EXPECT_EQ(call("tvm_names.f.a", {integer(1)}).to_int(), 2);
  const Error taken = error_of([&] { export_operator(g, "tvm_names.f.a"); });
  EXPECT_EQ(taken.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(taken.what(), HasSubstr("tvm_names.f.a: it cannot be registered"));
  EXPECT_EQ(export_operator(g, "tvm_names.f.a", true), "tvm_names.f.a");
  EXPECT_EQ(call("tvm_names.f.a", {integer(1)}).to_int(), 3);
}

// The functions outlive the operators, also while others call them.
TEST(ExportedOperator, SurvivesDeregistrationUnderCalls) {
  auto library = std::make_unique<Library>(Library::Kind::fragment, "tvm_threads");
  library->def("f(int x) -> int", [](int64_t x) { return x + 1; });
  export_all("tvm_threads::f");
  std::atomic<int> right = 0, refused = 0, other = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> callers;
  for (int k = 0; k < 2; ++k) {
    callers.emplace_back([&] {
      while (!stop) {
        try {
          call("tvm_threads.f", {integer(41)}).to_int() == 42 ? ++right : ++other;
        } catch (const Error& error) {
          // Between its definition and its kernel's registration it is there, but cannot be run.
          const std::string_view text = error.what();
          text.find("could not find schema for tvm_threads::f") != text.npos ||
                  text.find("no fallback function is registered for schema tvm_threads::f") != text.npos
              ? ++refused
              : ++other;
        }
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    library.reset();
    library = std::make_unique<Library>(Library::Kind::fragment, "tvm_threads");
    library->def("f(int x) -> int", [](int64_t x) { return x + 1; });
  }
  library.reset();
  while (refused == 0) std::this_thread::yield();
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(other, 0);
  EXPECT_GT(right + refused, 0);
}

}  // namespace
}  // namespace spinel::hosts::tvm_ffi
