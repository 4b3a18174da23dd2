// The vector extension that the kernels run on, and how a lower one is forced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spinel::kernels {

/// The levels that were compiled and that this processor has, the best first: names of Highway's targets, such as
/// {"AVX2", "SSE4"}. Does not change when a level is forced.
const std::vector<std::string>& simd_levels();

/// The level that the next kernel runs on.
std::string simd_level();

/// Makes all kernels run on `name`, one of simd_levels() in any case, or on the best again where `name` is "best".
/// For comparing levels and for finding out whether one is at fault; call it while no kernel runs.
/// Throws invalid_argument where there is no such level here.
void force_simd_level(std::string_view name);

/// force_simd_level of the environment variable SPINEL_SIMD, where that is set and not empty.
void apply_simd_environment();

}  // namespace spinel::kernels
