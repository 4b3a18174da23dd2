// The macros that choose a C++ type from a list of element types: THO_DISPATCH_V2(type, name, AT_WRAP(body), types…).
#pragma once

#include "ATen/Dispatch_v2.h"
#include "torch/headeronly/core/Dispatch.h"

#define THO_DISPATCH_V2(type, name, body, ...) \
  THO_DISPATCH_SWITCH(type, name, SPINEL_DISPATCH_EACH(AT_WRAP(body), __VA_ARGS__))
