#include "spinel/hosts/paddle/paddle_host.h"

#include <paddle/phi/api/include/api.h>
#include <paddle/phi/core/generator.h>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/autograd.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/hosts/paddle/strided_view.h"
#include "spinel/registry/dispatch_guards.h"
#include "spinel/registry/tensor_functions.h"

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

/// Writes the elements of one tensor over those of another, outside autograd.
void write(const Tensor& from, const Tensor& to) {
  const bool here = from.device().type == registry::DeviceType::cpu && to.device() == from.device();
  if (here && from.scalar_type() == to.scalar_type()) return ops::copy_elements(from, to);
  if (from.impl()->host() != "paddle" || to.device().type != registry::DeviceType::cpu) {
    fail(ErrorKind::unavailable, "copy: from {} on {} to {} on {}; both must be PaddlePaddle's, the target on cpu",
         from.impl()->host(), registry::to_string(from.device()), to.impl()->host(), registry::to_string(to.device()));
  }
  const paddle::Tensor near = unwrap_tensor(from).copy_to(phi::CPUPlace(), true);
  ops::copy_elements(wrap_tensor(paddle::experimental::cast(near, to_paddle(to.scalar_type()))), to);
}

/// Whether what is made of a tensor now is to depend on it.
bool is_followed(const Tensor& tensor) { return wants_gradient(tensor) && !registry::is_below_autograd(); }

/// The gradient of a copy is a copy into the type and to the place of the original.
class CopyNode final : public registry::GradientNode {
 public:
  explicit CopyNode(const Tensor& from)
      : GradientNode("copy"), kind_{.dtype = from.scalar_type(), .device = from.device()} {}
  std::vector<Tensor> backward(const std::vector<Tensor>& gradients) override {
    return {gradients.at(0).defined() ? registry::to(gradients[0], kind_) : Tensor()};
  }

 private:
  registry::TensorKind kind_;
};

class Host final : public ops::Host {
 public:
  std::string_view name() const override { return "paddle"; }
  Tensor empty(const std::vector<int64_t>& sizes, ScalarType dtype, Device device, MemoryFormat format) const override {
    const paddle::Tensor made = new_tensor(sizes, dtype, device);
    if (format == MemoryFormat::contiguous) return wrap_tensor(made);
    return wrap_tensor(view_of(made, sizes, ops::compact_strides(sizes, format), 0));
  }
  Tensor contiguous(const Tensor& tensor, MemoryFormat format) const override {
    if (ops::is_compact(tensor, format)) return tensor;
    if (format == MemoryFormat::contiguous) return wrap_tensor(unwrap_tensor(tensor).contiguous());
    const Tensor copy = empty(to_vector(tensor.sizes()), tensor.scalar_type(), tensor.device(), format);
    write(tensor, copy);
    return copy;
  }
  const ParallelFor& parallel() const override { return thread_pool(); }
  void* stream(Device device) const override {
    fail(ErrorKind::unavailable, "{}: this build of the PaddlePaddle host queues no work there; use the CPU",
         registry::to_string(device));
  }
  uint64_t random() const override { return phi::DefaultCPUGenerator()->Random64(); }
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
    return wrap_tensor(view_of(new_tensor({count}, dtype, device), sizes, strides, 0));
  }
  Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, ScalarType dtype, Device device,
                   std::function<void(void*)> deleter) const override {
    const auto release = [data, deleter = std::move(deleter)] {
      if (deleter) deleter(data);
    };
    return wrap_tensor(tensor_over(data, sizes, strides, to_paddle(dtype), to_paddle(device), release));
  }
  Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) const override {
    const Tensor view = wrap_tensor(view_of(unwrap_tensor(tensor), sizes, strides, offset));
    return is_followed(tensor) ? connect_view(tensor, view, offset) : view;
  }
  void copy(const Tensor& from, const Tensor& to) const override {
    write(from, to);
    if (from.impl()->host() == "paddle" && is_followed(from)) {
      warn_that_gradients_stop("copy", "PaddlePaddle does not follow a copy into memory that was there before it");
    }
  }
  Tensor copied(const Tensor& from, Tensor made) const override {
    write(from, made);
    const bool is_float = ops::contains(ops::Elements::floating, made.scalar_type());
    if (!is_float || !is_followed(from)) return made;
    return connect({from}, {std::move(made)}, registry::make_intrusive<CopyNode>(from)).at(0);
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
    write(wrap_tensor(view_of(number, sizes, std::vector<int64_t>(sizes.size(), 0), 0)), tensor);
  }
  bool requires_grad(const Tensor& tensor) const override { return wants_gradient(tensor); }
  uint64_t version(const Tensor& tensor) const override {
    // Asking does not change it, though the method is not const.
    return const_cast<paddle::Tensor&>(unwrap_tensor(tensor)).current_inplace_version();
  }
  std::vector<Tensor> connect(const std::vector<Tensor>& inputs, std::vector<Tensor> outputs,
                              registry::intrusive_ptr<registry::GradientNode> node) const override {
    return paddle_host::connect(inputs, std::move(outputs), std::move(node));
  }
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
