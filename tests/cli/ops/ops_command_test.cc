#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/safetensors.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string layer_library = SPINEL_TEST_LIBRARY_LAYER;
const std::string torch_library = SPINEL_TEST_LIBRARY_TORCH;

std::string output_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ops");
  const ProcessResult result = run_spinel(arguments);
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  return result.output;
}

void expect_refused(std::vector<std::string> arguments, const std::string& text) {
  arguments.insert(arguments.begin(), "ops");
  expect_failure(run_spinel(arguments), 2, text);
}

TEST(OpsCommand, CallsOperatorsOfLibtorch) {
  EXPECT_EQ(output_of({"call", "aten::add", "[1, 2]", "[3, 4]", "alpha=2"}), "result: int64 [2] [7, 10]\n");
  EXPECT_EQ(output_of({"call", "aten::add.Scalar", "[1, 2]", "-3"}), "result: int64 [2] [-2, -1]\n");
  EXPECT_EQ(output_of({"call", "aten::cat", "[[[1, 2]], [[3, 4]]]", "dim=1"}), "result: int64 [1, 4] [[1, 2, 3, 4]]\n");
  EXPECT_EQ(output_of({"call", "aten::sum", "[[1, 2], [3, 4]]:float64", "[0]", "dtype=float32"}),
            "result: float32 [2] [4, 6]\n");
  EXPECT_EQ(output_of({"call", "aten::topk", "[3.5, 1, 2]", "k=2"}),
            "values: float32 [2] [3.5, 2]\nindices: int64 [2] [0, 2]\n");
  EXPECT_EQ(output_of({"call", "aten::einsum", "ij,jk->ik", "[[[1, 2]], [[3], [4]]]"}),
            "result: int64 [1, 1] [[11]]\n");
  EXPECT_EQ(output_of({"call", "aten::full", "[1]", "1+2j", "dtype=complex128", "device=cpu"}),
            "result: complex128 [1] [1+2j]\n");
  EXPECT_EQ(output_of({"call", "aten::empty.memory_format", "[2, 3]", "device=meta"}), "result: float32 [2, 3] meta\n");
  EXPECT_EQ(output_of({"call", "aten::unbind.int", "[1, 2]"}), "result: [int64 [] 1, int64 [] 2]\n");
}

TEST(OpsCommand, ShowsArgumentsThatWereWritten) {
  EXPECT_EQ(output_of({"call", "layer_test::scale_into", "[1.0, 2]", "[0.0, 0]", "3", "--load", layer_library}),
            "out: float32 [2] [3, 6]\n");
  // What is returned is not shown twice.
  EXPECT_EQ(output_of({"call", "aten::add_.Tensor", "[1]", "[2]"}), "result: int64 [1] [3]\n");
}

TEST(OpsCommand, WritesResultsThatItReads) {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.safetensors");
  output_of({"call", "aten::topk", "[3.5, 1, 2]", "2", "-o", path});
  const SafetensorsFile file = SafetensorsFile::open(path);
  EXPECT_EQ(file.tensor("values").shape, std::vector<int64_t>({2}));
  EXPECT_EQ(file.tensor("indices").dtype, Dtype::i64);
  EXPECT_EQ(output_of({"call", "aten::neg", path + ":values"}), "result: float32 [2] [-3.5, -2]\n");
  output_of({"call", "aten::unbind.int", "[1, 2]", "-o", path});
  EXPECT_TRUE(SafetensorsFile::open(path).contains("result.1"));
  expect_refused({"call", "aten::device", "nosuch"}, "aten::device");
}

TEST(OpsCommand, ListsSchemasOfTheLayerAndOnRequestOfLibtorch) {
  EXPECT_THAT(output_of({"list"}), Not(HasSubstr("aten::")));
  EXPECT_EQ(output_of({"list", "scale", "--load", layer_library}),
            "layer_test::scale(Tensor x, float factor=2.) -> Tensor\n"
            "layer_test::scale_into(Tensor x, Tensor(a!) out, float factor) -> ()\n");
  const std::string softmax = output_of({"list", "aten::softmax", "--torch"});
  EXPECT_THAT(softmax, HasSubstr("aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor\n"));
  EXPECT_THAT(output_of({"list", "no_such_name"}), HasSubstr("no operator with 'no_such_name'"));
  // All of libtorch's, whatever its schemas hold.
  const std::string all = output_of({"list", "--torch"});
  EXPECT_GT(std::count(all.begin(), all.end(), '\n'), 3000);
}

TEST(OpsCommand, ShowsSchemasAndKeysWithKernels) {
  const std::string text = output_of({"schema", "aten::add.out"});
  EXPECT_THAT(text, HasSubstr("aten::add.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out)"));
  EXPECT_THAT(text, HasSubstr("libtorch, kernels:\n"));
  EXPECT_THAT(text, HasSubstr("    CPU\n"));
  const std::string own = output_of({"schema", "layer_test::scale", "--load", layer_library});
  EXPECT_THAT(own, HasSubstr("layer, kernels:\n    CPU  layer.cc:"));
  EXPECT_THAT(output_of({"schema", "layer_test::unfinished", "--load", layer_library}), HasSubstr("no kernels"));
  EXPECT_THAT(output_of({"schema", "aten::relu.default"}), HasSubstr("aten::relu(Tensor self)"));
}

TEST(OpsCommand, LoadsLibrariesOfTheLayerAndOfLibtorch) {
  const std::string own = output_of({"load", layer_library});
  EXPECT_THAT(own, HasSubstr("4 operators and 0 classes\n"));
  EXPECT_THAT(own, HasSubstr("  layer_test::scale(Tensor x, float factor=2.) -> Tensor\n"));
  const std::string torch = output_of({"load", torch_library});
  EXPECT_THAT(torch, HasSubstr("  torch_test::twice(Tensor x) -> Tensor  [libtorch]\n"));
  EXPECT_EQ(output_of({"call", "torch_test::twice", "[1, 2]", "--load", torch_library, "--load", layer_library}),
            "result: int64 [2] [2, 4]\n");
  EXPECT_EQ(output_of({"call", "layer_test::scale", "[1.5]:float64", "--load", layer_library}),
            "result: float64 [1] [3]\n");
  EXPECT_EQ(output_of({"call", "layer_test::greet", "names=[a, b]", "--load", layer_library}), "result: 'a b'\n");
}

TEST(OpsCommand, RefusesWhatCannotBe) {
  expect_refused({"lst"}, "there is no action 'lst'; did you mean 'list'?");
  expect_refused({"call"}, "the name of an operator is missing");
  expect_refused({"load"}, "the name of a library is missing");
  expect_refused({"list", "a", "b"}, "'b' is one too many");
  expect_refused({"schema", "aten::sofmax"}, "did you mean 'aten::_softmax'?");
  expect_refused({"call", "aten::relu"}, "is missing value for argument 'self'");
  expect_refused({"call", "aten::relu.default", "[1]", "slope=2"}, "Declaration: aten::relu(Tensor self) -> Tensor");
  expect_refused({"call", "aten::relu.default", "1"}, "Expected a value of type 'Tensor' for argument 'self'");
  expect_refused({"call", "aten::relu.default", "self=[1]", "[1]"}, "aten::relu()");
  expect_refused({"call", "aten::add", "[1", "2"}, "no overload takes these arguments");
  expect_refused({"call", "aten::relu.default", "nothing.npy"}, "nothing.npy");
}

TEST(OpsCommand, ReportsFailuresInOneLine) {
  const ProcessResult mismatch = run_spinel({"ops", "call", "aten::add.Tensor", "[1, 2]", "[1, 2, 3]"});
  expect_failure(mismatch, 1, "The size of tensor a (2) must match the size of tensor b (3)");
  expect_failure(run_spinel({"ops", "load", "no_such.so"}), 1, "no_such.so: cannot be loaded");
  expect_failure(run_spinel({"ops", "load", source_file("README.md")}), 1, "cannot be loaded");
  expect_failure(run_spinel({"ops", "call", "layer_test::unfinished", "[1]", "--load", layer_library}), 2,
                 "layer_test::unfinished");
}

}  // namespace
}  // namespace spinel::cli
