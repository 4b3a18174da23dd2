// One unboxed call on the plain host against one through libtorch's dispatcher, in alternating pairs on one thread: the
// same trivial kernel, called through a typed handle, with tensors whose results are checked first.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/zeros.h>
#include <sched.h>
#include <torch/library.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "spinel/base/format.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/dispatch_guards.h"
#include "spinel/registry/library.h"

namespace {

namespace registry = spinel::registry;

// The kernels do nothing, so that what is measured is the way to them.
template <typename Tensor>
int64_t touch(const Tensor& x) {
  return x.defined() ? 1 : 0;
}
template <typename Tensor>
Tensor same(const Tensor& x) {
  return x;
}
template <typename Tensor>
int64_t four(const Tensor& a, const Tensor& b, int64_t k, double f) {
  return a.defined() && b.defined() ? k + static_cast<int64_t>(f) : 0;
}

constexpr const char* schemas[] = {"touch(Tensor x) -> int", "same(Tensor x) -> Tensor",
                                   "four(Tensor a, Tensor b, int k, float f) -> int"};

/// Nanoseconds of one call.
template <typename Call>
double nanoseconds(const Call& call) {
  constexpr int64_t count = 2'000'000;
  int64_t sum = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < count; ++i) sum += call();
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
  if (sum != count * call()) std::abort();
  return taken.count() / static_cast<double>(count);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <typename Own, typename Theirs>
void compare(std::string_view title, const Own& own_call, const Theirs& their_call) {
  if (own_call() != their_call()) {
    std::cerr << title << ": the results differ\n";
    std::exit(1);
  }
  std::vector<double> own, theirs;
  for (int pair = 0; pair <= 9; ++pair) {
    const double a = nanoseconds(own_call), b = nanoseconds(their_call);
    if (pair == 0) continue;  // the warm-up
    own.push_back(a);
    theirs.push_back(b);
  }
  double load = 0;
  getloadavg(&load, 1);
  std::cout << spinel::format("{:24} ours {:5.2f} ns, libtorch {:5.2f} ns, {:.2f} of its time, load {:.2f}\n", title,
                              median(own), median(theirs), median(own) / median(theirs), load);
}

template <typename Signature>
auto own_handle(std::string_view name) {
  return registry::Dispatcher::singleton().find_schema_or_throw(name).typed<Signature>();
}
template <typename Signature>
auto their_handle(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

}  // namespace

int main() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof(one), &one);
  std::cout << "libtorch " << TORCH_VERSION << "\n";

  registry::Library own(registry::Library::Kind::def, "bench");
  torch::Library theirs(torch::Library::DEF, "bench", std::nullopt, __FILE__, __LINE__);
  for (const char* schema : schemas) {
    own.def(schema);
    theirs.def(schema);
  }
  constexpr auto cpu = registry::DispatchKey::CPU;
  own.impl("touch", registry::make_kernel<&touch<registry::Tensor>>(), cpu);
  own.impl("same", registry::make_kernel<&same<registry::Tensor>>(), cpu);
  own.impl("four", registry::make_kernel<&four<registry::Tensor>>(), cpu);
  theirs.impl("touch", torch::dispatch(c10::DispatchKey::CPU, TORCH_FN(touch<at::Tensor>)));
  theirs.impl("same", torch::dispatch(c10::DispatchKey::CPU, TORCH_FN(same<at::Tensor>)));
  theirs.impl("four", torch::dispatch(c10::DispatchKey::CPU, TORCH_FN(four<at::Tensor>)));

  const registry::Tensor x = spinel::plain::zeros({4});
  const at::Tensor y = at::zeros({4});
  // libtorch at its fastest: without the autograd keys, whose fallback it would otherwise run first.
  const at::AutoDispatchBelowADInplaceOrView below;
  const auto own_touch = own_handle<int64_t(const registry::Tensor&)>("bench::touch");
  const auto their_touch = their_handle<int64_t(const at::Tensor&)>("bench::touch");
  compare(
      "touch(Tensor) -> int", [&] { return own_touch.call(x); }, [&] { return their_touch.call(y); });
  const auto own_same = own_handle<registry::Tensor(const registry::Tensor&)>("bench::same");
  const auto their_same = their_handle<at::Tensor(const at::Tensor&)>("bench::same");
  compare(
      "same(Tensor) -> Tensor", [&] { return static_cast<int64_t>(own_same.call(x).defined()); },
      [&] { return static_cast<int64_t>(their_same.call(y).defined()); });
  const auto own_four =
      own_handle<int64_t(const registry::Tensor&, const registry::Tensor&, int64_t, double)>("bench::four");
  const auto their_four = their_handle<int64_t(const at::Tensor&, const at::Tensor&, int64_t, double)>("bench::four");
  compare(
      "four arguments", [&] { return own_four.call(x, x, 3, 2.0); }, [&] { return their_four.call(y, y, 3, 2.0); });
}
