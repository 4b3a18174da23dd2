#include "spinel/registry/load_library.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "spinel/registry/object.h"
#include "spinel/registry/operator_error.h"
#include "tests/registry/tensors.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace spinel::registry {
namespace {

constexpr const char* good = SPINEL_TEST_LIBRARY_GOOD;

OperatorHandle op(std::string_view name) { return Dispatcher::singleton().find_schema_or_throw(name); }

TEST(LoadLibrary, ListsWhatItRegisteredAndLoadsOnce) {
  const auto library = load_library(good);
  EXPECT_EQ(library->names().operators, (std::vector<std::string>{"loaded::twice", "loaded::wait", "loaded::same"}));
  EXPECT_EQ(library->names().kernels,
            (std::vector<std::string>{"loaded::twice [CompositeImplicitAutograd]",
                                      "loaded::wait [CompositeImplicitAutograd]", "loaded::same [CPU]"}));
  EXPECT_EQ(library->names().classes, (std::vector<std::string>{"loaded.Counter"}));
  EXPECT_EQ(load_library(good), library);
  EXPECT_EQ(op("loaded::twice").typed<int64_t(int64_t)>().call(21), 42);
  const Tensor x = test_tensor();
  EXPECT_TRUE(op("loaded::same").typed<Tensor(const Tensor&)>().call(x).is_same(x));
  EXPECT_TRUE(unload_library(*library));
  EXPECT_FALSE(library->is_loaded());
  EXPECT_FALSE(Dispatcher::singleton().find_schema({"loaded::twice", ""}));
  EXPECT_TRUE(unload_library(*library));  // nothing more to do
  EXPECT_NE(load_library(good), library);
  EXPECT_EQ(op("loaded::twice").typed<int64_t(int64_t)>().call(2), 4);
  unload_library(*load_library(good));
}

TEST(LoadLibrary, AFailedLoadLeavesNothing) {
  const Error error = error_of([] { load_library(SPINEL_TEST_LIBRARY_THROWING); });
  EXPECT_NE(std::string(error.what()).find("namespace half_loaded"), std::string::npos) << error.what();
  EXPECT_FALSE(Dispatcher::singleton().find_operator({"half_loaded::f", ""}));
  EXPECT_TRUE(loaded_libraries().empty());
  Library free_again(Library::Kind::def, "half_loaded");
}

TEST(LoadLibrary, WhatIsNoLibraryIsAnError) {
  EXPECT_EQ(error_of([] { load_library("no/such/file.so"); }).kind(), ErrorKind::unavailable);
  const Error error = error_of([] { load_library(source_dir() + "/README.md"); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_NE(std::string(error.what()).find("README.md"), std::string::npos);
}

// IP-04
TEST(LoadLibrary, UnloadingWaitsForTheCallsThatRun) {
  const auto library = load_library(good);
  std::atomic<int> flags[2] = {0, 0};
  int64_t result = 0;
  std::thread caller(
      [&] { result = op("loaded::wait").typed<int64_t(int64_t)>().call(reinterpret_cast<int64_t>(&flags[0])); });
  while (flags[0] == 0) std::this_thread::yield();
  std::atomic<bool> unloaded{false};
  std::thread unloader([&] {
    EXPECT_TRUE(unload_library(*library));
    unloaded = true;
  });
  // New calls fail at once, while the old one still runs in code that must not go.
  while (Dispatcher::singleton().find_schema({"loaded::wait", ""})) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(unloaded);
  flags[1] = 1;
  caller.join();
  unloader.join();
  EXPECT_EQ(result, 42);
}

// IP-04
TEST(LoadLibrary, HandlesAndObjectsOfAnUnloadedLibraryFailCleanly) {
  const auto library = load_library(good);
  const auto twice = op("loaded::twice").typed<int64_t(int64_t)>();
  const Value counter = make_object(find_class_or_throw("loaded.Counter"));
  EXPECT_EQ(call_method(counter, "next").to_int(), 1);
  EXPECT_FALSE(unload_library(*library));  // the object keeps the code
  EXPECT_STREQ(error_of([&] { twice.call(1); }).what(), "could not find schema for loaded::twice");
  EXPECT_EQ(call_method(counter, "next").to_int(), 2);
  EXPECT_NE(std::string(error_of([] { find_class_or_throw("loaded.Counter"); }).what()).find("does not exist"),
            std::string::npos);
  EXPECT_NE(std::string(error_of([] { load_library(good); }).what()).find("objects of its classes live"),
            std::string::npos);
}

TEST(LoadLibrary, CanBeLoadedAgainWhenItsObjectsAreGone) {
  const auto library = load_library(good);
  std::optional<Value> counter = make_object(find_class_or_throw("loaded.Counter"));
  EXPECT_FALSE(unload_library(*library));
  counter.reset();
  const auto again = load_library(good);
  EXPECT_EQ(again->names().operators.size(), 3u);
  EXPECT_TRUE(unload_library(*again));
}

TEST(LoadLibrary, NotFromInsideACall) {
  Library library(Library::Kind::def, "unloader");
  library.def("f() -> ()", [] {
    const auto loaded = load_library(SPINEL_TEST_LIBRARY_GOOD);
    unload_library(*loaded);
  });
  EXPECT_NE(std::string(error_of([] { op("unloader::f").typed<void()>().call(); }).what()).find("from inside a call"),
            std::string::npos);
}

}  // namespace
}  // namespace spinel::registry
