// Threads that register, deregister, load and call at the same time. Run under the thread sanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "spinel/registry/binder.h"
#include "spinel/registry/class.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/object.h"
#include "spinel/registry/operator_error.h"
#include "tests/registry/tensors.h"

namespace spinel::registry {
namespace {

constexpr const char* good = SPINEL_TEST_LIBRARY_GOOD;

/// Runs `work(thread)` in several threads until `main` returns.
template <typename Work, typename Main>
void alongside(int threads, Work work, Main main) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> running;
  for (int k = 0; k < threads; ++k) {
    running.emplace_back([&, k] {
      while (!stop) work(k);
    });
  }
  main();
  stop = true;
  for (std::thread& thread : running) thread.join();
}

// The very operator that is called comes and goes.
TEST(Concurrency, CallsOfAnOperatorThatComesAndGoes) {
  std::atomic<int64_t> right{0}, gone{0}, other{0};
  Library first(Library::Kind::fragment, "come_and_go");
  first.def("f(int x) -> int", [](int64_t x) { return x + 1; });
  const OperatorHandle f = Dispatcher::singleton().find_schema_or_throw("come_and_go::f");
  const auto typed = f.typed<int64_t(int64_t)>();
  first.reset();
  const auto count = [&](auto&& call) {
    try {
      call() == 42 ? ++right : ++other;
    } catch (const OperatorError& error) {
      // Between def and impl there is no kernel.
      const bool expected =
          error.failure() == OperatorFailure::no_schema || error.failure() == OperatorFailure::no_tensor_arguments;
      expected ? ++gone : ++other;
    }
  };
  const auto work = [&](int k) {
    if (k == 0) return count([&] { return typed.call(41); });
    count([&] {
      Stack stack = bind_host(*f.schema(), std::vector<Value>{41});
      f.call_boxed(stack);
      return stack.at(0).to_int();
    });
  };
  alongside(3, work, [&] {
    for (int round = 0; round < 300 || ((right == 0 || gone == 0) && round < 100'000); ++round) {
      Library library(Library::Kind::fragment, "come_and_go");
      library.def("f(int x) -> int");
      library.impl("f", [](int64_t x) { return x + 1; });
      std::this_thread::yield();
    }
  });
  EXPECT_GT(right, 0);
  EXPECT_GT(gone, 0);
  EXPECT_EQ(other, 0);
}

// Callers who bound to one schema meet the kernel of another: an error or the other's answer, and never a crash.
TEST(Concurrency, RedefinitionWithAnotherSchema) {
  std::atomic<int64_t> answers{0};
  const auto work = [&](int) {
    const auto f = Dispatcher::singleton().find_operator({"redefined::f", ""});
    if (!f) return;
    try {
      Stack stack = bind_host(*f->schema(), std::vector<Value>{test_tensor(3)});
      f->call_boxed(stack);
      ++answers;
    } catch (const Error&) {
    }
  };
  alongside(2, work, [&] {
    for (int round = 0; round < 200 || (answers == 0 && round < 100'000); ++round) {
      Library library(Library::Kind::fragment, "redefined");
      if (round % 2 == 0) library.def("f(Tensor x) -> Tensor", [](const Tensor& x) { return x; });
      else
        library.def("f(Tensor x, int k=2, str s=\"a text\") -> int",
                    [](const Tensor&, int64_t k, std::string) { return k; });
    }
  });
  EXPECT_GT(answers, 0);
}

TEST(Concurrency, EachThreadRegistersItsOwn) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([k, &wrong] {
      const std::string space = "own_" + std::to_string(k);
      for (int round = 0; round < 50; ++round) {
        Library library(Library::Kind::def, space);
        library.def("f(int x) -> int", [k](int64_t x) { return x * k; });
        const auto f = Dispatcher::singleton().find_schema_or_throw(space + "::f").typed<int64_t(int64_t)>();
        if (f.call(round) != round * k) ++wrong;
        if (Dispatcher::singleton().overloads(space + "::f").size() != 1) ++wrong;
      }
      if (Dispatcher::singleton().find_schema({space + "::f", ""})) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// A namespace has one defining block, whoever comes first.
TEST(Concurrency, OneOfManyClaimsANamespace) {
  std::atomic<int> claimed{0}, refused{0}, ready{0};
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([&] {
      ++ready;
      while (ready < 4) std::this_thread::yield();
      try {
        const Library library(Library::Kind::def, "contested");
        ++claimed;
        while (claimed + refused < 4) std::this_thread::yield();
      } catch (const OperatorError& error) {
        EXPECT_EQ(error.failure(), OperatorFailure::duplicate_library);
        ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(claimed, 1);
  EXPECT_EQ(refused, 3);
}

struct Counter : CustomClassHolder {
  int64_t next() { return ++value; }
  std::atomic<int64_t> value{0};
};

TEST(Concurrency, ObjectsOfAClassInManyThreads) {
  Library library(Library::Kind::def, "shared_class");
  library.custom_class<Counter>("Counter").def(init<>()).def("next", &Counter::next);
  const Value shared = make_object(find_class_or_throw("shared_class.Counter"));
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        call_method(shared, "next");
        const Value own = make_object(find_class_or_throw("shared_class.Counter"));
        EXPECT_EQ(call_method(own, "next").to_int(), 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(call_method(shared, "next").to_int(), 801);
}

TEST(Concurrency, ListenersComeAndGoWhileOperatorsDo) {
  std::atomic<int64_t> heard{0};
  alongside(
      2,
      [&](int k) {
        Library library(Library::Kind::fragment, "listened_" + std::to_string(k));
        library.def("f() -> ()");
      },
      [&] {
        for (int round = 0; round < 200 || (heard == 0 && round < 100'000); ++round) {
          const Registration listening =
              Dispatcher::singleton().add_listener([&](const OperatorHandle&) { ++heard; }, nullptr);
          std::this_thread::yield();
        }
      });
  EXPECT_GT(heard, 0);
}

// Loaded, called and unloaded by several threads: each call answers or finds no operator.
TEST(Concurrency, LibrariesAreUnloadedWhileOthersCall) {
  std::atomic<int64_t> right{0}, gone{0}, other{0};
  const auto call = [&](int) {
    const auto twice = Dispatcher::singleton().find_schema({"loaded::twice", ""});
    if (!twice) return std::this_thread::yield();
    try {
      Stack stack = {21};
      twice->call_boxed(stack);
      stack.at(0).to_int() == 42 ? ++right : ++other;
    } catch (const OperatorError& error) {
      // The operator goes before its namespace's kernels do, and comes before them.
      const bool expected =
          error.failure() == OperatorFailure::no_schema || error.failure() == OperatorFailure::no_tensor_arguments;
      expected ? ++gone : ++other;
    }
  };
  alongside(2, call, [&] {
    for (int round = 0; round < 40 || (right == 0 && round < 10'000); ++round) {
      const auto library = load_library(good);
      std::this_thread::yield();
      EXPECT_TRUE(unload_library(*library));
    }
  });
  EXPECT_GT(right, 0);
  EXPECT_EQ(other, 0);
}

TEST(Concurrency, ManyThreadsLoadOneLibrary) {
  std::vector<std::shared_ptr<const LoadedLibrary>> loaded(4);
  std::vector<std::thread> threads;
  for (size_t k = 0; k < loaded.size(); ++k) {
    threads.emplace_back([&, k] { loaded[k] = load_library(good); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : loaded) EXPECT_EQ(one, loaded[0]);
  EXPECT_TRUE(unload_library(*loaded[0]));
}

}  // namespace
}  // namespace spinel::registry
