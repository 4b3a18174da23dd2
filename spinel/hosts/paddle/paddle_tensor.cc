#include "spinel/hosts/paddle/paddle_tensor.h"

#include <paddle/common/ddim.h>
#include <paddle/phi/api/include/api.h>
#include <paddle/phi/core/dense_tensor.h>

#include <algorithm>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/python_object.h"

namespace spinel::paddle_host {
namespace {

using phi::DataType;
using registry::DispatchKeySet;
using registry::ScalarType;
using registry::Tensor;

constexpr std::pair<ScalarType, DataType> dtypes[] = {
    {ScalarType::uint8, DataType::UINT8},
    {ScalarType::int8, DataType::INT8},
    {ScalarType::int16, DataType::INT16},
    {ScalarType::int32, DataType::INT32},
    {ScalarType::int64, DataType::INT64},
    {ScalarType::float16, DataType::FLOAT16},
    {ScalarType::float32, DataType::FLOAT32},
    {ScalarType::float64, DataType::FLOAT64},
    {ScalarType::complex64, DataType::COMPLEX64},
    {ScalarType::complex128, DataType::COMPLEX128},
    {ScalarType::boolean, DataType::BOOL},
    {ScalarType::bfloat16, DataType::BFLOAT16},
    {ScalarType::uint16, DataType::UINT16},
    {ScalarType::uint32, DataType::UINT32},
    {ScalarType::uint64, DataType::UINT64},
    {ScalarType::float8_e4m3fn, DataType::FLOAT8_E4M3FN},
    {ScalarType::float8_e5m2, DataType::FLOAT8_E5M2},
};

registry::DispatchKey autograd_key_of(registry::Device device) {
  switch (device.type) {
    case registry::DeviceType::cpu: return registry::DispatchKey::AutogradCPU;
    case registry::DeviceType::cuda: return registry::DispatchKey::AutogradCUDA;
    case registry::DeviceType::xpu: return registry::DispatchKey::AutogradXPU;
    default: return registry::DispatchKey::AutogradPrivateUse1;
  }
}

DispatchKeySet keys_of(registry::Device device, bool wants_gradient) {
  const DispatchKeySet keys(registry::dispatch_key_of_device(device.type));
  return wants_gradient ? keys | DispatchKeySet(autograd_key_of(device)) : keys;
}

std::vector<int64_t> to_vector(const common::DDim& dims) {
  std::vector<int64_t> result(static_cast<size_t>(dims.size()));
  for (int k = 0; k < dims.size(); ++k) result[static_cast<size_t>(k)] = dims[k];
  return result;
}

/// Copies a tensor over other memory; the copy counts writes in place together with the original.
struct ViewOf : phi::DenseTensor {
  ViewOf(const phi::DenseTensor& original, const phi::DenseTensor& memory) : DenseTensor(original) {
    holder_ = memory.Holder();
    meta_ = memory.meta();
  }
};

/// Memory whose owner is told when nobody uses it any more.
class ForeignMemory final : public phi::Allocation {
 public:
  ForeignMemory(void* data, size_t bytes, const phi::Place& place, std::function<void()> release)
      : Allocation(data, bytes, place), release_(std::move(release)) {}
  ~ForeignMemory() override { release_(); }

 private:
  std::function<void()> release_;
};

std::shared_ptr<phi::DenseTensor> dense_over(void* data, registry::IntArrayRef sizes, registry::IntArrayRef strides,
                                             DataType dtype, const phi::Place& place, std::function<void()> release) {
  phi::DenseTensorMeta meta(dtype, common::make_ddim(sizes.vec()));
  meta.strides = common::make_ddim(strides.vec());
  // What PaddlePaddle compares with the number of elements, and copies: up to the last one.
  int64_t count = 1, extent = 1;
  for (size_t d = 0; d < sizes.size(); ++d) {
    count *= sizes[d];
    extent += (sizes[d] - 1) * strides[d];
  }
  const size_t bytes = static_cast<size_t>(count == 0 ? 0 : std::max(count, extent)) * phi::SizeOf(dtype);
  return std::make_shared<phi::DenseTensor>(std::make_shared<ForeignMemory>(data, bytes, place, std::move(release)),
                                            meta);
}

}  // namespace

paddle::Tensor tensor_over(void* data, registry::IntArrayRef sizes, registry::IntArrayRef strides, DataType dtype,
                           const phi::Place& place, std::function<void()> release) {
  return paddle::Tensor(dense_over(data, sizes, strides, dtype, place, std::move(release)));
}

paddle::Tensor view_of(const paddle::Tensor& tensor, registry::IntArrayRef sizes, registry::IntArrayRef strides,
                       int64_t offset) {
  const auto owner = std::static_pointer_cast<phi::DenseTensor>(tensor.impl());
  const auto bytes = static_cast<int64_t>(phi::SizeOf(tensor.dtype()));
  void* data = const_cast<char*>(static_cast<const char*>(tensor.data())) + offset * bytes;
  const auto memory = dense_over(data, sizes, strides, tensor.dtype(), tensor.place(), [owner] {});
  return paddle::Tensor(std::make_shared<phi::DenseTensor>(ViewOf(*owner, *memory)));
}

DataType to_paddle(ScalarType dtype) {
  for (const auto& [ours, theirs] : dtypes) {
    if (ours == dtype) return theirs;
  }
  fail(ErrorKind::invalid_argument, "dtype: PaddlePaddle has no {}; convert the tensor to another type",
       registry::to_string(dtype));
}

ScalarType from_paddle(DataType dtype) {
  for (const auto& [ours, theirs] : dtypes) {
    if (theirs == dtype) return ours;
  }
  fail(ErrorKind::invalid_argument, "dtype: PaddlePaddle's type {} has no counterpart among schemas' types",
       static_cast<int>(dtype));
}

registry::Device from_paddle(const phi::Place& place) {
  const auto index = static_cast<int8_t>(place.GetDeviceId());
  switch (place.GetType()) {
    case phi::AllocationType::GPU: return {registry::DeviceType::cuda, index};
    case phi::AllocationType::XPU: return {registry::DeviceType::xpu, index};
    case phi::AllocationType::CUSTOM: return {registry::DeviceType::privateuseone, index};
    default: return {registry::DeviceType::cpu, -1};
  }
}

phi::Place to_paddle(registry::Device device) {
  const int8_t index = device.index < 0 ? int8_t{0} : device.index;
  switch (device.type) {
    case registry::DeviceType::cpu: return phi::CPUPlace();
    case registry::DeviceType::cuda: return phi::GPUPlace(index);
    case registry::DeviceType::xpu: return phi::XPUPlace(index);
    default:
      fail(ErrorKind::invalid_argument, "device: PaddlePaddle's tensors are not made on {} here; use cpu or cuda",
           registry::to_string(device));
  }
}

PaddleTensor::PaddleTensor(const paddle::Tensor& tensor, bool wants_gradient, PyObject* object)
    : TensorImpl({}),
      tensor_(tensor),
      sizes_(to_vector(tensor.dims())),
      dtype_(from_paddle(tensor.dtype())),
      device_(from_paddle(tensor.place())),
      wants_gradient_(wants_gradient),
      object_(object) {
  require(tensor.is_dense_tensor(), "tensor: it is not dense; convert it with to_dense()");
  strides_ = to_vector(tensor.strides());
  set_key_set(keys_of(device_, wants_gradient));
  Py_XINCREF(object_);
}

PaddleTensor::~PaddleTensor() {
  if (object_ != nullptr) drop_object(object_);
}

void* PaddleTensor::data() const { return const_cast<void*>(tensor_.data()); }

registry::Scalar PaddleTensor::item() const {
  require(tensor_.numel() == 1, "tensor: it has {} elements; item() needs 1", tensor_.numel());
  const paddle::Tensor here = tensor_.copy_to(phi::CPUPlace(), true);
  switch (dtype_) {
    case ScalarType::boolean: return *here.data<bool>();
    case ScalarType::float32:
    case ScalarType::float64:
    case ScalarType::float16:
    case ScalarType::bfloat16: {
      const paddle::Tensor number = paddle::experimental::cast(here, DataType::FLOAT64);
      return *number.data<double>();
    }
    case ScalarType::complex64:
    case ScalarType::complex128: {
      const paddle::Tensor number = paddle::experimental::cast(here, DataType::COMPLEX128);
      const auto* parts = static_cast<const double*>(number.data());
      return std::complex<double>(parts[0], parts[1]);
    }
    default: {
      const paddle::Tensor number = paddle::experimental::cast(here, DataType::INT64);
      return *number.data<int64_t>();
    }
  }
}

const registry::TensorMethods* PaddleTensor::methods() const { return &tensor_methods(); }

GraphValue::GraphValue(PyObject* object) : TensorImpl({}), object_(object) {
  const Object shape(PyObject_GetAttrString(object, "shape"));
  const Object items(PySequence_Fast(shape.get(), "shape"));
  for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE(items.get()); ++k) {
    sizes_.push_back(PyLong_AsLongLong(PySequence_Fast_GET_ITEM(items.get(), k)));
  }
  strides_.assign(sizes_.size(), 0);
  const Object dtype(PyObject_GetAttrString(object, "dtype"));
  dtype_ = dtype_of_object(dtype.get());
  const Object stop(PyObject_GetAttrString(object, "stop_gradient"));
  wants_gradient_ = stop.get() == Py_False;
  // Under the autograd key stands the kernel that puts the operator into the graph.
  set_key_set(keys_of({}, true));
  Py_INCREF(object_);
}

GraphValue::~GraphValue() { drop_object(object_); }

registry::Scalar GraphValue::item() const {
  fail(ErrorKind::unavailable, "tensor: it is a value of a graph that is being built, so item() has no data to read");
}

Tensor wrap_tensor(const paddle::Tensor& tensor) { return Tensor(registry::make_intrusive<PaddleTensor>(tensor)); }

paddle::Tensor shallow_copy(const paddle::Tensor& tensor) {
  const auto& dense = *static_cast<const phi::DenseTensor*>(tensor.impl().get());
  return paddle::Tensor(std::make_shared<phi::DenseTensor>(dense));
}

bool is_graph_value(const Tensor& tensor) { return tensor.defined() && tensor.impl()->host() == "paddle.graph"; }

const paddle::Tensor& unwrap_tensor(const Tensor& tensor) {
  if (is_graph_value(tensor)) {
    fail(ErrorKind::unavailable, "operator: its tensor is a value of a graph that is being built; it has no data yet");
  }
  if (tensor.impl()->host() != "paddle") {
    fail(ErrorKind::internal, "tensor: it is one of host {}; this host takes its own", tensor.impl()->host());
  }
  return static_cast<const PaddleTensor*>(tensor.impl())->tensor();
}

bool wants_gradient(const Tensor& tensor) {
  if (!tensor.defined()) return false;
  if (is_graph_value(tensor)) return static_cast<const GraphValue*>(tensor.impl())->wants_gradient();
  return static_cast<const PaddleTensor*>(tensor.impl())->wants_gradient();
}

ops::TensorSpec spec_of(const Tensor& tensor) {
  if (!is_graph_value(tensor)) return ops::spec_of(tensor);
  ops::TensorSpec spec{{}, tensor.scalar_type(), {}};
  for (int64_t size : tensor.sizes()) spec.sizes.push_back(size < 0 ? ops::Size::unknown() : ops::Size(size));
  return spec;
}

}  // namespace spinel::paddle_host
