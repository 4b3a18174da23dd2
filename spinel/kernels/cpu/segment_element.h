// What the kernels on segments of rows share: how types are told apart, and how work is cut.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spinel/kernels/cpu/segment.h"
#include "spinel/kernels/cpu/spmm_element.h"

namespace spinel::kernels::segment_internal {

inline constexpr int64_t grain = 1 << 13;
/// Numbers of a row that are summed at a time, in registers or the nearest cache.
inline constexpr int64_t block = 64;

/// Rows and segments worth a piece.
template <typename Index>
int64_t grain_of(const Segments<Index>& s) {
  return std::max<int64_t>(1, grain / std::max<int64_t>(s.width, 1));
}

/// The row at place e.
template <typename Index>
int64_t row_of(const Segments<Index>& s, int64_t e) {
  return s.order ? int64_t{s.order[e]} : e;
}

/// Calls function with a value of the type; false where there is no kernel.
template <typename F>
bool by_type(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::u8: function(uint8_t{}); return true;
    case Dtype::i8: function(int8_t{}); return true;
    case Dtype::i16: function(int16_t{}); return true;
    case Dtype::i32: function(int32_t{}); return true;
    case Dtype::i64: function(int64_t{}); return true;
    case Dtype::f16: function(Half{}); return true;
    case Dtype::bf16: function(Bf16{}); return true;
    case Dtype::f32: function(float{}); return true;
    case Dtype::f64: function(double{}); return true;
    default: return false;
  }
}

/// Calls function with both pointers of the type.
template <typename F>
void with_type(Dtype dtype, const void* src, void* out, F&& function) {
  by_type(dtype,
          [&](auto zero) { function(static_cast<const decltype(zero)*>(src), static_cast<decltype(zero)*>(out)); });
}

}  // namespace spinel::kernels::segment_internal
