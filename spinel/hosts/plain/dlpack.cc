#include "spinel/hosts/plain/dlpack.h"

#include <array>
#include <memory>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/plain_tensor.h"

namespace spinel::plain {
namespace {

using registry::Device;
using registry::DeviceType;
using registry::ScalarType;
using registry::Tensor;

struct DtypeEntry {
  ScalarType dtype;
  uint8_t code;
  uint8_t bits;
};
constexpr DtypeEntry dtypes[] = {
    {ScalarType::uint8, kDLUInt, 8},           {ScalarType::int8, kDLInt, 8},
    {ScalarType::int16, kDLInt, 16},           {ScalarType::int32, kDLInt, 32},
    {ScalarType::int64, kDLInt, 64},           {ScalarType::uint16, kDLUInt, 16},
    {ScalarType::uint32, kDLUInt, 32},         {ScalarType::uint64, kDLUInt, 64},
    {ScalarType::float16, kDLFloat, 16},       {ScalarType::float32, kDLFloat, 32},
    {ScalarType::float64, kDLFloat, 64},       {ScalarType::bfloat16, kDLBfloat, 16},
    {ScalarType::complex32, kDLComplex, 32},   {ScalarType::complex64, kDLComplex, 64},
    {ScalarType::complex128, kDLComplex, 128}, {ScalarType::boolean, kDLBool, 8},
};

constexpr std::pair<DeviceType, DLDeviceType> devices[] = {
    {DeviceType::cpu, kDLCPU},       {DeviceType::cuda, kDLCUDA},
    {DeviceType::hip, kDLROCM},      {DeviceType::opencl, kDLOpenCL},
    {DeviceType::vulkan, kDLVulkan}, {DeviceType::mps, kDLMetal},
    {DeviceType::xpu, kDLOneAPI},    {DeviceType::privateuseone, kDLExtDev},
};

DLDataType dtype_to_dlpack(ScalarType dtype) {
  for (const DtypeEntry& entry : dtypes) {
    if (entry.dtype == dtype) return {entry.code, entry.bits, 1};
  }
  fail(ErrorKind::invalid_argument, "DLPack: it has no elements of type {}", registry::to_string(dtype));
}

ScalarType dtype_from_dlpack(DLDataType dtype) {
  require(dtype.lanes == 1, "DLPack: its elements are vectors of {}; only single numbers are taken", dtype.lanes);
  for (const DtypeEntry& entry : dtypes) {
    if (entry.code == dtype.code && entry.bits == dtype.bits) return entry.dtype;
  }
  fail(ErrorKind::invalid_argument, "DLPack: elements of code {} and {} bits are not known", dtype.code, dtype.bits);
}

DLDevice device_to_dlpack(const Device& device) {
  for (const auto& [ours, theirs] : devices) {
    if (ours == device.type) return {theirs, std::max<int32_t>(device.index, 0)};
  }
  fail(ErrorKind::invalid_argument, "DLPack: it has no device type {}", registry::to_string(device.type));
}

/// Memory that the host's processor reads too counts as cpu or cuda, as the frameworks take it.
Device device_from_dlpack(DLDevice device) {
  require(device.device_id >= 0 && device.device_id < 128, "DLPack: the device index is {}; 0 to 127 are taken",
          device.device_id);
  const auto index = static_cast<int8_t>(device.device_id);
  if (device.device_type == kDLCPU || device.device_type == kDLCUDAHost || device.device_type == kDLROCMHost) return {};
  if (device.device_type == kDLCUDAManaged) return {DeviceType::cuda, index};
  for (const auto& [ours, theirs] : devices) {
    if (theirs == device.device_type) return {ours, index};
  }
  fail(ErrorKind::invalid_argument, "DLPack: device type {} is not known", static_cast<int32_t>(device.device_type));
}

/// What a tensor handed out keeps alive.
template <typename Managed>
struct Exported {
  Managed managed{};
  Tensor tensor;
  std::vector<int64_t> sizes, strides;
};

template <typename Managed>
Managed* export_tensor(const Tensor& tensor) {
  require(tensor.defined(), "DLPack: the tensor is undefined; a defined one is needed");
  auto exported = std::make_unique<Exported<Managed>>();
  exported->tensor = tensor;
  exported->sizes = tensor.sizes();
  exported->strides = tensor.strides();
  DLTensor& view = exported->managed.dl_tensor;
  view.data = tensor.data();
  view.device = device_to_dlpack(tensor.device());
  view.ndim = static_cast<int32_t>(exported->sizes.size());
  view.dtype = dtype_to_dlpack(tensor.scalar_type());
  view.shape = exported->sizes.data();
  view.strides = exported->strides.data();
  exported->managed.manager_ctx = exported.get();
  exported->managed.deleter = [](Managed* self) { delete static_cast<Exported<Managed>*>(self->manager_ctx); };
  return &exported.release()->managed;
}

template <typename Managed>
Tensor import_tensor(Managed* managed) {
  require(managed != nullptr, "DLPack: a null pointer is given; a managed tensor is needed");
  const DLTensor& view = managed->dl_tensor;
  require(view.ndim >= 0 && view.ndim <= 64, "DLPack: the tensor has {} dimensions; 0 to 64 are taken", view.ndim);
  require(view.ndim == 0 || view.shape != nullptr, "DLPack: a tensor of {} dimensions has no shape", view.ndim);
  TensorOptions options;
  options.dtype = dtype_from_dlpack(view.dtype);
  options.device = device_from_dlpack(view.device);
  if (view.strides != nullptr) options.strides.assign(view.strides, view.strides + view.ndim);
  options.deleter = [managed](void*) {
    if (managed->deleter != nullptr) managed->deleter(managed);
  };
  std::vector<int64_t> sizes(view.shape, view.shape + view.ndim);
  void* data = view.data == nullptr ? nullptr : static_cast<char*>(view.data) + view.byte_offset;
  return from_blob(data, std::move(sizes), std::move(options));
}

}  // namespace

DLManagedTensor* to_dlpack(const Tensor& tensor) { return export_tensor<DLManagedTensor>(tensor); }

DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& tensor) {
  auto* managed = export_tensor<DLManagedTensorVersioned>(tensor);
  managed->version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  return managed;
}

Tensor from_dlpack(DLManagedTensor* managed) { return import_tensor(managed); }

Tensor from_dlpack(DLManagedTensorVersioned* managed) {
  require(managed != nullptr, "DLPack: a null pointer is given; a managed tensor is needed");
  require(managed->version.major == DLPACK_MAJOR_VERSION, "DLPack: version {}.{} is given; version {} is read",
          managed->version.major, managed->version.minor, DLPACK_MAJOR_VERSION);
  return import_tensor(managed);
}

}  // namespace spinel::plain
