#include <cuda_runtime.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cuda/spmm.h"

namespace spinel::kernels::cuda {
namespace {

constexpr int kWarp = 32;
constexpr int kWarps = 8;  // of a block
constexpr unsigned kAll = 0xffffffffu;

__device__ float number(const PoolHalf& x) { return pool_from_half(x.bits); }
__device__ float number(const PoolBf16& x) { return pool_from_bf16(x.bits); }
template <typename T>
__device__ T number(const T& x) {
  return x;
}
__device__ void put(PoolHalf* to, float x) { to->bits = pool_to_half(x); }
__device__ void put(PoolBf16* to, float x) { to->bits = pool_to_bf16(x); }
template <typename T>
__device__ void put(T* to, T x) {
  *to = x;
}

/// What stands for a result that an index out of range belongs to.
template <typename N>
__device__ N invalid_number() {
  if constexpr (std::is_floating_point_v<N>) return static_cast<N>(__int_as_float(0x7fc00000));
  else return sizeof(N) == 8 ? static_cast<N>(0x7fffffffffffffffll) : static_cast<N>(0x7fffffff);
}

/// An operand with its types.
template <typename S, typename Index>
struct Matrix {
  int64_t rows, columns, entries;
  const Index *rowptr, *col, *entry, *counts;
  const S* value;

  explicit Matrix(const CsrOperand& a)
      : rows(a.rows),
        columns(a.columns),
        entries(a.entries),
        rowptr(static_cast<const Index*>(a.rowptr)),
        col(static_cast<const Index*>(a.col)),
        entry(static_cast<const Index*>(a.entry)),
        counts(static_cast<const Index*>(a.counts)),
        value(static_cast<const S*>(a.value)) {}

  /// Entries of a row; false: they do not lie in the matrix.
  __device__ bool range(int64_t row, int64_t& from, int64_t& to) const {
    from = static_cast<int64_t>(rowptr[row]);
    to = static_cast<int64_t>(rowptr[row + 1]);
    return from >= 0 && from <= to && to <= entries;
  }
  /// The column and the weight of the t-th entry; false: out of range.
  template <typename N>
  __device__ bool read(int64_t t, int64_t& column, N& weight) const {
    const int64_t e = entry ? static_cast<int64_t>(entry[t]) : t;
    if (e < 0 || e >= entries) return false;
    column = static_cast<int64_t>(col[e]);
    if (column < 0 || column >= columns) return false;
    weight = value ? number(value[e]) : N(1);
    if (counts) {
      const int64_t count = static_cast<int64_t>(counts[column + 1]) - static_cast<int64_t>(counts[column]);
      weight /= static_cast<N>(count > 0 ? count : 1);
    }
    return true;
  }
};

/// The lanes of a warp: `width` of them along the features, kWarp / width groups along the entries.
struct Lanes {
  int width, feature, group, groups;
  __device__ explicit Lanes(int64_t features) : width(kWarp) {
    while (width > 1 && width / 2 >= features) width /= 2;
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    feature = lane % width;
    group = lane / width;
    groups = kWarp / width;
  }
};

__device__ int64_t first_row() { return static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp; }
__device__ int64_t row_step() { return static_cast<int64_t>(gridDim.x) * kWarps; }

template <typename S, typename Index>
__global__ void __launch_bounds__(kWarp* kWarps)
    sum_rows(Matrix<S, Index> a, int64_t batch, int64_t width, bool mean, const S* x, S* y) {
  using N = ElementNumber<S>;
  const Lanes lanes(width);
  for (int64_t i = first_row(); i < a.rows * batch; i += row_step()) {
    const int64_t row = i % a.rows, b = i / a.rows;
    int64_t from, to;
    bool sound = a.range(row, from, to);
    if (!sound) from = to = 0;
    for (int64_t f0 = 0; f0 < width; f0 += lanes.width) {
      const int64_t f = f0 + lanes.feature;
      N sum = 0;
      for (int64_t t = from + lanes.group; t < to; t += lanes.groups) {
        int64_t column;
        N weight;
        if (!a.read(t, column, weight)) sound = false;
        else if (f < width) sum += weight * number(x[(b * a.columns + column) * width + f]);
      }
      for (int step = lanes.width; step < kWarp; step *= 2) sum += __shfl_xor_sync(kAll, sum, step);
      if (mean && to > from) sum /= static_cast<N>(to - from);
      if (!__all_sync(kAll, sound)) sum = invalid_number<N>();
      if (lanes.group == 0 && f < width) put(y + (b * a.rows + row) * width + f, sum);
    }
  }
}

template <typename S, typename Index>
__global__ void __launch_bounds__(kWarp* kWarps)
    sample_rows(Matrix<S, Index> a, int64_t batch, int64_t width, bool mean, const S* left, const S* right, S* out) {
  using N = ElementNumber<S>;
  const Lanes lanes(width);
  for (int64_t row = first_row(); row < a.rows; row += row_step()) {
    int64_t from, to;
    if (!a.range(row, from, to)) continue;
    // All lanes take part in each sum, so the last round may have groups without an entry.
    for (int64_t t0 = from; t0 < to; t0 += lanes.groups) {
      const int64_t t = t0 + lanes.group;
      int64_t column = 0;
      N weight, sum = 0;
      const bool sound = t >= to || a.read(t, column, weight);
      for (int64_t b = 0; b < batch && t < to && sound; ++b) {
        for (int64_t f = lanes.feature; f < width; f += lanes.width) {
          sum += number(left[(b * a.rows + row) * width + f]) * number(right[(b * a.columns + column) * width + f]);
        }
      }
      for (int step = 1; step < lanes.width; step *= 2) sum += __shfl_xor_sync(kAll, sum, step);
      if (mean) sum /= static_cast<N>(to - from);
      if (lanes.feature == 0 && t < to) put(out + t, sound ? sum : invalid_number<N>());
    }
  }
}

/// Whether x takes the place of best, which stands at an earlier entry.
template <typename N>
__device__ bool is_better(N x, N best, bool largest) {
  if (best != best) return false;
  return x != x || (largest ? x > best : x < best);
}

template <typename S, typename Index, typename Arg>
__global__ void __launch_bounds__(kWarp* kWarps)
    select_rows(Matrix<S, Index> a, int64_t batch, int64_t width, bool largest, const S* x, S* y, Arg* arg) {
  using N = ElementNumber<S>;
  const Lanes lanes(width);
  for (int64_t i = first_row(); i < a.rows * batch; i += row_step()) {
    const int64_t row = i % a.rows, b = i / a.rows;
    int64_t from, to;
    bool sound = a.range(row, from, to);
    if (!sound) from = to = 0;
    for (int64_t f0 = 0; f0 < width; f0 += lanes.width) {
      const int64_t f = f0 + lanes.feature;
      N best = 0;
      long long at = a.entries;
      for (int64_t t = from + lanes.group; t < to; t += lanes.groups) {
        int64_t column;
        N weight;
        if (!a.read(t, column, weight)) {
          sound = false;
        } else if (f < width) {
          const N product = weight * number(x[(b * a.columns + column) * width + f]);
          if (at == a.entries || is_better(product, best, largest)) best = product, at = t;
        }
      }
      for (int step = lanes.width; step < kWarp; step *= 2) {
        const N other = __shfl_xor_sync(kAll, best, step);
        const long long other_at = __shfl_xor_sync(kAll, at, step);
        if (other_at == a.entries) continue;
        const bool earlier = other_at < at;
        // Of equals, and of two NaN, the earlier one.
        const bool wins =
            at == a.entries || (earlier ? !is_better(best, other, largest) : is_better(other, best, largest));
        if (wins) best = other, at = other_at;
      }
      if (!__all_sync(kAll, sound)) best = invalid_number<N>(), at = a.entries;
      if (lanes.group != 0 || f >= width) continue;
      const int64_t target = (b * a.rows + row) * width + f;
      put(y + target, best);
      if (arg) arg[target] = static_cast<Arg>(at);
    }
  }
}

template <typename S, typename Index, typename Arg>
__global__ void __launch_bounds__(kWarp* kWarps)
    selected_rows(Matrix<S, Index> a, int64_t batch, int64_t width, const Arg* arg, const S* right, S* out) {
  using N = ElementNumber<S>;
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x, n = batch * a.rows * width;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    const int64_t f = i % width, b = i / width / a.rows;
    const auto e = static_cast<int64_t>(arg[i]);
    int64_t column;
    N weight, product = 0;
    if (e != a.entries) {
      const bool sound = e >= 0 && e < a.entries && a.read(e, column, weight);
      product = sound ? weight * number(right[(b * a.columns + column) * width + f]) : invalid_number<N>();
    }
    put(out + i, product);
  }
}

/// A lane takes an entry of the row and looks for the features that selected it.
template <typename S, typename Index, typename Arg>
__global__ void __launch_bounds__(kWarp* kWarps)
    selected_samples(Matrix<S, Index> a, int64_t batch, int64_t width, const Arg* arg, const S* left, const S* right,
                     S* out) {
  using N = ElementNumber<S>;
  for (int64_t row = first_row(); row < a.rows; row += row_step()) {
    int64_t from, to;
    if (!a.range(row, from, to)) continue;
    for (int64_t e = from + threadIdx.x % kWarp; e < to; e += kWarp) {
      int64_t column = 0;
      N weight, sum = 0;
      const bool sound = a.read(e, column, weight);
      for (int64_t i = 0; sound && i < batch * width; ++i) {
        const int64_t b = i / width, f = i % width, at = (b * a.rows + row) * width + f;
        if (static_cast<int64_t>(arg[at]) != e) continue;
        sum += number(left[at]) * number(right[(b * a.columns + column) * width + f]);
      }
      put(out + e, sound ? sum : invalid_number<N>());
    }
  }
}

template <typename N, typename Index, typename Arg>
__global__ void __launch_bounds__(kWarp* kWarps)
    scatter_selected(Matrix<N, Index> a, int64_t batch, int64_t width, const Arg* arg, const N* left, N* out) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x, n = batch * a.rows * width;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    const int64_t f = i % width, b = i / width / a.rows;
    const auto e = static_cast<int64_t>(arg[i]);
    int64_t column;
    N weight;
    if (e < 0 || e >= a.entries || !a.read(e, column, weight)) continue;
    atomicAdd(out + (b * a.columns + column) * width + f, weight * left[i]);
  }
}

/// Blocks for n rows, a warp each; the loops in the kernels take what is beyond the grid's limit.
unsigned grid_of(int64_t rows) {
  return static_cast<unsigned>(std::clamp<int64_t>((rows + kWarps - 1) / kWarps, 1, int64_t{1} << 30));
}

void check_launch() {
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) fail(ErrorKind::unavailable, "spmm: CUDA: {}", cudaGetErrorString(status));
}

template <typename F>
void by_index_type(Dtype index, F&& function) {
  if (index == Dtype::i32) function(int32_t{});
  else function(int64_t{});
}

/// Calls function(S{}, Index{}).
template <typename F>
void by_types(Dtype dtype, Dtype index, F&& function) {
  by_element(dtype, [&](auto element) { by_index_type(index, [&](auto i) { function(element, i); }); });
}

template <typename F>
void by_floating_types(Dtype dtype, Dtype index, F&& function) {
  const auto call = [&](auto element) { by_index_type(index, [&](auto i) { function(element, i); }); };
  switch (dtype) {
    case Dtype::f64: return call(double{});
    case Dtype::f32: return call(float{});
    case Dtype::bf16: return call(Bf16{});
    default: return call(Half{});
  }
}

cudaStream_t queue(void* stream) { return static_cast<cudaStream_t>(stream); }

}  // namespace

void spmm(const SpmmCall& call, void* stream) {
  if (call.batch * call.width * call.a.rows == 0) return;
  by_types(call.dtype, call.a.index, [&](auto element, auto index) {
    using S = decltype(element);
    sum_rows<S, decltype(index)><<<grid_of(call.a.rows * call.batch), kWarp * kWarps, 0, queue(stream)>>>(
        Matrix<S, decltype(index)>(call.a), call.batch, call.width, call.mean, static_cast<const S*>(call.x),
        static_cast<S*>(call.y));
  });
  check_launch();
}

void sampled_product(const SampledProductCall& call, void* stream) {
  if (call.a.entries == 0) return;
  by_types(call.dtype, call.a.index, [&](auto element, auto index) {
    using S = decltype(element);
    sample_rows<S, decltype(index)><<<grid_of(call.a.rows), kWarp * kWarps, 0, queue(stream)>>>(
        Matrix<S, decltype(index)>(call.a), call.batch, call.width, call.mean, static_cast<const S*>(call.left),
        static_cast<const S*>(call.right), static_cast<S*>(call.out));
  });
  check_launch();
}

void spmm_select(const SpmmSelectCall& call, void* stream) {
  if (call.batch * call.width * call.a.rows == 0) return;
  by_types(call.dtype, call.a.index, [&](auto element, auto index) {
    by_index_type(call.arg_index, [&](auto arg) {
      using S = decltype(element);
      select_rows<S, decltype(index), decltype(arg)>
          <<<grid_of(call.a.rows * call.batch), kWarp * kWarps, 0, queue(stream)>>>(
              Matrix<S, decltype(index)>(call.a), call.batch, call.width, call.largest, static_cast<const S*>(call.x),
              static_cast<S*>(call.y), static_cast<decltype(arg)*>(call.arg));
    });
  });
  check_launch();
}

void selected_product(const SelectedCall& call, void* stream) {
  const int64_t n = call.batch * call.width * call.a.rows;
  if (n == 0) return;
  by_floating_types(call.dtype, call.a.index, [&](auto element, auto index) {
    by_index_type(call.arg_index, [&](auto arg) {
      using S = decltype(element);
      selected_rows<S, decltype(index), decltype(arg)>
          <<<grid_of((n + kWarp - 1) / kWarp), kWarp * kWarps, 0, queue(stream)>>>(
              Matrix<S, decltype(index)>(call.a), call.batch, call.width, static_cast<const decltype(arg)*>(call.arg),
              static_cast<const S*>(call.right), static_cast<S*>(call.out));
    });
  });
  check_launch();
}

void selected_sampled(const SelectedCall& call, void* stream) {
  if (call.a.entries == 0) return;
  by_floating_types(call.dtype, call.a.index, [&](auto element, auto index) {
    by_index_type(call.arg_index, [&](auto arg) {
      using S = decltype(element);
      selected_samples<S, decltype(index), decltype(arg)><<<grid_of(call.a.rows), kWarp * kWarps, 0, queue(stream)>>>(
          Matrix<S, decltype(index)>(call.a), call.batch, call.width, static_cast<const decltype(arg)*>(call.arg),
          static_cast<const S*>(call.left), static_cast<const S*>(call.right), static_cast<S*>(call.out));
    });
  });
  check_launch();
}

void selected_transposed(const SelectedCall& call, void* stream) {
  const int64_t n = call.batch * call.width * call.a.rows, out = call.batch * call.width * call.a.columns;
  require(call.dtype == Dtype::f32 || call.dtype == Dtype::f64,
          "spmm: on CUDA the derivative of min and max by the matrix is for float32 and float64; it is {}",
          to_string(call.dtype));
  const auto status = cudaMemsetAsync(call.out, 0, static_cast<size_t>(out * number_size(call.dtype)), queue(stream));
  if (status != cudaSuccess) fail(ErrorKind::unavailable, "spmm: CUDA: {}", cudaGetErrorString(status));
  if (n == 0) return;
  const auto scatter = [&](auto element) {
    by_index_type(call.a.index, [&](auto index) {
      by_index_type(call.arg_index, [&](auto arg) {
        using N = decltype(element);
        scatter_selected<N, decltype(index), decltype(arg)>
            <<<grid_of((n + kWarp - 1) / kWarp), kWarp * kWarps, 0, queue(stream)>>>(
                Matrix<N, decltype(index)>(call.a), call.batch, call.width, static_cast<const decltype(arg)*>(call.arg),
                static_cast<const N*>(call.left), static_cast<N*>(call.out));
      });
    });
  };
  if (call.dtype == Dtype::f32) scatter(float{});
  else scatter(double{});
  check_launch();
}

}  // namespace spinel::kernels::cuda
