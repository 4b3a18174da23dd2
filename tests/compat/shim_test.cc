#include "compat/include/torch/csrc/inductor/aoti_torch/c/shim.h"

#include <gtest/gtest.h>

#include <cstring>

#include "spinel/hosts/plain/plain_methods.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/dispatcher.h"
#include "tests/support/errors.h"

namespace spinel::compat_test {
namespace {

using registry::Dispatcher;
using registry::Stack;
using registry::Tensor;
using registry::Value;

template <typename T>
StableIValue packed(T value) {
  StableIValue made = 0;
  std::memcpy(&made, &value, sizeof(T));
  return made;
}
template <typename T>
T unpacked(StableIValue value) {
  T made;
  std::memcpy(&made, &value, sizeof(T));
  return made;
}

/// `mix(int n, float f, bool b, str s, int? maybe, int[] list, Device d, ScalarType t) -> (str, int[], float?)`, which
/// gives back what it was given.
void mix(StableIValue* stack, uint64_t num_args, uint64_t num_outputs) {
  ASSERT_EQ(num_args, 8u);
  ASSERT_EQ(num_outputs, 3u);
  const auto text_handle = unpacked<StringHandle>(stack[3]);
  const char* text = nullptr;
  ASSERT_EQ(torch_string_c_str(text_handle, &text), AOTI_TORCH_SUCCESS);
  auto* maybe = unpacked<StableIValue*>(stack[4]);
  const auto list = unpacked<StableListHandle>(stack[5]);
  size_t size = 0;
  torch_list_size(list, &size);
  std::string said = std::to_string(unpacked<int64_t>(stack[0])) + " " + std::to_string(unpacked<double>(stack[1])) +
                     (unpacked<bool>(stack[2]) ? " yes " : " no ") + text + " " +
                     (maybe == nullptr ? "none" : std::to_string(unpacked<int64_t>(*maybe))) + " " +
                     std::to_string(size) + " " + std::to_string(stack[6] >> 32) + ":" +
                     std::to_string(static_cast<int32_t>(stack[6])) + " " + std::to_string(unpacked<int32_t>(stack[7]));
  torch_list_push_back(list, packed<int64_t>(9));
  torch_delete_string(text_handle);
  if (maybe != nullptr) torch_delete_stable_ivalue(maybe);
  StringHandle out;
  torch_new_string_handle(said.data(), said.size(), &out);
  stack[0] = packed(out);
  stack[1] = packed(list);
  StableIValue* half;
  torch_new_stable_ivalue(&half);
  *half = packed(0.5);
  stack[2] = packed(half);
}

/// `same(Tensor x) -> Tensor`
void same(StableIValue*, uint64_t, uint64_t) {}

class Shim : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(aoti_torch_library_init_def("shim_test", __FILE__, __LINE__, &definitions_), AOTI_TORCH_SUCCESS);
    ASSERT_EQ(aoti_torch_library_init_impl("shim_test", "CompositeExplicitAutograd", __FILE__, __LINE__, &kernels_),
              AOTI_TORCH_SUCCESS);
  }
  void TearDown() override {
    aoti_torch_delete_library_object(kernels_);
    aoti_torch_delete_library_object(definitions_);
    EXPECT_FALSE(Dispatcher::singleton().find_schema({"shim_test::same", ""}));
  }
  TorchLibraryHandle definitions_ = nullptr, kernels_ = nullptr;
};

TEST_F(Shim, ValuesOfAllKindsGoToAKernelAndBack) {
  ASSERT_EQ(aoti_torch_library_def(definitions_,
                                   "mix(int n, float f, bool b, str s, int? maybe, int[] list, Device d, ScalarType t) "
                                   "-> (str, int[], float?)"),
            AOTI_TORCH_SUCCESS);
  ASSERT_EQ(torch_library_impl(kernels_, "mix", &mix, 0), AOTI_TORCH_SUCCESS);
  const auto op = Dispatcher::singleton().find_schema_or_throw("shim_test::mix");
  const Value list = registry::make_list_value(registry::TypeKind::integer, {Value(1), Value(2)});
  Stack stack = {-3, 1.5, true, "text", 7, list, registry::Device{registry::DeviceType::cuda, 1}, 6};
  op.call_boxed(stack);
  ASSERT_EQ(stack.size(), 3u);
  EXPECT_EQ(stack[0], Value("-3 1.500000 yes text 7 2 1:1 6"));
  EXPECT_EQ(stack[1].to_list().items.back(), Value(9));
  EXPECT_EQ(stack[2], Value(0.5));
  Stack without = {0, 0.0, false, "", Value(), list, registry::Device{}, 0};
  op.call_boxed(without);
  EXPECT_EQ(without[0], Value("0 0.000000 no  none 2 0:-1 0"));
}

TEST_F(Shim, TensorsKeepTheirMemoryAndAreCounted) {
  ASSERT_EQ(aoti_torch_library_def(definitions_, "same(Tensor x) -> Tensor"), AOTI_TORCH_SUCCESS);
  ASSERT_EQ(aoti_torch_library_impl(kernels_, "same", &same), AOTI_TORCH_SUCCESS);
  const Tensor x = plain::zeros({2, 3});
  AtenTensorHandle handle;
  Tensor original = x;
  ASSERT_EQ(aoti_torch_new_tensor_handle(reinterpret_cast<AtenTensorHandle>(&original), &handle), AOTI_TORCH_SUCCESS);
  StableIValue stack[1] = {packed(handle)};
  ASSERT_EQ(torch_call_dispatcher("shim_test::same", "", stack, aoti_torch_abi_version()), AOTI_TORCH_SUCCESS)
      << torch_exception_get_what();
  const auto result = unpacked<AtenTensorHandle>(stack[0]);
  void* data;
  int64_t dim, size, stride;
  int32_t dtype, device;
  bool contiguous;
  aoti_torch_get_data_ptr(result, &data);
  aoti_torch_get_dim(result, &dim);
  aoti_torch_get_size(result, -1, &size);
  aoti_torch_get_stride(result, 0, &stride);
  aoti_torch_get_dtype(result, &dtype);
  aoti_torch_get_device_type(result, &device);
  aoti_torch_is_contiguous(result, &contiguous);
  EXPECT_EQ(data, x.data());
  EXPECT_EQ(dim, 2);
  EXPECT_EQ(size, 3);
  EXPECT_EQ(stride, 3);
  EXPECT_EQ(dtype, aoti_torch_dtype_float32());
  EXPECT_EQ(device, aoti_torch_device_type_cpu());
  EXPECT_TRUE(contiguous);
  aoti_torch_delete_tensor_object(result);
  original = {};
  EXPECT_EQ(x.pointer().use_count(), 1u);
}

TEST_F(Shim, FailuresAreCodesWithATextOfTheThread) {
  EXPECT_EQ(aoti_torch_library_def(definitions_, "broken((("), AOTI_TORCH_FAILURE);
  EXPECT_NE(std::string(torch_exception_get_what()).find("broken((("), std::string::npos);
  TorchLibraryHandle refused;
  EXPECT_EQ(aoti_torch_library_init_def("shim_test", __FILE__, __LINE__, &refused), AOTI_TORCH_FAILURE);
  EXPECT_EQ(refused, nullptr);
  EXPECT_EQ(aoti_torch_library_def(refused, "f() -> ()"), AOTI_TORCH_FAILURE);
  EXPECT_EQ(aoti_torch_library_init_impl("shim_test", "Cpu", __FILE__, __LINE__, &refused), AOTI_TORCH_FAILURE);
  StableIValue stack[1] = {0};
  EXPECT_EQ(torch_call_dispatcher("shim_test::nobody", "", stack, 0), AOTI_TORCH_FAILURE);
  AtenTensorHandle undefined;
  aoti_torch_new_uninitialized_tensor(&undefined);
  int64_t dim;
  EXPECT_EQ(aoti_torch_get_dim(undefined, &dim), AOTI_TORCH_FAILURE);
  aoti_torch_delete_tensor_object(undefined);
  StableListHandle list;
  torch_new_list_reserve_size(2, &list);
  StableIValue element;
  EXPECT_EQ(torch_list_get_item(list, 0, &element), AOTI_TORCH_FAILURE);
  torch_delete_list(list);
}

TEST_F(Shim, WhatTheAbiHasNoFormForIsNotImplemented) {
  ASSERT_EQ(aoti_torch_library_def(definitions_, "of_dict(Dict(str, int) d) -> ()"), AOTI_TORCH_SUCCESS);
  ASSERT_EQ(aoti_torch_library_impl(kernels_, "of_dict", &same), AOTI_TORCH_SUCCESS);
  Stack stack = {
      registry::make_intrusive<registry::DictValue>(registry::TypeKind::string, registry::TypeKind::integer)};
  try {
    Dispatcher::singleton().find_schema_or_throw("shim_test::of_dict").call_boxed(stack);
    FAIL();
  } catch (const registry::CallError& error) {
    EXPECT_EQ(error.error_class(), registry::ErrorClass::not_implemented);
  }
}

TEST_F(Shim, TagsAreKeptByName) {
  const int32_t tags[] = {torch_tag_pointwise(), torch_tag_core()};
  ASSERT_EQ(torch_library_def_with_tags(definitions_, "tagged() -> ()", tags, 2), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(Dispatcher::singleton().find_schema_or_throw("shim_test::tagged").definition()->tags,
            (std::vector<std::string>{"pointwise", "core"}));
  const int32_t unknown[] = {1000};
  EXPECT_EQ(torch_library_def_with_tags(definitions_, "other() -> ()", unknown, 1), AOTI_TORCH_FAILURE);
}

TEST_F(Shim, WhatFailsOnTheWayLeavesNoHandleBehind) {
  ASSERT_EQ(aoti_torch_library_def(definitions_, "of_both(Tensor x, Tensor[] xs, Dict(str, int) d) -> ()"),
            AOTI_TORCH_SUCCESS);
  ASSERT_EQ(aoti_torch_library_def(definitions_, "made(Tensor x) -> (Tensor, Dict(str, int))"), AOTI_TORCH_SUCCESS);
  ASSERT_EQ(aoti_torch_library_impl(kernels_, "of_both", &same), AOTI_TORCH_SUCCESS);
  ASSERT_EQ(aoti_torch_library_impl(kernels_, "made", &same), AOTI_TORCH_SUCCESS);
  const Tensor x = plain::zeros({2});
  const Value dict =
      registry::make_intrusive<registry::DictValue>(registry::TypeKind::string, registry::TypeKind::integer);
  {
    Stack stack = {x, registry::make_list_value(registry::TypeKind::tensor, {x, x}), dict};
    EXPECT_THROW(Dispatcher::singleton().find_schema_or_throw("shim_test::of_both").call_boxed(stack), Error);
    Stack results = {x};
    EXPECT_THROW(Dispatcher::singleton().find_schema_or_throw("shim_test::made").call_boxed(results), Error);
  }
  EXPECT_EQ(x.pointer().use_count(), 1u);
  // From the other side: the handles of a call that fails are taken over nevertheless.
  Tensor original = x;
  AtenTensorHandle first, second;
  aoti_torch_new_tensor_handle(reinterpret_cast<AtenTensorHandle>(&original), &first);
  aoti_torch_new_tensor_handle(reinterpret_cast<AtenTensorHandle>(&original), &second);
  original = {};
  StableListHandle list;
  torch_new_list_reserve_size(1, &list);
  torch_list_push_back(list, packed(second));
  StableIValue stack[3] = {packed(first), packed(list), 0};
  EXPECT_EQ(torch_call_dispatcher("shim_test::of_both", "", stack, 0), AOTI_TORCH_FAILURE);
  EXPECT_EQ(x.pointer().use_count(), 1u);
}

TEST(ShimDevices, TheOneDeviceIsNumberZero) {
  DeviceGuardHandle guard;
  ASSERT_EQ(aoti_torch_create_device_guard(0, &guard), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(aoti_torch_device_guard_set_index(guard, 3), AOTI_TORCH_FAILURE);
  EXPECT_EQ(aoti_torch_device_guard_set_index(guard, -1), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(aoti_torch_delete_device_guard(guard), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(aoti_torch_create_device_guard(1, &guard), AOTI_TORCH_FAILURE);
  int32_t device = -1;
  EXPECT_EQ(aoti_torch_get_current_device_index(&device), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(device, 0);
  StreamHandle stream;
  ASSERT_EQ(aoti_torch_get_current_stream(0, &stream), AOTI_TORCH_SUCCESS);
  int64_t id = -1;
  EXPECT_EQ(aoti_torch_stream_id(stream, &id), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(id, 0);
  void* native = &id;
  EXPECT_EQ(torch_stream_native_handle(stream, &native), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(native, nullptr);
  EXPECT_EQ(aoti_torch_delete_stream(stream), AOTI_TORCH_SUCCESS);
}

TEST(ShimDevices, WhatIsCudasIsAnError) {
  void* pointer;
  EXPECT_EQ(aoti_torch_get_current_cuda_stream(0, &pointer), AOTI_TORCH_FAILURE);
  EXPECT_NE(std::string(torch_exception_get_what()).find("CUDA"), std::string::npos);
  EXPECT_EQ(torch_get_cuda_stream_from_pool(false, 0, &pointer), AOTI_TORCH_FAILURE);
  EXPECT_EQ(torch_set_current_cuda_stream(nullptr, 0), AOTI_TORCH_FAILURE);
  EXPECT_EQ(torch_cuda_stream_synchronize(nullptr, 0), AOTI_TORCH_FAILURE);
  EXPECT_EQ(torch_get_current_cuda_blas_handle(&pointer), AOTI_TORCH_FAILURE);
  char* message = nullptr;
  EXPECT_EQ(torch_c10_cuda_check_msg(0, "f.cu", "f", 1, true, &message), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(message, nullptr);
  EXPECT_EQ(torch_c10_cuda_check_msg(35, "f.cu", "f", 7, true, &message), AOTI_TORCH_SUCCESS);
  EXPECT_STREQ(message, "CUDA error 35 in f (f.cu:7)");
  torch_c10_cuda_free_error_msg(message);
}

TEST(ShimDevices, ChecksThrowAndWarningsDoNot) {
  EXPECT_NO_THROW(aoti_torch_check(true, "f", "f.cc", 1, "it holds"));
  EXPECT_THROW(aoti_torch_check(false, "f", "f.cc", 1, "it does not hold"), std::runtime_error);
  testing::internal::CaptureStderr();
  aoti_torch_warn("f", "f.cc", 3, "mind this");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "warning: mind this (f.cc:3)\n");
}

TEST(ShimTensors, AskingForGradientsIsTheHosts) {
  Tensor x = plain::zeros({2});
  const auto handle = reinterpret_cast<AtenTensorHandle>(&x);
  EXPECT_EQ(torch_set_requires_grad(handle, false), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(torch_set_requires_grad(handle, true), AOTI_TORCH_FAILURE);
  EXPECT_EQ(aoti_torch_dtype_element_size(aoti_torch_dtype_complex64()), 8u);
  EXPECT_EQ(torch_delete_stable_ivalue(nullptr), AOTI_TORCH_FAILURE);
}

class FixedGenerator final : public registry::GeneratorImpl {
 public:
  registry::Device device() const override { return {registry::DeviceType::cuda, 2}; }
};

TEST(ShimGenerators, AreCountedHandles) {
  const registry::Generator generator = registry::make_intrusive<FixedGenerator>();
  registry::Generator original = generator;
  AtenGeneratorHandle copy;
  ASSERT_EQ(torch_new_generator_handle(reinterpret_cast<AtenGeneratorHandle>(&original), &copy), AOTI_TORCH_SUCCESS);
  int32_t type = -1, index = -1;
  EXPECT_EQ(torch_generator_get_device(copy, &type, &index), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(type, aoti_torch_device_type_cuda());
  EXPECT_EQ(index, 2);
  EXPECT_EQ(generator.use_count(), 3u);
  EXPECT_EQ(torch_delete_generator(copy), AOTI_TORCH_SUCCESS);
  EXPECT_EQ(generator.use_count(), 2u);
}

}  // namespace
}  // namespace spinel::compat_test
