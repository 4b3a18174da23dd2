#include "spinel/hosts/plain/plain_tensor.h"

#include <gtest/gtest.h>

#include "spinel/registry/library.h"
#include "tests/support/errors.h"

namespace spinel::plain {
namespace {

using registry::Scalar;
using registry::ScalarType;
using registry::Tensor;

TEST(PlainTensor, ShowsMemoryOfTheCaller) {
  float memory[6] = {0, 1, 2, 3, 4, 5};
  int deleted = 0;
  {
    const Tensor tensor = from_blob(memory, {2, 3}, {.deleter = [&deleted](void*) { ++deleted; }});
    EXPECT_EQ(tensor.strides().vec(), (std::vector<int64_t>{3, 1}));
    EXPECT_EQ(tensor.numel(), 6);
    EXPECT_EQ(tensor.data(), memory);
    EXPECT_EQ(tensor.impl()->host(), "plain");
    const Tensor copy = tensor;
    EXPECT_EQ(deleted, 0);
  }
  EXPECT_EQ(deleted, 1);
}

TEST(PlainTensor, CarriesTheKeyOfItsDeviceAndNoAutograd) {
  const Tensor cpu = zeros({2});
  EXPECT_EQ(cpu.key_set().highest(), registry::DispatchKey::CPU);
  const Tensor meta = from_blob(nullptr, {2}, {.device = {registry::DeviceType::meta}});
  EXPECT_EQ(meta.key_set().highest(), registry::DispatchKey::Meta);
  const Tensor own = from_blob(nullptr, {0}, {.key_set = registry::tensor_keys(registry::Backend::XPU)});
  EXPECT_EQ(own.key_set().highest(), registry::DispatchKey::AutogradXPU);
}

TEST(PlainTensor, ReadsOneElementOfEachType) {
  const auto item = [](auto value, ScalarType dtype) { return from_blob(&value, {}, {.dtype = dtype}).item(); };
  EXPECT_EQ(item(int8_t{-3}, ScalarType::int8), Scalar(-3));
  EXPECT_EQ(item(uint16_t{65535}, ScalarType::uint16), Scalar(65535));
  EXPECT_EQ(item(2.5f, ScalarType::float32), Scalar(2.5));
  EXPECT_EQ(item(uint16_t{0x3e00}, ScalarType::float16), Scalar(1.5));
  EXPECT_EQ(item(uint16_t{0x8001}, ScalarType::float16), Scalar(-0x1p-24));
  EXPECT_EQ(item(uint16_t{0xfc00}, ScalarType::float16), Scalar(-HUGE_VAL));
  EXPECT_EQ(item(uint16_t{0x3fc0}, ScalarType::bfloat16), Scalar(1.5));
  EXPECT_EQ(item(std::complex<float>(1, 2), ScalarType::complex64), Scalar(std::complex<double>(1, 2)));
  EXPECT_EQ(item(uint8_t{1}, ScalarType::boolean), Scalar(true));
  EXPECT_EQ(error_of([&] { item(~uint64_t{0}, ScalarType::uint64); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { zeros({2}).item(); }).kind(), ErrorKind::invalid_argument);
  float on_gpu = 0;
  const Tensor gpu = from_blob(&on_gpu, {}, {.device = {registry::DeviceType::cuda, 0}});
  EXPECT_EQ(error_of([&] { gpu.item(); }).kind(), ErrorKind::unavailable);
}

TEST(PlainTensor, RefusesImpossibleShapes) {
  EXPECT_EQ(error_of([] { empty({-1}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { empty({int64_t{1} << 40, int64_t{1} << 40}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { empty({0, int64_t{1} << 40, int64_t{1} << 40}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { empty({2}, ScalarType::quint4x2); }).kind(), ErrorKind::invalid_argument);
  float memory = 0;
  EXPECT_EQ(error_of([&] { from_blob(&memory, {1}, {.strides = {1, 1}}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { from_blob(nullptr, {1}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(empty({0, 3}).numel(), 0);
}

TEST(Dlpack, ATensorGoesOutAndComesBack) {
  Tensor tensor = zeros({2, 3}, ScalarType::float64);
  static_cast<double*>(tensor.data())[5] = 7;
  DLManagedTensor* managed = to_dlpack(tensor);
  EXPECT_EQ(managed->dl_tensor.ndim, 2);
  EXPECT_EQ(managed->dl_tensor.dtype.bits, 64);
  EXPECT_EQ(managed->dl_tensor.device.device_type, kDLCPU);
  void* const memory = tensor.data();
  tensor = {};  // the managed tensor holds the memory
  Tensor back = from_dlpack(managed);
  EXPECT_EQ(back.data(), memory);
  EXPECT_EQ(static_cast<double*>(back.data())[5], 7);
  const Tensor again = from_dlpack(to_dlpack_versioned(back));
  back = {};
  EXPECT_EQ(static_cast<double*>(again.data())[5], 7);
  EXPECT_EQ(again.scalar_type(), ScalarType::float64);
}

/// A managed tensor that counts the calls of its deleter.
struct Foreign {
  DLManagedTensor managed{};
  float memory[4] = {1, 2, 3, 4};
  int64_t shape[1] = {2};
  int64_t strides[1] = {2};
  int deleted = 0;
  Foreign() {
    managed.dl_tensor = {memory, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, strides, 4};
    managed.manager_ctx = this;
    managed.deleter = [](DLManagedTensor* self) { ++static_cast<Foreign*>(self->manager_ctx)->deleted; };
  }
};

TEST(Dlpack, OffsetsStridesAndTheDeleterAreHonoured) {
  Foreign foreign;
  {
    const Tensor tensor = from_dlpack(&foreign.managed);
    EXPECT_EQ(tensor.data(), foreign.memory + 1);
    EXPECT_EQ(tensor.strides().vec(), (std::vector<int64_t>{2}));
  }
  EXPECT_EQ(foreign.deleted, 1);
}

TEST(Dlpack, WhatCannotBeTakenStaysWithTheCaller) {
  const auto refused = [](auto change) {
    Foreign foreign;
    change(foreign.managed.dl_tensor);
    const Error error = error_of([&] { from_dlpack(&foreign.managed); });
    EXPECT_EQ(foreign.deleted, 0);
    return error.kind() == ErrorKind::invalid_argument && std::string(error.what()) != "no error was thrown";
  };
  EXPECT_TRUE(refused([](DLTensor& view) { view.dtype.lanes = 4; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.dtype.bits = 4; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.device.device_type = static_cast<DLDeviceType>(99); }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.device.device_id = 1000; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.ndim = -1; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.ndim = 1 << 30; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.shape = nullptr; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.shape[0] = -2; }));
  EXPECT_TRUE(refused([](DLTensor& view) { view.data = nullptr; }));
  EXPECT_EQ(error_of([] { from_dlpack(static_cast<DLManagedTensor*>(nullptr)); }).kind(), ErrorKind::invalid_argument);
  DLManagedTensorVersioned newer{};
  newer.version = {2, 0};
  EXPECT_EQ(error_of([&] { from_dlpack(&newer); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { to_dlpack(Tensor()); }).kind(), ErrorKind::invalid_argument);
}

TEST(PlainTensor, OperatorsRunOnThem) {
  registry::Library library(registry::Library::Kind::def, "plain_ops");
  library.def("add_(Tensor(a!) self, float value) -> Tensor(a!)");
  library.impl(
      "add_",
      [](const Tensor& self, double value) {
        for (int64_t i = 0; i < self.numel(); ++i) static_cast<float*>(self.data())[i] += static_cast<float>(value);
        return self;
      },
      registry::DispatchKey::CPU);
  const Tensor x = zeros({3});
  const auto add = registry::Dispatcher::singleton().find_schema_or_throw("plain_ops::add_");
  EXPECT_TRUE(add.typed<Tensor(const Tensor&, double)>().call(x, 2.5).is_same(x));
  EXPECT_EQ(static_cast<float*>(x.data())[2], 2.5f);
}

}  // namespace
}  // namespace spinel::plain
