// Every element type and device of DLPack on the way out and back.
#include "spinel/hosts/plain/dlpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/hosts/plain/plain_tensor.h"
#include "tests/support/errors.h"

namespace spinel::plain {
namespace {

using registry::Device;
using registry::DeviceType;
using registry::ScalarType;
using registry::Tensor;
using testing::HasSubstr;

/// Hands out a managed tensor, lets `look` see it and takes it back.
template <typename Look>
Tensor there_and_back(const Tensor& tensor, Look look) {
  DLManagedTensor* managed = to_dlpack(tensor);
  look(managed->dl_tensor);
  return from_dlpack(managed);
}

TEST(DlpackTypes, EachElementTypeHasItsCode) {
  struct Case {
    ScalarType dtype;
    int code, bits;
  };
  for (const Case& c :
       {Case{ScalarType::uint8, kDLUInt, 8}, Case{ScalarType::uint16, kDLUInt, 16},
        Case{ScalarType::uint32, kDLUInt, 32}, Case{ScalarType::uint64, kDLUInt, 64}, Case{ScalarType::int8, kDLInt, 8},
        Case{ScalarType::int16, kDLInt, 16}, Case{ScalarType::int32, kDLInt, 32}, Case{ScalarType::int64, kDLInt, 64},
        Case{ScalarType::float16, kDLFloat, 16}, Case{ScalarType::float32, kDLFloat, 32},
        Case{ScalarType::float64, kDLFloat, 64}, Case{ScalarType::bfloat16, kDLBfloat, 16},
        Case{ScalarType::complex32, kDLComplex, 32}, Case{ScalarType::complex64, kDLComplex, 64},
        Case{ScalarType::complex128, kDLComplex, 128}, Case{ScalarType::boolean, kDLBool, 8}}) {
    const Tensor back = there_and_back(empty({3}, c.dtype), [&](const DLTensor& view) {
      EXPECT_EQ(view.dtype.code, c.code);
      EXPECT_EQ(view.dtype.bits, c.bits);
      EXPECT_EQ(view.dtype.lanes, 1);
    });
    EXPECT_EQ(back.scalar_type(), c.dtype);
  }
  const Tensor other = from_blob(nullptr, {0}, {.dtype = ScalarType::qint8});
  const Error error = error_of([&] { to_dlpack(other); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("DLPack: it has no elements of type"));
}

TEST(DlpackDevices, EachHasItsCodeAndKeepsItsIndex) {
  const std::pair<DeviceType, DLDeviceType> devices[] = {
      {DeviceType::cuda, kDLCUDA}, {DeviceType::hip, kDLROCM},   {DeviceType::vulkan, kDLVulkan},
      {DeviceType::mps, kDLMetal}, {DeviceType::xpu, kDLOneAPI}, {DeviceType::privateuseone, kDLExtDev}};
  float memory[1] = {};  // never touched: only its address is handed on
  for (const auto& [type, code] : devices) {
    const Tensor tensor = from_blob(memory, {1}, {.device = {type, 3}});
    const Tensor back = there_and_back(tensor, [&](const DLTensor& view) {
      EXPECT_EQ(view.device.device_type, code);
      EXPECT_EQ(view.device.device_id, 3);
    });
    EXPECT_EQ(back.device().type, type);
    EXPECT_EQ(back.device().index, 3);
  }
  // Without an index it is the first.
  there_and_back(from_blob(memory, {1}, {.device = {DeviceType::cuda, -1}}),
                 [](const DLTensor& view) { EXPECT_EQ(view.device.device_id, 0); });
  there_and_back(empty({1}), [](const DLTensor& view) {
    EXPECT_EQ(view.device.device_type, kDLCPU);
    EXPECT_EQ(view.device.device_id, 0);
  });
  // OpenCL has a code, but no backend of the dispatcher: its tensors go out with keys of their own and come in never.
  const Tensor opencl = from_blob(
      memory, {1}, {.device = {DeviceType::opencl, 0}, .key_set = registry::tensor_keys(registry::Backend::CPU)});
  DLManagedTensor* managed = to_dlpack(opencl);
  EXPECT_EQ(managed->dl_tensor.device.device_type, kDLOpenCL);
  EXPECT_THAT(error_of([&] { from_dlpack(managed); }).what(), HasSubstr("no backend of the dispatcher"));
  managed->deleter(managed);  // it stayed with the caller
  const Tensor meta = from_blob(nullptr, {2}, {.device = {DeviceType::meta}});
  EXPECT_THAT(error_of([&] { to_dlpack(meta); }).what(), HasSubstr("DLPack: it has no device type meta"));
}

TEST(DlpackDevices, MemoryThatTheProcessorReadsTooIsOfTheCpuOrTheGpu) {
  const std::pair<DLDeviceType, DeviceType> kinds[] = {
      {kDLCUDAHost, DeviceType::cpu}, {kDLROCMHost, DeviceType::cpu}, {kDLCUDAManaged, DeviceType::cuda}};
  for (const auto& [code, type] : kinds) {
    float memory[2] = {1, 2};
    int64_t shape[1] = {2};
    DLManagedTensor managed{{memory, {code, 0}, 1, {kDLFloat, 32, 1}, shape, nullptr, 0}, nullptr, nullptr};
    const Tensor tensor = from_dlpack(&managed);
    EXPECT_EQ(tensor.device().type, type);
    EXPECT_EQ(tensor.data(), memory);
    EXPECT_EQ(tensor.strides().vec(), (std::vector<int64_t>{1}));
  }
}

TEST(DlpackShapes, ScalarsEmptyAndStridedTensors) {
  const Tensor scalar = there_and_back(zeros({}), [](const DLTensor& view) { EXPECT_EQ(view.ndim, 0); });
  EXPECT_TRUE(scalar.sizes().empty());
  EXPECT_EQ(there_and_back(empty({0, 3}), [](const DLTensor&) {}).sizes().vec(), (std::vector<int64_t>{0, 3}));
  float memory[12] = {};
  const Tensor strided = from_blob(memory, {2, 3}, {.strides = {1, 4}});
  const Tensor back = there_and_back(strided, [&](const DLTensor& view) {
    EXPECT_EQ(view.shape[1], 3);
    EXPECT_EQ(view.strides[1], 4);
    EXPECT_EQ(view.byte_offset, 0u);
  });
  EXPECT_EQ(back.strides().vec(), (std::vector<int64_t>{1, 4}));
  // 64 axes are read, 65 are not.
  for (const int axes : {64, 65}) {
    std::vector<int64_t> ones(static_cast<size_t>(axes), 1);
    DLManagedTensor managed{{memory, {kDLCPU, 0}, axes, {kDLFloat, 32, 1}, ones.data(), nullptr, 0}, nullptr, nullptr};
    const Error error = error_of([&] { from_dlpack(&managed); });
    EXPECT_EQ(error.kind(), axes == 64 ? ErrorKind::internal : ErrorKind::invalid_argument);  // internal: none thrown
  }
}

TEST(DlpackVersions, OneOfTheSameMajorVersionIsTaken) {
  const Tensor tensor = zeros({2});
  DLManagedTensorVersioned* managed = to_dlpack_versioned(tensor);
  EXPECT_EQ(managed->version.major, 1u);
  EXPECT_EQ(managed->flags, 0u);
  managed->version.minor = 99;
  EXPECT_EQ(from_dlpack(managed).data(), tensor.data());
  for (const uint32_t major : {0u, 2u}) {
    DLManagedTensorVersioned other{};
    other.version = {major, 0};
    EXPECT_THAT(error_of([&] { from_dlpack(&other); }).what(), HasSubstr("version 1 is read"));
  }
  EXPECT_EQ(error_of([] { from_dlpack(static_cast<DLManagedTensorVersioned*>(nullptr)); }).kind(),
            ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace spinel::plain
