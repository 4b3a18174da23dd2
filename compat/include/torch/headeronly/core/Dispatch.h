// Macros that choose a C++ type for an element type, for sources that use headers of PyTorch alone.
#pragma once

#include "ATen/Dispatch.h"
#include "torch/headeronly/util/Exception.h"

#define THO_DISPATCH_CASE(enum_type, ...) AT_DISPATCH_CASE(enum_type, __VA_ARGS__)
#define THO_DISPATCH_SWITCH(type, name, ...)                                                    \
  [&] {                                                                                         \
    const c10::ScalarType spinel_type = c10::impl::scalar_type(type);                           \
    switch (spinel_type) {                                                                      \
      __VA_ARGS__                                                                               \
      default: STD_TORCH_CHECK(false, '"', name, "\" not implemented for '", spinel_type, "'"); \
    }                                                                                           \
  }()
