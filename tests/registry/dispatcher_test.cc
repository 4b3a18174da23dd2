// Registering and calling operators: what the golden scenarios leave out.
#include "spinel/registry/dispatcher.h"

#include <gtest/gtest.h>

#include <thread>

#include "spinel/registry/binder.h"
#include "spinel/registry/dispatch_guards.h"
#include "spinel/registry/library.h"
#include "spinel/registry/operator_error.h"
#include "tests/registry/tensors.h"
#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

/// The failure of an action, or nothing.
template <typename Action>
std::optional<OperatorFailure> failure_of(Action&& action) {
  try {
    action();
  } catch (const OperatorError& error) {
    return error.failure();
  }
  return {};
}

Tensor identity(const Tensor& x) { return x; }
Tensor scaled(const Tensor& x, double factor) { return test_tensor(x.item().to_double() * factor, x.key_set()); }

OperatorHandle op(std::string_view name, std::string_view overload = "") {
  return Dispatcher::singleton().find_schema_or_throw(name, overload);
}

TEST(Dispatcher, CallsUnboxedKernelsUnboxedAndBoxed) {
  Library library(Library::Kind::def, "calls");
  library.def("scale(Tensor x, float factor=2.0) -> Tensor");
  library.impl("scale", &scaled, DispatchKey::CPU);
  const auto typed = op("calls::scale").typed<Tensor(const Tensor&, double)>();
  EXPECT_EQ(typed.call(test_tensor(3), 4).item().to_double(), 12);
  Stack stack = {test_tensor(3), 0.5};
  op("calls::scale").call_boxed(stack);
  ASSERT_EQ(stack.size(), 1u);
  EXPECT_EQ(stack[0].to_tensor().item().to_double(), 1.5);
}

TEST(Dispatcher, CallsBoxedKernelsFromTypedHandles) {
  Library library(Library::Kind::def, "boxed");
  library.def("pair(Tensor x, int[] n, str s, float? f=None) -> (Tensor, int, str)");
  library.impl("pair", make_boxed_kernel([](const OperatorHandle& self, Stack* stack) {
                 EXPECT_EQ(self.name().name, "boxed::pair");
                 EXPECT_TRUE((*stack)[3].is_none());
                 const int64_t sum = (*stack)[1].to_list().items[0].to_int() + (*stack)[1].to_list().items[1].to_int();
                 *stack = {(*stack)[0], sum, (*stack)[2]};
               }));
  using Result = std::tuple<Tensor, int64_t, std::string>;
  const auto typed =
      op("boxed::pair").typed<Result(const Tensor&, IntArrayRef, std::string_view, std::optional<double>)>();
  const auto [tensor, sum, text] = typed.call(test_tensor(7), {3, 4}, "seven", std::nullopt);
  EXPECT_EQ(tensor.item().to_double(), 7);
  EXPECT_EQ(sum, 7);
  EXPECT_EQ(text, "seven");
}

TEST(Dispatcher, EveryKindOfArgumentPassesThroughAWrapper) {
  Library library(Library::Kind::def, "kinds");
  library.def("all",
              [](const Tensor& t, const std::optional<Tensor>& o, TensorList l, IntArrayRef i, bool b, std::string s,
                 const Scalar& n, Device d, ScalarType dtype, std::array<int64_t, 2> two, OptionalIntArrayRef maybe,
                 std::tuple<int64_t, double> pair, ArrayRef<bool> flags,
                 std::vector<std::optional<Tensor>> opts) -> std::string {
                return format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}", t.defined(), o.has_value(), l.size(),
                              i.size(), b, s, n.to_double(), to_string(d), to_string(dtype), two[1], maybe.has_value(),
                              std::get<1>(pair), flags.size(), opts.size());
              });
  EXPECT_EQ(
      op("kinds::all").schema()->to_string(),
      "kinds::all(Tensor _0, Tensor? _1, Tensor[] _2, int[] _3, bool _4, str _5, Scalar _6, Device _7, ScalarType "
      "_8, int[] _9, int[]? _10, (int, float) _11, bool[] _12, Tensor?[] _13) -> str _0");
  const std::vector<Value> values = {test_tensor(),
                                     Value(),
                                     make_list_value({test_tensor()}),
                                     make_list_value({1, 2, 3}),
                                     true,
                                     "text",
                                     2.5,
                                     "cuda:1",
                                     ScalarType::float16,
                                     make_list_value({4, 5}),
                                     Value(),
                                     make_tuple_value({1, 2}),
                                     make_list_value({true, false}),
                                     make_list_value({test_tensor(), Value()})};
  Stack stack = bind_host(*op("kinds::all").schema(), values);
  op("kinds::all").call_boxed(stack);
  EXPECT_EQ(stack.at(0).to_string(), "true false 1 3 true text 2.5 cuda:1 float16 5 false 2 2 2");
}

TEST(Dispatcher, ReferencesReturnTheArgumentItself) {
  Library library(Library::Kind::def, "inplace");
  library.def("f_(Tensor(a!) self) -> Tensor(a!)");
  library.def("g(Tensor x, *, Tensor(a!) out) -> Tensor(a!)");
  const auto boxed_identity = make_boxed_kernel([](const OperatorHandle&, Stack* stack) { stack->resize(1); });
  library.impl("f_", boxed_identity, DispatchKey::CPU);
  library.impl("g", boxed_identity, DispatchKey::CPU);
  Tensor x = test_tensor(1), out = test_tensor(2);
  EXPECT_EQ(&op("inplace::f_").typed<Tensor&(Tensor&)>().call(x), &x);
  EXPECT_EQ(&op("inplace::g").typed<Tensor&(const Tensor&, Tensor&)>().call(x, out), &out);
}

TEST(Dispatcher, AKernelThatTakesKeysRedispatchesWithThem) {
  Library library(Library::Kind::def, "keys");
  library.def("f(Tensor x) -> Tensor");
  library.impl("f", &identity, DispatchKey::CPU);
  int autograd = 0;
  library.impl(
      "f",
      [&autograd](DispatchKeySet keys, const Tensor& x) {
        ++autograd;
        EXPECT_EQ(keys.highest(), DispatchKey::AutogradCPU);
        return op("keys::f").typed<Tensor(const Tensor&)>().redispatch(keys & after_autograd_keys, x);
      },
      DispatchKey::Autograd);
  const Tensor x = test_tensor(5);
  EXPECT_TRUE(op("keys::f").typed<Tensor(const Tensor&)>().call(x).is_same(x));
  EXPECT_EQ(autograd, 1);
  const AutoDispatchBelowAutograd below;
  EXPECT_TRUE(op("keys::f").typed<Tensor(const Tensor&)>().call(x).is_same(x));
  EXPECT_EQ(autograd, 1);
}

// IP-04
TEST(Dispatcher, WrongCallsNeverReachAKernel) {
  Library library(Library::Kind::def, "wrong");
  int ran = 0;
  library.def("f(Tensor x, int k) -> Tensor");
  library.impl(
      "f", [&ran](const Tensor& x, int64_t) { return ++ran, x; }, DispatchKey::CPU);
  const OperatorHandle f = op("wrong::f");
  using Right = Tensor(const Tensor&, int64_t);
  EXPECT_EQ(failure_of([&] { f.typed<Tensor(const Tensor&, double)>(); }), OperatorFailure::signature);
  EXPECT_EQ(failure_of([&] { f.typed<Tensor(Tensor, int64_t)>(); }), OperatorFailure::signature);
  Stack few = {test_tensor()};
  EXPECT_EQ(failure_of([&] { f.call_boxed(few); }), OperatorFailure::missing);
  Stack other = {test_tensor(), "text"};
  EXPECT_EQ(error_of([&] { f.call_boxed(other); }).kind(), ErrorKind::invalid_argument);
  // Undefined tensors have no backend.
  EXPECT_EQ(failure_of([&] { f.typed<Right>().call(Tensor(), 1); }), OperatorFailure::no_tensor_arguments);
  const std::vector<Value> twice = {test_tensor(), 1};
  EXPECT_EQ(failure_of([&] { bind_host(*f.schema(), twice, {{"k", 2}}); }), OperatorFailure::too_many_arguments);
  EXPECT_EQ(failure_of([&] {
              bind_host(*f.schema(), {twice.data(), 1}, {{"x", Tensor()}});
            }),
            OperatorFailure::missing);
  EXPECT_EQ(ran, 0);
  // An output that is an argument is the same tensor.
  const Tensor x = test_tensor();
  EXPECT_TRUE(f.typed<Right>().call(x, 1).is_same(x));
}

TEST(Dispatcher, MissingKernelsListWhatThereIs) {
  Library library(Library::Kind::def, "listing");
  library.def("f(Tensor x) -> Tensor");
  library.impl("f", &identity, DispatchKey::CUDA);
  const auto f = op("listing::f").typed<Tensor(const Tensor&)>();
  const std::string text = error_of([&] { f.call(test_tensor()); }).what();
  EXPECT_NE(text.find("Could not run 'listing::f' with arguments from the 'CPU' backend."), std::string::npos);
  EXPECT_NE(text.find("only available for these backends: [CUDA]"), std::string::npos);
  EXPECT_NE(text.find("CUDA: registered at dispatcher_test.cc:"), std::string::npos);
  const std::string meta = error_of([&] { f.call(test_tensor(0, tensor_keys(Backend::Meta))); }).what();
  EXPECT_NE(meta.find("attempted to run this operator with Meta tensors"), std::string::npos);
}

TEST(Dispatcher, AFailedRegistrationLeavesNothing) {
  Library library(Library::Kind::def, "rollback");
  // The kernel does not fit, so the operator is not defined either.
  EXPECT_EQ(failure_of([&] { library.def("f(Tensor x, int k) -> Tensor", &identity); }),
            OperatorFailure::schema_mismatch);
  EXPECT_FALSE(Dispatcher::singleton().find_operator({"rollback::f", ""}));
  library.def("f(Tensor x, int k) -> Tensor");
  EXPECT_EQ(failure_of([&] { library.impl("f", &identity, DispatchKey::CPU); }), OperatorFailure::schema_mismatch);
  EXPECT_FALSE(op("rollback::f").has_kernel(DispatchKey::CPU));
  // The right one is not blocked by the wrong one.
  library.impl(
      "f", [](const Tensor& x, int64_t) { return x; }, DispatchKey::CPU);
  EXPECT_EQ(failure_of([&] {
              library.impl(
                  "f", [](Tensor x, int64_t) { return x; }, DispatchKey::CUDA);
            }),
            OperatorFailure::kernel_mismatch);
  EXPECT_FALSE(op("rollback::f").has_kernel(DispatchKey::CUDA));
}

TEST(Dispatcher, ABlockThatThrowsIsUndoneAsAWhole) {
  const auto block = [] {
    Library library(Library::Kind::def, "halfway");
    library.def("f(Tensor x) -> Tensor");
    library.def("g(Tensor x -> Tensor");
  };
  const std::string text = error_of(block).what();
  EXPECT_NE(text.find("namespace halfway"), std::string::npos);
  EXPECT_NE(text.find("dispatcher_test.cc:"), std::string::npos);
  EXPECT_FALSE(Dispatcher::singleton().find_schema({"halfway::f", ""}));
  Library again(Library::Kind::def, "halfway");
}

TEST(Dispatcher, ANamespaceHasOneDefBlock) {
  Library first(Library::Kind::def, "single");
  const std::string text = error_of([] { Library(Library::Kind::def, "single"); }).what();
  EXPECT_NE(text.find("Only a single TORCH_LIBRARY can be used to register the namespace single"), std::string::npos);
  const size_t place = text.find("dispatcher_test.cc:");
  ASSERT_NE(place, std::string::npos);
  EXPECT_NE(text.find("dispatcher_test.cc:", place + 1), std::string::npos);
  Library fragment(Library::Kind::fragment, "single");
  EXPECT_EQ(failure_of([&] { fragment.def("other::f() -> ()"); }), OperatorFailure::wrong_namespace);
  EXPECT_EQ(failure_of([&] { fragment.impl("other::f", &identity); }), OperatorFailure::wrong_namespace);
  first.reset();
  Library second(Library::Kind::def, "single");
}

TEST(Dispatcher, TheNewestKernelCountsAndDroppingItRestoresTheOlder) {
  Library library(Library::Kind::def, "stacked");
  library.def("f() -> int");
  const auto call = [] { return op("stacked::f").typed<int64_t()>().call(); };
  library.impl("f", [] { return int64_t{1}; });
  Library second(Library::Kind::impl, "stacked");
  second.impl("f", [] { return int64_t{2}; });
  Library third(Library::Kind::impl, "stacked");
  third.impl("f", [] { return int64_t{3}; });
  EXPECT_EQ(call(), 3);
  second.reset();
  EXPECT_EQ(call(), 3);
  third.reset();
  EXPECT_EQ(call(), 1);
}

TEST(Dispatcher, HandlesOutliveTheirOperator) {
  std::optional<OperatorHandle> kept;
  std::optional<TypedOperatorHandle<int64_t()>> typed;
  {
    Library library(Library::Kind::def, "gone");
    library.def("f() -> int", [] { return int64_t{1}; });
    kept = op("gone::f");
    typed = kept->typed<int64_t()>();
    EXPECT_EQ(typed->call(), 1);
  }
  EXPECT_FALSE(kept->has_schema());
  Stack stack;
  EXPECT_EQ(failure_of([&] { kept->call_boxed(stack); }), OperatorFailure::no_schema);
  EXPECT_EQ(failure_of([&] { typed->call(); }), OperatorFailure::no_schema);
  EXPECT_EQ(failure_of([&] { kept->schema(); }), OperatorFailure::no_schema);
  // Defined anew with another signature: the old handle must not call the new kernel with the old arguments.
  Library library(Library::Kind::def, "gone");
  library.def("f(int k) -> int", [](int64_t k) { return k; });
  EXPECT_EQ(failure_of([&] { typed->call(); }), OperatorFailure::signature);
  EXPECT_EQ(op("gone::f").typed<int64_t(int64_t)>().call(9), 9);
}

TEST(Dispatcher, FallbacksServeOperatorsWithoutKernelOfTheirOwn) {
  Library library(Library::Kind::def, "fell");
  library.def("f(Tensor x) -> Tensor");
  library.def("g(Tensor x) -> Tensor", &identity);
  int fell = 0;
  {
    Library fallback(Library::Kind::impl, "_", DispatchKey::PrivateUse3);
    fallback.fallback(make_boxed_kernel([&fell](const OperatorHandle&, Stack*) { ++fell; }));
    const Tensor x = test_tensor(1, tensor_keys(Backend::PrivateUse3));
    Stack stack = {x};
    op("fell::f").call_boxed(stack);
    EXPECT_EQ(fell, 1);
    op("fell::g").call_boxed(stack);
    EXPECT_EQ(fell, 1);
    Library second(Library::Kind::impl, "_", DispatchKey::PrivateUse3);
    EXPECT_EQ(failure_of([&] { second.fallback(KernelFunction::fallthrough()); }), OperatorFailure::duplicate_fallback);
    Library unboxed(Library::Kind::impl, "_", DispatchKey::PrivateUse2);
    EXPECT_EQ(failure_of([&] { unboxed.fallback(make_kernel(&identity)); }), OperatorFailure::bad_fallback);
  }
  Stack stack = {test_tensor(1, tensor_keys(Backend::PrivateUse3))};
  EXPECT_EQ(failure_of([&] { op("fell::f").call_boxed(stack); }), OperatorFailure::no_kernel);
}

TEST(Dispatcher, AmbiguousAutogradOtherIsAnError) {
  Library library(Library::Kind::def, "ambiguous");
  library.def("f(Tensor x) -> Tensor");
  library.impl("f", &identity, DispatchKey::SparseCPU);
  library.impl("f", &identity);
  const Tensor x = test_tensor(0, DispatchKeySet({DispatchKey::FPGA, DispatchKey::AutogradOther}));
  const auto f = op("ambiguous::f").typed<Tensor(const Tensor&)>();
  EXPECT_EQ(failure_of([&] { f.call(x); }), OperatorFailure::ambiguous_autogradother);
}

TEST(Dispatcher, ListenersHearOfDefinitions) {
  std::vector<std::string> heard;
  const Registration listening = Dispatcher::singleton().add_listener(
      [&](const OperatorHandle& one) { heard.push_back("+" + one.name().to_string()); },
      [&](const OperatorHandle& one) { heard.push_back("-" + one.name().to_string()); });
  {
    Library library(Library::Kind::def, "heard");
    library.def("f.a() -> ()");
    EXPECT_EQ(failure_of([&] { library.def("f.a() -> ()"); }), OperatorFailure::duplicate_def);
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"+heard::f.a", "-heard::f.a"}));
}

TEST(Dispatcher, OverloadsComeInTheOrderOfTheirDefinition) {
  Library library(Library::Kind::def, "over");
  library.def("f.z(int x) -> ()");
  library.def("f.a(float x) -> ()");
  library.def("f(str x) -> ()");
  std::vector<std::string> names;
  for (const OperatorHandle& one : Dispatcher::singleton().overloads("over::f")) names.push_back(one.name().overload);
  EXPECT_EQ(names, (std::vector<std::string>{"z", "a", ""}));
}

TEST(Dispatcher, ExceptionsOfKernelsPassThroughUnchanged) {
  Library library(Library::Kind::def, "thrown");
  library.def("f() -> ()", [] { throw std::out_of_range("mine"); });
  EXPECT_THROW(op("thrown::f").typed<void()>().call(), std::out_of_range);
  // The thread is outside all calls again: what was deregistered can go.
  EXPECT_EQ(thread_state().depth, 0u);
}

/// Counts how many live.
struct Counted {
  explicit Counted(std::atomic<int>& n) : alive(&n) { ++*alive; }
  Counted(const Counted& other) : alive(other.alive) { ++*alive; }
  ~Counted() { --*alive; }
  std::atomic<int>* alive;
};

TEST(Dispatcher, AKernelLivesUntilItsLastCallEnds) {
  std::atomic<int> alive{0};
  std::optional<Library> library(std::in_place, Library::Kind::def, "alive");
  library->def("f() -> int", [counted = Counted(alive), &library, &alive]() -> int64_t {
    library.reset();  // deregisters this very kernel
    return alive.load();
  });
  EXPECT_EQ(alive.load(), 1);
  EXPECT_EQ(op("alive::f").typed<int64_t()>().call(), 1);
  Dispatcher::singleton().collect_garbage();
  EXPECT_EQ(alive.load(), 0);
}

TEST(Dispatcher, CallsRunWhileOperatorsAreRegistered) {
  Library library(Library::Kind::def, "race");
  library.def("f(Tensor x) -> int");
  library.impl(
      "f", [](const Tensor&) { return int64_t{1}; }, DispatchKey::CPU);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> calls{0}, wrong{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      const auto f = op("race::f").typed<int64_t(const Tensor&)>();
      const Tensor x = test_tensor();
      while (!stop) {
        const int64_t result = f.call(x);
        if (result != 1 && result != 2) ++wrong;
        ++calls;
      }
    });
  }
  std::atomic<int> alive{0};
  for (int i = 0; i < 200 || calls < 1000; ++i) {
    Library second(Library::Kind::impl, "race", DispatchKey::CPU);
    second.impl("f",
                [counted = Counted(alive)](const Tensor&) -> int64_t { return counted.alive->load() > 0 ? 2 : 3; });
    Library other(Library::Kind::fragment, "race");
    other.def("g(Tensor x) -> Tensor", &identity);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  Dispatcher::singleton().collect_garbage();
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace spinel::registry
