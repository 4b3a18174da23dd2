#include "spinel/cli/ops/results.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <random>

#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/cli/ops/tensor_file.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "tests/support/errors.h"
#include "tests/support/npy_writer.h"

namespace spinel::cli {
namespace {

using registry::Value;
using testing::HasSubstr;

Value value_of(const at::Tensor& tensor) { return Value(hosts::to_registry(tensor)); }
std::string text_of(const at::Tensor& tensor) { return result_text(value_of(tensor)); }

TEST(ResultText, SaysDtypeShapeAndElements) {
  EXPECT_EQ(text_of(at::arange(6, at::kLong).view({2, 3})), "int64 [2, 3] [[0, 1, 2], [3, 4, 5]]");
  EXPECT_EQ(text_of(at::scalar_tensor(2.5, at::kFloat)), "float32 [] 2.5");
  EXPECT_EQ(text_of(at::tensor({1, 0}, at::kLong).to(at::kBool)), "bool [2] [true, false]");
  EXPECT_EQ(text_of(at::empty({0, 3})), "float32 [0, 3] []");
  EXPECT_EQ(text_of(at::tensor({0.1}, at::kDouble)), "float64 [1] [0.1]");
  EXPECT_THAT(text_of(at::ones({2}, at::kComplexFloat)), HasSubstr("1+0j"));
  EXPECT_THAT(text_of(at::ones({2, 2}, at::TensorOptions().device(at::kMeta))), HasSubstr("[2, 2] meta"));
}

TEST(ResultText, FloatsCanBeToldApart) {
  std::mt19937 random(121);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    const std::string text = text_of(at::scalar_tensor(value, at::kFloat)).substr(std::string("float32 [] ").size());
    float read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    ASSERT_EQ(std::bit_cast<uint32_t>(read), std::bit_cast<uint32_t>(value)) << text;
  }
  EXPECT_EQ(text_of(at::scalar_tensor(0.1, at::kFloat)), "float32 [] 0.1");
  EXPECT_EQ(text_of(at::scalar_tensor(1.0 / 3, at::kFloat)), "float32 [] 0.33333334");
}

TEST(ResultText, ShowsTheFirstThousandElements) {
  const std::string text = text_of(at::zeros({2000}, at::kLong));
  EXPECT_EQ(std::count(text.begin(), text.end(), '0'), 1000 + 3);  // and those of "2000"
  EXPECT_TRUE(text.ends_with("0, …]")) << text.substr(text.size() - 20);
  const std::string rows = text_of(at::zeros({2000, 1}, at::kLong));
  EXPECT_TRUE(rows.ends_with("[0], …]")) << rows.substr(rows.size() - 20);
}

TEST(WriteResults, EveryTensorIsReadBack) {
  const TemporaryFolder folder;
  const std::string path = folder.file("r.safetensors");
  const at::Tensor x = at::arange(6, at::kDouble).view({2, 3}), y = at::tensor({1, 2}, at::kInt);
  write_results(path, {{"out", value_of(x)},
                       {"strided", value_of(x.t())},
                       {"n", Value(int64_t{7})},
                       {"r", Value(0.5)},
                       {"y", value_of(y)}});
  EXPECT_TRUE(read_tensor_file(path + ":out").equal(x));
  EXPECT_TRUE(read_tensor_file(path + ":strided").equal(x.t()));
  EXPECT_TRUE(read_tensor_file(path + ":y").equal(y));
  EXPECT_EQ(read_tensor_file(path + ":n").item<int64_t>(), 7);
  EXPECT_EQ(read_tensor_file(path + ":r").item<double>(), 0.5);
  const Error error = error_of([&] { write_results(folder.file("none"), {{"text", Value(std::string("a"))}}); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("no tensor and no number"));
  EXPECT_FALSE(file_exists(folder.file("none")));
}

TEST(TensorFile, IsToldByItsEnding) {
  for (const char* text : {"a.safetensors", "a.safetensors:k", "b/c.npz:k", "c.npz", "d.npy", "x.safetensors:a:b"}) {
    EXPECT_TRUE(names_tensor_file(text)) << text;
  }
  for (const char* text : {"", "3", "[1, 2]", "a.npy:k", "a.txt", "a.safetensorsx", "npz"}) {
    EXPECT_FALSE(names_tensor_file(text)) << text;
  }
}

TEST(TensorFile, ReadsEveryTypeOfNumpy) {
  const TemporaryFolder folder;
  struct Case {
    const char* descr;
    at::ScalarType dtype;
    std::string one;
  };
  for (const Case& c :
       {Case{"<f8", at::kDouble, bytes_of<double>({1})}, Case{"<f4", at::kFloat, bytes_of<float>({1})},
        Case{"<f2", at::kHalf, std::string("\x00\x3c", 2)}, Case{"<i8", at::kLong, bytes_of<int64_t>({1})},
        Case{"<i4", at::kInt, bytes_of<int32_t>({1})}, Case{"<i2", at::kShort, bytes_of<int16_t>({1})},
        Case{"|i1", at::kChar, "\x01"}, Case{"|u1", at::kByte, "\x01"},
        Case{"<u2", at::kUInt16, bytes_of<uint16_t>({1})}, Case{"|b1", at::kBool, "\x01"}}) {
    write_file_atomic(folder.file("a.npy"), npy_of(c.descr, "(2, 1)", c.one + c.one));
    const at::Tensor read = read_tensor_file(folder.file("a.npy"));
    EXPECT_EQ(read.scalar_type(), c.dtype) << c.descr;
    EXPECT_EQ(read.sizes(), at::IntArrayRef({2, 1})) << c.descr;
    EXPECT_EQ(read.to(at::kDouble).sum().item<double>(), 2) << c.descr;
  }
  write_file_atomic(folder.file("text.npy"), npy_of("<U2", "(1,)", std::string(8, 'x')));
  EXPECT_EQ(error_of([&] { read_tensor_file(folder.file("text.npy")); }).kind(), ErrorKind::invalid_argument);
}

TEST(TensorFile, OfAnArchiveTheKeyIsNeededWhereThereAreSeveral) {
  const TemporaryFolder folder;
  const std::string one = npy_of("<i4", "(1,)", bytes_of<int32_t>({5}));
  write_file_atomic(folder.file("a.npz"), zip_of({{"x.npy", one}}));
  write_file_atomic(folder.file("b.npz"), zip_of({{"x.npy", one}, {"y.npy", one}}));
  EXPECT_EQ(read_tensor_file(folder.file("a.npz")).item<int>(), 5);
  EXPECT_EQ(read_tensor_file(folder.file("b.npz:y")).item<int>(), 5);
  EXPECT_THAT(error_of([&] { read_tensor_file(folder.file("b.npz")); }).what(), HasSubstr("it holds 2 tensors"));
  EXPECT_EQ(error_of([&] { read_tensor_file(folder.file("b.npz:z")); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { read_tensor_file(folder.file("absent.npz:z")); }).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace spinel::cli
