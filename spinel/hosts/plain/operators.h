// Our operators for C++ programs without a framework.
#pragma once

#include "spinel/ops/host.h"

namespace spinel::plain {

/// Memory by empty(), threads of the process-wide pool.
const ops::Host& host();

/// Starts the generator of random operators anew; it begins with the seed 0.
void manual_seed(uint64_t seed);

/// Defines all operators of ops/ in the registry, for plain tensors, until the process ends; more calls do nothing.
/// They are then called like any other: `Dispatcher::singleton().find_schema({"spinel::max_pool2d", ""})`.
void register_operators();

}  // namespace spinel::plain
