#include "spinel/hosts/plain/plain_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "spinel/base/error.h"

namespace spinel::plain {
namespace {

using registry::Backend;
using registry::DispatchKey;
using registry::Scalar;
using registry::ScalarType;

constexpr std::align_val_t alignment{64};

std::vector<int64_t> compact_strides(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> strides(sizes.size());
  int64_t step = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = step;
    step *= std::max<int64_t>(sizes[i], 1);
  }
  return strides;
}

/// Bytes of a compact tensor of these sizes.
int64_t checked_bytes(const std::vector<int64_t>& sizes, ScalarType dtype) {
  int64_t bytes = static_cast<int64_t>(registry::element_size(dtype));
  if (bytes == 0) {
    fail(ErrorKind::invalid_argument, "tensor: elements of type {} have no size of whole bytes",
         registry::to_string(dtype));
  }
  bool is_empty = false;
  for (int64_t size : sizes) {
    require(size >= 0, "tensor: a size is {}; sizes are at least 0", size);
    is_empty = is_empty || size == 0;
    require(!__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes),
            "tensor: sizes [{}] of {} exceed the memory that can be addressed", join_text(sizes, ", "),
            registry::to_string(dtype));
  }
  return is_empty ? 0 : bytes;
}

template <typename T>
T read(const void* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

/// IEEE half precision.
double from_half(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  double value = 0;
  if (exponent == 0x1f) value = fraction == 0 ? HUGE_VAL : std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0) value = std::ldexp(fraction, -24);
  else value = std::ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

double from_bfloat16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

Scalar read_element(const void* data, ScalarType dtype) {
  switch (dtype) {
    case ScalarType::uint8: return static_cast<int64_t>(read<uint8_t>(data));
    case ScalarType::int8: return static_cast<int64_t>(read<int8_t>(data));
    case ScalarType::int16: return static_cast<int64_t>(read<int16_t>(data));
    case ScalarType::uint16: return static_cast<int64_t>(read<uint16_t>(data));
    case ScalarType::int32: return static_cast<int64_t>(read<int32_t>(data));
    case ScalarType::uint32: return static_cast<int64_t>(read<uint32_t>(data));
    case ScalarType::int64: return read<int64_t>(data);
    case ScalarType::uint64: {
      const auto value = read<uint64_t>(data);
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        fail(ErrorKind::invalid_argument, "tensor: its element {} does not fit into int64", value);
      }
      return static_cast<int64_t>(value);
    }
    case ScalarType::float16: return from_half(read<uint16_t>(data));
    case ScalarType::bfloat16: return from_bfloat16(read<uint16_t>(data));
    case ScalarType::float32: return static_cast<double>(read<float>(data));
    case ScalarType::float64: return read<double>(data);
    case ScalarType::complex64: return std::complex<double>(read<std::complex<float>>(data));
    case ScalarType::complex128: return read<std::complex<double>>(data);
    case ScalarType::boolean: return read<uint8_t>(data) != 0;
    default:
      fail(ErrorKind::invalid_argument, "tensor: elements of type {} cannot be read as a number",
           registry::to_string(dtype));
  }
}

}  // namespace

PlainTensor::PlainTensor(void* data, std::vector<int64_t> sizes, TensorOptions options)
    : TensorImpl({}), data_(data), sizes_(std::move(sizes)), options_(std::move(options)) {
  const int64_t bytes = checked_bytes(sizes_, options_.dtype);
  const bool has_memory = options_.device.type != registry::DeviceType::meta;
  require(data_ != nullptr || bytes == 0 || !has_memory, "tensor: it has {} bytes but no memory", bytes);
  if (options_.strides.empty()) options_.strides = compact_strides(sizes_);
  require(options_.strides.size() == sizes_.size(), "tensor: it has {} strides for {} dimensions",
          options_.strides.size(), sizes_.size());
  set_key_set(options_.key_set ? *options_.key_set
                               : registry::DispatchKeySet(registry::dispatch_key_of_device(options_.device.type)));
}

PlainTensor::~PlainTensor() {
  if (options_.deleter) options_.deleter(data_);
}

Scalar PlainTensor::item() const {
  int64_t count = 1;
  for (int64_t size : sizes_) count *= size;
  require(count == 1, "tensor: it has {} elements; item() needs 1", count);
  if (options_.device.type != registry::DeviceType::cpu) {
    fail(ErrorKind::unavailable, "tensor: its memory is on {}; item() reads that of cpu",
         registry::to_string(options_.device));
  }
  return read_element(data_, options_.dtype);
}

registry::Tensor from_blob(void* data, std::vector<int64_t> sizes, TensorOptions options) {
  return registry::Tensor(registry::make_intrusive<PlainTensor>(data, std::move(sizes), std::move(options)));
}

registry::Tensor empty(std::vector<int64_t> sizes, ScalarType dtype) {
  const int64_t bytes = checked_bytes(sizes, dtype);
  void* data = ::operator new(static_cast<size_t>(std::max<int64_t>(bytes, 1)), alignment, std::nothrow);
  if (data == nullptr) {
    fail(ErrorKind::unavailable, "tensor: no memory for {} bytes of [{}]", bytes, join_text(sizes, ", "));
  }
  const auto release = [](void* memory) { ::operator delete(memory, alignment); };
  try {
    return from_blob(data, std::move(sizes), {.dtype = dtype, .deleter = release});
  } catch (...) {
    release(data);
    throw;
  }
}

registry::Tensor zeros(std::vector<int64_t> sizes, ScalarType dtype) {
  registry::Tensor tensor = empty(std::move(sizes), dtype);
  std::memset(tensor.data(), 0, static_cast<size_t>(tensor.numel()) * registry::element_size(dtype));
  return tensor;
}

}  // namespace spinel::plain
