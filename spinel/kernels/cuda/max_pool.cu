#include "spinel/kernels/cuda/launch.h"
#include "spinel/kernels/cuda/max_pool.h"
#include "spinel/kernels/max_pool_element.h"

namespace spinel::kernels::cuda {
namespace {

template <typename Stored>
__global__ void __launch_bounds__(kThreads)
    forward(PoolGeometry g, PoolInt n, int channels_last, const Stored* x, PoolStrides xs, Stored* y, PoolStrides ys,
            int index_type, void* index, PoolStrides is) {
  for (PoolInt id = first_item(); id < n; id += item_step()) {
    pool_forward_element<Stored>(&g, pool_position(&g, id, channels_last), x, &xs, y, &ys, index_type, index, &is);
  }
}

template <typename Stored>
__global__ void __launch_bounds__(kThreads)
    backward(PoolGeometry g, PoolInt n, int channels_last, const Stored* dy, PoolStrides ys, int index_type,
             const void* index, PoolStrides is, Stored* dx, PoolStrides xs) {
  for (PoolInt id = first_item(); id < n; id += item_step()) {
    pool_backward_element<Stored>(&g, pool_input_position(&g, id, channels_last), dy, &ys, index_type, index, &is, dx,
                                  &xs);
  }
}

template <typename Stored>
__global__ void __launch_bounds__(kThreads)
    gather(PoolGeometry g, PoolInt n, int channels_last, const Stored* ddx, PoolStrides xs, int index_type,
           const void* index, PoolStrides is, Stored* ddy, PoolStrides ys) {
  for (PoolInt id = first_item(); id < n; id += item_step()) {
    pool_gather_element<Stored>(&g, pool_position(&g, id, channels_last), ddx, &xs, index_type, index, &is, ddy, &ys);
  }
}

PoolInt count_of(const PoolGeometry& g, const PoolInt (&spatial)[3]) {
  return g.batch * g.channels * spatial[0] * spatial[1] * spatial[2];
}

/// Calls function(T{}) with the stored floating type; false: another type.
template <typename F>
bool by_floating_type(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::f32: function(float{}); return true;
    case Dtype::f64: function(double{}); return true;
    case Dtype::f16: function(PoolHalf{}); return true;
    case Dtype::bf16: function(PoolBf16{}); return true;
    default: return false;
  }
}

template <typename F>
bool by_stored_type(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::u8: function(uint8_t{}); return true;
    case Dtype::i8: function(int8_t{}); return true;
    case Dtype::u16: function(uint16_t{}); return true;
    case Dtype::i16: function(int16_t{}); return true;
    case Dtype::u32: function(uint32_t{}); return true;
    case Dtype::i32: function(int32_t{}); return true;
    case Dtype::u64: function(uint64_t{}); return true;
    case Dtype::i64: function(int64_t{}); return true;
    default: return by_floating_type(dtype, function);
  }
}

void require_type(bool known, Dtype dtype) {
  require(known, "max_pool: the elements are {}; a real number type, for gradients a floating one, is needed",
          to_string(dtype));
}

/// Threads next to each other take elements next to each other.
int channels_last(const PoolGeometry& g, const PoolStrides& strides) { return g.channels > 1 && strides.at[1] == 1; }

}  // namespace

void max_pool_forward(const MaxPoolForward& call, Workspace& workspace) {
  const PoolGeometry& g = call.geometry;
  const PoolInt n = count_of(g, g.out);
  if (n == 0) return;
  require_type(by_stored_type(call.dtype,
                              [&](auto zero) {
                                using T = decltype(zero);
                                launch("max_pool", workspace, grid_of(n, kThreads), forward<T>, g, n,
                                       channels_last(g, call.y_strides), static_cast<const T*>(call.x), call.x_strides,
                                       static_cast<T*>(call.y), call.y_strides, static_cast<int>(call.index_type),
                                       call.index, call.index_strides);
                              }),
               call.dtype);
}

void max_pool_backward(const MaxPoolBackward& call, Workspace& workspace) {
  const PoolGeometry& g = call.geometry;
  const PoolInt n = count_of(g, g.in);
  if (n == 0) return;
  require_type(by_floating_type(call.dtype,
                                [&](auto zero) {
                                  using T = decltype(zero);
                                  launch("max_pool", workspace, grid_of(n, kThreads), backward<T>, g, n,
                                         channels_last(g, call.dx_strides), static_cast<const T*>(call.dy),
                                         call.dy_strides, static_cast<int>(call.index_type), call.index,
                                         call.index_strides, static_cast<T*>(call.dx), call.dx_strides);
                                }),
               call.dtype);
}

void max_pool_gather(const MaxPoolBackward& call, Workspace& workspace) {
  const PoolGeometry& g = call.geometry;
  const PoolInt n = count_of(g, g.out);
  if (n == 0) return;
  require_type(by_floating_type(call.dtype,
                                [&](auto zero) {
                                  using T = decltype(zero);
                                  launch("max_pool", workspace, grid_of(n, kThreads), gather<T>, g, n,
                                         channels_last(g, call.dy_strides), static_cast<const T*>(call.dx),
                                         call.dx_strides, static_cast<int>(call.index_type), call.index,
                                         call.index_strides, static_cast<T*>(const_cast<void*>(call.dy)),
                                         call.dy_strides);
                                }),
               call.dtype);
}

}  // namespace spinel::kernels::cuda
