// A library whose second block fails: nothing of the first may stay.
#include "spinel/registry/load_library.h"

SPINEL_LIBRARY(half_loaded, m) {
  m.def("f(int x) -> int", [](int64_t x) { return x; });
}

SPINEL_LIBRARY_FRAGMENT(half_loaded, m) { m.def("g(int x -> int"); }
