#include "spinel/hosts/paddle/paddle_host.h"

#include <paddle/phi/api/include/api.h>
#include <paddle/phi/api/include/tensor_utils.h>
#include <paddle/phi/core/dense_tensor.h>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/paddle_tensor.h"

namespace spinel::paddle_host {
namespace {

using registry::Device;
using registry::IntArrayRef;
using registry::MemoryFormat;
using registry::ScalarType;
using registry::Tensor;

std::vector<int64_t> to_vector(IntArrayRef numbers) { return {numbers.begin(), numbers.end()}; }

paddle::Tensor new_tensor(const std::vector<int64_t>& sizes, ScalarType dtype, Device device) {
  return paddle::experimental::empty(phi::IntArray(sizes), to_paddle(dtype), to_paddle(device));
}

/// Memory with an owner of its own. PaddlePaddle's from_blob() calls deleters under a lock of the whole process, so one
/// that lets another such tensor go would wait for itself.
class Memory final : public phi::Allocation {
 public:
  Memory(void* data, size_t bytes, const phi::Place& place, std::function<void(void*)> deleter)
      : Allocation(data, bytes, place), deleter_(std::move(deleter)) {}
  ~Memory() override {
    if (deleter_) deleter_(ptr());
  }

 private:
  std::function<void(void*)> deleter_;
};

paddle::Tensor tensor_over(void* data, const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                           phi::DataType dtype, const phi::Place& place, std::function<void(void*)> deleter) {
  int64_t count = 1;
  for (size_t d = 0; d < sizes.size(); ++d) count = sizes[d] == 0 ? 0 : count + (sizes[d] - 1) * strides[d];
  const size_t bytes = static_cast<size_t>(std::max<int64_t>(count, 0)) * phi::SizeOf(dtype);
  const auto memory = std::make_shared<Memory>(data, bytes, place, std::move(deleter));
  const phi::DenseTensorMeta meta(dtype, common::make_ddim(sizes), common::make_ddim(strides));
  return paddle::Tensor(std::make_shared<phi::DenseTensor>(memory, meta));
}

/// The memory of `owner`, which lives as long, under other sizes and strides.
paddle::Tensor share(const paddle::Tensor& owner, const std::vector<int64_t>& sizes,
                     const std::vector<int64_t>& strides, int64_t offset) {
  const auto bytes = static_cast<int64_t>(phi::SizeOf(owner.dtype()));
  void* data = const_cast<char*>(static_cast<const char*>(owner.data())) + offset * bytes;
  return tensor_over(data, sizes, strides, owner.dtype(), owner.place(), [owner](void*) {});
}

class Host final : public ops::Host {
 public:
  std::string_view name() const override { return "paddle"; }
  Tensor empty(const std::vector<int64_t>& sizes, ScalarType dtype, Device device, MemoryFormat format) const override {
    const paddle::Tensor made = new_tensor(sizes, dtype, device);
    if (format == MemoryFormat::contiguous) return wrap_tensor(made);
    return wrap_tensor(share(made, sizes, ops::compact_strides(sizes, format), 0));
  }
  Tensor contiguous(const Tensor& tensor, MemoryFormat format) const override {
    if (ops::is_compact(tensor, format)) return tensor;
    if (format == MemoryFormat::contiguous) return wrap_tensor(unwrap_tensor(tensor).contiguous());
    const Tensor copy = empty(to_vector(tensor.sizes()), tensor.scalar_type(), tensor.device(), format);
    tensor_methods().copy(tensor, copy);
    return copy;
  }
  const ParallelFor& parallel() const override { return thread_pool(); }
  void* stream(Device device) const override {
    fail(ErrorKind::unavailable, "{}: this build of the PaddlePaddle host queues no work there; use the CPU",
         registry::to_string(device));
  }
};

class Methods final : public registry::TensorMethods {
 public:
  std::string_view host() const override { return "paddle"; }

  Tensor empty_strided(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device) const override {
    int64_t count = 1;
    for (size_t d = 0; d < sizes.size(); ++d) count = sizes[d] == 0 ? 0 : count + (sizes[d] - 1) * strides[d];
    const std::vector<int64_t> wanted = to_vector(sizes);
    if (to_vector(strides) == ops::compact_strides(wanted, MemoryFormat::contiguous)) {
      return wrap_tensor(new_tensor(wanted, dtype, device));
    }
    return wrap_tensor(share(new_tensor({count}, dtype, device), wanted, to_vector(strides), 0));
  }
  Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device,
                   std::function<void(void*)> deleter) const override {
    return wrap_tensor(tensor_over(data, to_vector(sizes), to_vector(strides), to_paddle(dtype), to_paddle(device),
                                   std::move(deleter)));
  }
  Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) const override {
    return wrap_tensor(share(unwrap_tensor(tensor), to_vector(sizes), to_vector(strides), offset));
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    const bool here = from.device().type == registry::DeviceType::cpu && to.device() == from.device();
    if (here && from.scalar_type() == to.scalar_type()) return ops::copy_elements(from, to);
    if (from.impl()->host() != "paddle" || to.device().type != registry::DeviceType::cpu) {
      fail(ErrorKind::unavailable, "copy: from {} on {} to {} on {}; both must be PaddlePaddle's, the target on cpu",
           from.impl()->host(), registry::to_string(from.device()), to.impl()->host(),
           registry::to_string(to.device()));
    }
    const paddle::Tensor near = unwrap_tensor(from).copy_to(phi::CPUPlace(), true);
    ops::copy_elements(wrap_tensor(paddle::experimental::cast(near, to_paddle(to.scalar_type()))), to);
  }
  void fill(const Tensor& tensor, const registry::Scalar& value) const override {
    const std::vector<int64_t> one(tensor.sizes().size(), 1);
    const phi::DataType dtype = to_paddle(tensor.scalar_type());
    const paddle::Tensor number =
        value.is_complex()    ? paddle::experimental::full(phi::IntArray(one), value.to_complex(), dtype)
        : value.is_integral() ? paddle::experimental::full(phi::IntArray(one), value.to_int(), dtype)
                              : paddle::experimental::full(phi::IntArray(one), value.to_double(), dtype);
    // The one number with strides of zero, over all sizes.
    const std::vector<int64_t> sizes = to_vector(tensor.sizes());
    copy(wrap_tensor(share(number, sizes, std::vector<int64_t>(sizes.size(), 0), 0)), tensor);
  }
  bool requires_grad(const Tensor& tensor) const override { return wants_gradient(tensor); }
  bool is_pinned(const Tensor& tensor) const override {
    return unwrap_tensor(tensor).place().GetType() == phi::AllocationType::GPUPINNED;
  }
};

}  // namespace

const ops::Host& host() {
  static const Host instance;
  return instance;
}

const registry::TensorMethods& tensor_methods() {
  static const Methods instance;
  return instance;
}

}  // namespace spinel::paddle_host
