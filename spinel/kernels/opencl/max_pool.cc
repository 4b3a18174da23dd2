#include "spinel/kernels/opencl/max_pool.h"

#include "spinel/base/error.h"

namespace spinel::kernels::opencl {

/// The common source and the kernels, put together by the build.
extern const char* const max_pool_source;

namespace {

const char* options_of(Dtype dtype, bool gradient, const Device& device) {
  switch (dtype) {
    case Dtype::f32: return "-DPOOL_STORED=float";
    case Dtype::f16: return "-DTYPE_F16";
    case Dtype::bf16: return "-DTYPE_BF16";
    case Dtype::f64:
      if (!device.has_double()) {
        fail(ErrorKind::unavailable, "OpenCL: {} has no float64; float32 is possible", device.name());
      }
      return "-DTYPE_F64 -DPOOL_STORED=double";
    default: break;
  }
  require(!gradient, "max_pool: a gradient of type {} is asked for; it must be a floating type", to_string(dtype));
  switch (dtype) {
    case Dtype::u8: return "-DPOOL_STORED=uchar";
    case Dtype::i8: return "-DPOOL_STORED=char";
    case Dtype::u16: return "-DPOOL_STORED=ushort";
    case Dtype::i16: return "-DPOOL_STORED=short";
    case Dtype::u32: return "-DPOOL_STORED=uint";
    case Dtype::i32: return "-DPOOL_STORED=int";
    case Dtype::u64: return "-DPOOL_STORED=ulong";
    case Dtype::i64: return "-DPOOL_STORED=long";
    default:
      fail(ErrorKind::invalid_argument, "max_pool: the elements are {}; a real number type is needed",
           to_string(dtype));
  }
}

template <typename T>
Argument value(const T& v) {
  return {sizeof(T), &v};
}

int64_t count_of(const PoolGeometry& g, const PoolInt (&spatial)[3]) {
  return g.batch * g.channels * spatial[0] * spatial[1] * spatial[2];
}

int32_t is_channels_last(const PoolGeometry& g, const PoolStrides& strides) {
  return g.channels > 1 && strides.at[1] == 1;
}

}  // namespace

void max_pool_forward(Device& device, const MaxPoolForward& call, const Buffer& x, const Buffer& y,
                      const Buffer& index) {
  const int64_t n = count_of(call.geometry, call.geometry.out);
  if (n == 0) return;
  const int32_t channels_last = is_channels_last(call.geometry, call.y_strides);
  const auto type = static_cast<int32_t>(call.index_type);
  void* const memory[] = {x.handle(), y.handle(), index.handle()};
  device.run(max_pool_source, options_of(call.dtype, false, device), "forward",
             {value(call.geometry), value(n), value(channels_last), value(memory[0]), value(call.x_strides),
              value(memory[1]), value(call.y_strides), value(type), value(memory[2]), value(call.index_strides)},
             n);
}

void max_pool_backward(Device& device, const MaxPoolBackward& call, const Buffer& dy, const Buffer& index,
                       const Buffer& dx) {
  const int64_t n = count_of(call.geometry, call.geometry.in);
  if (n == 0) return;
  const int32_t channels_last = is_channels_last(call.geometry, call.dx_strides);
  const auto type = static_cast<int32_t>(call.index_type);
  void* const memory[] = {dy.handle(), index.handle(), dx.handle()};
  device.run(max_pool_source, options_of(call.dtype, true, device), "backward",
             {value(call.geometry), value(n), value(channels_last), value(memory[0]), value(call.dy_strides),
              value(type), value(memory[1]), value(call.index_strides), value(memory[2]), value(call.dx_strides)},
             n);
}

void max_pool_gather(Device& device, const MaxPoolBackward& call, const Buffer& ddx, const Buffer& index,
                     const Buffer& ddy) {
  const int64_t n = count_of(call.geometry, call.geometry.out);
  if (n == 0) return;
  const int32_t channels_last = is_channels_last(call.geometry, call.dy_strides);
  const auto type = static_cast<int32_t>(call.index_type);
  void* const memory[] = {ddx.handle(), index.handle(), ddy.handle()};
  device.run(max_pool_source, options_of(call.dtype, true, device), "gather",
             {value(call.geometry), value(n), value(channels_last), value(memory[0]), value(call.dx_strides),
              value(type), value(memory[1]), value(call.index_strides), value(memory[2]), value(call.dy_strides)},
             n);
}

}  // namespace spinel::kernels::opencl
