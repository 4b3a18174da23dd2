// Tensors of files as libtorch's and back, and the texts and arguments of golden calls.
#include "spinel/hosts/torch/tensor_view.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "spinel/hosts/torch/golden_function.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using testing::HasSubstr;

constexpr Dtype kTypes[] = {Dtype::boolean, Dtype::u8,  Dtype::i8,  Dtype::u16,     Dtype::i16,
                            Dtype::u32,     Dtype::i32, Dtype::u64, Dtype::i64,     Dtype::f16,
                            Dtype::bf16,    Dtype::f32, Dtype::f64, Dtype::f8_e4m3, Dtype::f8_e5m2};

TEST(TensorViews, EveryTypeHasItsCounterpartOfTheSameSize) {
  for (const Dtype dtype : kTypes) {
    const at::ScalarType type = to_scalar_type(dtype);
    EXPECT_EQ(to_dtype(type), dtype) << to_string(dtype);
    EXPECT_EQ(c10::elementSize(type), element_size(dtype)) << to_string(dtype);
    const at::Tensor tensor = at::empty({2, 3}, type);
    const TensorView view = to_view(tensor);
    EXPECT_EQ(view.dtype, dtype);
    EXPECT_EQ(view.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(view.bytes.size(), 6 * element_size(dtype));
    EXPECT_EQ(view.bytes.data(), static_cast<const std::byte*>(tensor.const_data_ptr()));
    const at::Tensor back = to_tensor(view, nullptr);
    EXPECT_EQ(back.scalar_type(), type);
    EXPECT_EQ(back.const_data_ptr(), tensor.const_data_ptr()) << "aligned bytes are not copied";
  }
  for (const at::ScalarType type : {at::kComplexFloat, at::kComplexDouble, at::kQInt8}) {
    EXPECT_THAT(error_of([&] { to_dtype(type); }).what(), HasSubstr("a safetensors file cannot hold the type"));
  }
}

TEST(TensorViews, MisalignedBytesAreCopied) {
  const std::vector<double> numbers = {1.5, -2, 3.25};
  std::vector<std::byte> memory(1 + sizeof(double) * 3);
  std::memcpy(memory.data() + 1, numbers.data(), sizeof(double) * 3);
  const TensorView view{Dtype::f64, {3}, std::span(memory).subspan(1)};
  const at::Tensor tensor = to_tensor(view, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) % 8, 0u);
  EXPECT_TRUE(at::equal(tensor, at::tensor(numbers, at::kDouble)));
  const at::Tensor empty = to_tensor({Dtype::f32, {0, 4}, {}}, nullptr);
  EXPECT_EQ(empty.sizes(), at::IntArrayRef({0, 4}));
  EXPECT_EQ(to_tensor({Dtype::f32, {0}, {}}, nullptr).numel(), 0);
}

TEST(TensorViews, TheOwnerLivesAsLongAsTheTensor) {
  auto owner = std::make_shared<std::vector<float>>(4, 2.5f);
  const std::weak_ptr<std::vector<float>> watched = owner;
  at::Tensor tensor = to_tensor({Dtype::f32, {2, 2}, std::as_bytes(std::span(*owner))}, owner);
  owner.reset();
  ASSERT_FALSE(watched.expired());
  at::Tensor row = tensor[1];
  tensor = at::Tensor();
  EXPECT_FALSE(watched.expired()) << "a view of the tensor keeps it too";
  EXPECT_EQ(row.sum().item<float>(), 5);
  row = at::Tensor();
  EXPECT_TRUE(watched.expired());
}

TEST(TensorViews, OnlyContiguousTensorsHaveAView) {
  const at::Tensor x = at::arange(6).view({2, 3});
  EXPECT_THAT(error_of([&] { to_view(x.t()); }).what(), HasSubstr("is not contiguous"));
  EXPECT_THAT(error_of([&] { to_view(at::empty({2}, at::TensorOptions().device(at::kMeta))); }).what(),
              HasSubstr("it lies on meta"));
  EXPECT_TRUE(to_view(at::empty({0, 3})).bytes.empty());
  EXPECT_EQ(to_view(at::full({}, 1.0)).shape, std::vector<int64_t>());
}

TEST(GoldenTexts, AreBytes) {
  for (const std::string& text : {std::string(), std::string("a"), std::string("Å\0b\xff", 5)}) {
    const at::Tensor bytes = golden::from_text(text);
    EXPECT_EQ(bytes.scalar_type(), at::kByte);
    EXPECT_EQ(golden::to_text(bytes), text);
  }
  EXPECT_EQ(golden::to_text(at::tensor({104, 105}, at::kLong)), "hi");
}

TEST(GoldenCalls, TensorsAreFoundByKeywordThenPlaceThenInput) {
  const auto number = [](double value) { return at::full({1}, value); };
  golden::Call call;
  call.inputs = {{"x", number(1)}, {"y", number(2)}, {"part0", number(3)}, {"part1", number(4)}, {"part3", number(5)}};
  EXPECT_EQ(call.tensor("x").item<double>(), 1);
  call.positional = {Config(7), number(10)};
  call.positional_names = {"", "x"};
  EXPECT_EQ(call.tensor("x").item<double>(), 10);
  call.named = {{"x", number(20)}, {"y", Config()}};
  EXPECT_EQ(call.tensor("x").item<double>(), 20);
  EXPECT_FALSE(call.optional_tensor("y").defined()) << "a keyword that is None is None";
  EXPECT_FALSE(call.optional_tensor("z").defined());
  EXPECT_EQ(call.count("part"), 2) << "up to the first that is missing";
  EXPECT_EQ(call.count("nothing"), 0);
  EXPECT_THAT(error_of([&] { call.tensor("z"); }).what(), HasSubstr("the call has no tensor 'z'"));
  EXPECT_THAT(error_of([&] { call.tensor("y"); }).what(), HasSubstr("'y'"));
}

}  // namespace
}  // namespace spinel
