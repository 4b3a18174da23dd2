// The vectorised steps of max pooling on rows of numbers, chosen at run time for the instruction set.
#pragma once

#include <cstdint>
#include <tuple>

#include "spinel/base/safetensors.h"

namespace spinel::kernels {

/// Numbers are compared as float, double, int32 or int64, whichever holds all values of the stored type in its order;
/// positions beside them ("codes") are integers of the same width.
template <typename V>
struct PoolCode {
  using type = int32_t;
};
template <>
struct PoolCode<double> {
  using type = int64_t;
};
template <>
struct PoolCode<int64_t> {
  using type = int64_t;
};

/// Rows in scratch memory are rounded up to this many elements, and steps may write up to there.
constexpr int64_t kPoolRound = 16;
inline int64_t pool_round(int64_t n) { return (n + kPoolRound - 1) / kPoolRound * kPoolRound; }

/// The most rows that one step combines.
constexpr int kPoolTaps = 16;

/// Several rows whose maximum is taken element by element, in scan order.
template <typename V>
struct PoolTaps {
  using Code = typename PoolCode<V>::type;
  int count = 0;
  const V* value[kPoolTaps];
  const Code* code[kPoolTaps];  ///< unless `coded`, not read: the code of tap t is first + t·step
  bool coded = false;           ///< add first + t·step to the codes of the rows
  Code first = 0, step = 0;
  bool accumulate = false;  ///< go on from what the output rows hold
  bool check = false;       ///< look for NaN on the way; only where neither `coded` nor NaN is expected
  /// The same for more groups of n elements: these steps apart in the rows and in the outputs.
  int64_t groups = 1, from_step = 0, to_step = 0;
};

/// The windows that one step combines where they overlap.
constexpr int kPoolWindows = 4;

/// Windows of which each begins a row behind the one before: window j has the rows j … j + taps − 1, in scan order.
/// What they share is compared once.
template <typename V>
struct PoolOverlap {
  using Code = typename PoolCode<V>::type;
  static constexpr int most_rows = kPoolTaps + kPoolWindows - 1;
  int taps = kPoolWindows;  ///< kPoolWindows to kPoolTaps
  const V* row[most_rows];
  const Code* row_code[most_rows];  ///< not read unless `coded`
  bool coded = false;               ///< add t·step to the codes of the rows; otherwise that is tap t's code
  Code step = 0;
  bool check = false;  ///< as in PoolTaps
  V* value[kPoolWindows];
  Code* code[kPoolWindows];  ///< null: no codes are wanted
};

/// Rows from tensors into scratch memory and back.
template <typename V>
struct PoolTransfer {
  using Code = typename PoolCode<V>::type;
  /// n elements of the stored type, `stride` apart, as numbers of V. True if one is a NaN.
  bool (*load)(const void* from, int64_t stride, int64_t n, V* to);
  /// The reverse. Exact: each number came from the stored type.
  void (*store)(const V* from, int64_t n, void* to, int64_t stride);
  /// The same for sums, rounded to nearest where the stored type is narrower.
  void (*store_sum)(const V* from, int64_t n, void* to, int64_t stride);
  /// to[i·stride] = base + i·step + code[i], as int64, int32 or uint8.
  void (*store_index64)(const Code* code, int64_t n, int64_t base, int64_t step, int64_t* to, int64_t stride);
  void (*store_index32)(const Code* code, int64_t n, int64_t base, int64_t step, int32_t* to, int64_t stride);
  void (*store_tap8)(const Code* code, int64_t n, uint8_t* to, int64_t stride);
};

/// What is done between rows of scratch memory.
template <typename V>
struct PoolRows : PoolTransfer<V> {
  using Code = typename PoolCode<V>::type;
  /// value[i] = maximum of the taps with the rules of ties and NaN (first of equals, last NaN), i in [0, n rounded up);
  /// code[i] the code of that tap, unless `code` is null. `nan` false: no NaN is among the values.
  /// With taps.check returns true where it met a NaN against that word: the results are then to be computed again.
  bool (*combine)(const PoolTaps<V>& taps, int64_t n, bool nan, V* value, Code* code);
  /// The same of windows that overlap.
  bool (*overlap)(const PoolOverlap<V>& windows, int64_t n, bool nan);
  /// Element i of the row goes to to[((offset + i) % stride)·pitch + (offset + i) / stride]. True if one is a NaN.
  bool (*split)(const V* from, int64_t n, int64_t offset, int64_t stride, int64_t pitch, V* to) = nullptr;
};

/// Steps for each type that elements are compared as.
template <template <typename> class Steps>
using PoolOfEach = std::tuple<Steps<float>, Steps<double>, Steps<int32_t>, Steps<int64_t>>;

/// The steps for elements stored as `dtype`; V must be the type they are compared as.
template <typename V>
PoolTransfer<V> pool_transfer(Dtype dtype);
template <typename V>
PoolRows<V> pool_rows(Dtype dtype);

/// Calls function(V{}) with the type that elements of `dtype` are compared as. False: the type has no order.
template <typename F>
bool by_pool_type(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::f32:
    case Dtype::f16:
    case Dtype::bf16: function(float{}); return true;
    case Dtype::f64: function(double{}); return true;
    case Dtype::u8:
    case Dtype::i8:
    case Dtype::u16:
    case Dtype::i16:
    case Dtype::i32: function(int32_t{}); return true;
    case Dtype::u32:
    case Dtype::u64:
    case Dtype::i64: function(int64_t{}); return true;
    default: return false;
  }
}

}  // namespace spinel::kernels
