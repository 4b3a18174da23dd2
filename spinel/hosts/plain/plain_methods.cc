#include "spinel/hosts/plain/plain_methods.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/element.h"
#include "spinel/hosts/plain/plain_tensor.h"

namespace spinel::plain {
namespace {

using registry::Device;
using registry::DeviceType;
using registry::IntArrayRef;
using registry::Scalar;
using registry::ScalarType;
using registry::Tensor;

/// How many elements of memory a tensor reaches over.
int64_t extent(IntArrayRef sizes, IntArrayRef strides) {
  int64_t last = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0) return 0;
    int64_t reach = 0;
    require(strides[i] >= 0 && !__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) &&
                !__builtin_add_overflow(last, reach, &last),
            "tensor: size {} with stride {} exceeds the memory that can be addressed", sizes[i], strides[i]);
  }
  return last + 1;
}

/// Calls use(a, b) with the byte offsets of each element in two tensors of equal sizes.
template <typename Use>
void for_each_element(IntArrayRef sizes, IntArrayRef a, int64_t a_bytes, IntArrayRef b, int64_t b_bytes, Use use) {
  for (int64_t size : sizes) {
    if (size == 0) return;
  }
  std::vector<int64_t> index(sizes.size(), 0);
  int64_t at_a = 0, at_b = 0;
  while (true) {
    use(at_a * a_bytes, at_b * b_bytes);
    size_t i = sizes.size();
    while (i > 0 && ++index[i - 1] == sizes[i - 1]) {
      --i;
      at_a -= (sizes[i] - 1) * a[i];
      at_b -= (sizes[i] - 1) * b[i];
      index[i] = 0;
    }
    if (i == 0) return;
    at_a += a[i - 1];
    at_b += b[i - 1];
  }
}

void require_cpu(const Tensor& tensor) {
  if (tensor.device().type == DeviceType::cpu) return;
  fail(ErrorKind::unavailable, "tensor: its memory is on {}; the plain host reads and writes that of cpu",
       registry::to_string(tensor.device()));
}

class PlainMethods final : public registry::TensorMethods {
 public:
  std::string_view host() const override { return "plain"; }

  Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device) const override {
    TensorOptions options{.strides = strides.vec(), .dtype = dtype, .device = device};
    if (device.type == DeviceType::meta) return plain::from_blob(nullptr, sizes.vec(), std::move(options));
    if (device.type != DeviceType::cpu) {
      fail(ErrorKind::unavailable, "tensor: the plain host makes tensors on cpu and meta; {} is wanted",
           registry::to_string(device));
    }
    const Tensor memory = plain::empty({extent(sizes, strides)}, dtype);
    options.deleter = [memory](void*) {};
    return plain::from_blob(memory.data(), sizes.vec(), std::move(options));
  }

  Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device,
                   std::function<void(void*)> deleter) const override {
    return plain::from_blob(
        data, sizes.vec(), {.strides = strides.vec(), .dtype = dtype, .device = device, .deleter = std::move(deleter)});
  }

  Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) const override {
    const auto bytes = static_cast<int64_t>(registry::element_size(tensor.scalar_type()));
    char* const first = static_cast<char*>(tensor.data());
    return plain::from_blob(first == nullptr ? nullptr : first + offset * bytes, sizes.vec(),
                            {.strides = strides.vec(),
                             .dtype = tensor.scalar_type(),
                             .device = tensor.device(),
                             .deleter = [tensor](void*) {},
                             .key_set = tensor.key_set()});
  }

  void copy(const Tensor& from, const Tensor& to) const override {
    require(from.sizes() == to.sizes(), "copy: sizes [{}] and [{}] differ; they must be equal",
            join_text(from.sizes().vec(), ", "), join_text(to.sizes().vec(), ", "));
    if (to.device().type == DeviceType::meta) return;
    require_cpu(from);
    require_cpu(to);
    const ScalarType read = from.scalar_type(), written = to.scalar_type();
    const auto read_bytes = static_cast<int64_t>(registry::element_size(read));
    const auto written_bytes = static_cast<int64_t>(registry::element_size(written));
    const auto* source = static_cast<const char*>(from.data());
    auto* target = static_cast<char*>(to.data());
    for_each_element(from.sizes(), from.strides(), read_bytes, to.strides(), written_bytes, [&](int64_t a, int64_t b) {
      if (read == written) std::memmove(target + b, source + a, static_cast<size_t>(read_bytes));
      else write_element(target + b, written, read_element(source + a, read));
    });
  }

  void fill(const Tensor& tensor, const Scalar& value) const override {
    if (tensor.device().type == DeviceType::meta) return;
    require_cpu(tensor);
    const auto bytes = static_cast<int64_t>(registry::element_size(tensor.scalar_type()));
    auto* target = static_cast<char*>(tensor.data());
    for_each_element(tensor.sizes(), tensor.strides(), bytes, tensor.strides(), bytes,
                     [&](int64_t at, int64_t) { write_element(target + at, tensor.scalar_type(), value); });
  }
};

}  // namespace

const registry::TensorMethods& plain_methods() {
  static const PlainMethods& methods = *new PlainMethods;
  return methods;
}

}  // namespace spinel::plain
