// A library of operators that the tests load: a definition, kernels, a class.
#include <atomic>

#include "spinel/registry/class.h"
#include "spinel/registry/load_library.h"

namespace {

using spinel::registry::intrusive_ptr;
using spinel::registry::Tensor;

struct Counter : spinel::registry::CustomClassHolder {
  int64_t next() { return ++value; }
  int64_t value = 0;
};

/// Runs until another thread has seen it run and sets the flag behind the pointer.
int64_t wait_for(int64_t address) {
  auto* flags = reinterpret_cast<std::atomic<int>*>(address);
  flags[0] = 1;
  while (flags[1] == 0) {
  }
  return 42;
}

}  // namespace

SPINEL_LIBRARY(loaded, m) {
  m.custom_class<Counter>("Counter").def(spinel::registry::init<>()).def("next", &Counter::next);
  m.def("twice(int x) -> int", [](int64_t x) { return 2 * x; });
  m.def("wait(int address) -> int", &wait_for);
  m.def("same(Tensor x) -> Tensor");
}

SPINEL_LIBRARY_IMPL(loaded, CPU, m) {
  m.impl("same", [](const Tensor& x) { return x; });
}
