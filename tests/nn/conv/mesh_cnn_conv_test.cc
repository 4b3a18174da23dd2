#include "spinel/nn/conv/mesh_cnn_conv.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "spinel/nn/dense/linear.h"
#include "spinel/sparse/sparse_tensor.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

/// The six edges of a tetrahedron: each has the four others that share a corner with it, and not the one across.
at::Tensor tetrahedron() {
  const at::Tensor source =
      at::tensor({1, 2, 3, 4, 0, 2, 5, 3, 0, 1, 4, 5, 0, 5, 1, 4, 0, 3, 5, 2, 1, 2, 3, 4}, at::kLong);
  return at::stack({source, at::arange(6).repeat_interleave(4)});
}

TEST(MeshCNNConv, IsTheSumOfFiveKernels) {
  MeshCNNConv conv({.in_channels = 3, .out_channels = 2});
  conv.to(at::kDouble);
  const at::Tensor x = at::randn({6, 3}, at::kDouble), edges = tetrahedron();
  const auto kernel = [&](const char* k, const at::Tensor& of) {
    const std::string prefix = std::string("kernels.") + k;
    return at::linear(of, conv.named_parameters().at(prefix + ".weight"), conv.named_parameters().at(prefix + ".bias"));
  };
  const at::Tensor around = x.index_select(0, edges[0]).view({6, 4, 3});
  const at::Tensor a = around.select(1, 0), b = around.select(1, 1), c = around.select(1, 2), d = around.select(1, 3);
  const at::Tensor expected = kernel("0", x) + kernel("1", (a - c).abs()) + kernel("2", a + c) +
                              kernel("3", (b - d).abs()) + kernel("4", b + d);
  EXPECT_TRUE(at::allclose(conv.forward(x, edges), expected, 1e-10, 1e-10));
  // From the other face the neighbours are c, d, a, b.
  const at::Tensor turned = edges.view({2, 6, 4}).index_select(2, at::tensor({2, 3, 0, 1}, at::kLong)).flatten(1);
  EXPECT_TRUE(at::allclose(conv.forward(x, turned), expected, 1e-10, 1e-10));
}

TEST(MeshCNNConv, RefusesWhatIsNoMesh) {
  MeshCNNConv conv({.in_channels = 3, .out_channels = 2});
  const at::Tensor x = at::randn({6, 3});
  const auto refused = [&](const at::Tensor& features, const Adjacency& edges) {
    return std::string(error_of([&] { conv.forward(features, edges); }).what());
  };
  EXPECT_THAT(refused(x, tetrahedron().slice(1, 0, 20)), HasSubstr("edge_index has 20 columns for 6 edges"));
  EXPECT_THAT(refused(at::randn({6, 4}), tetrahedron()), HasSubstr("MeshCNNConv: x has 4 features"));
  EXPECT_THAT(refused(at::randn({2, 6, 3}), tetrahedron()), HasSubstr("x has 3 dimensions"));
  const sparse::SparseTensor matrix(sparse::StorageArguments{.row = tetrahedron()[1], .col = tetrahedron()[0]});
  EXPECT_THAT(refused(x, matrix), HasSubstr("does not keep the order"));
}

TEST(MeshCNNConv, RefusesKernelsThatDoNotFit) {
  const auto refused = [](std::vector<LayerArgument> kernels) {
    return std::string(error_of([&] { MeshCNNConv({3, 2, std::move(kernels)}); }).what());
  };
  const auto linear = [](int64_t in, int64_t out) { return LayerArgument(std::make_unique<Linear>(in, out)); };
  EXPECT_THAT(refused({linear(3, 2)}), HasSubstr("there are 1 kernels; five"));
  const auto five = [&](int64_t in, int64_t out) {
    std::vector<LayerArgument> kernels;
    for (int k = 0; k < 4; ++k) kernels.push_back(linear(3, 2));
    kernels.push_back(linear(in, out));
    return kernels;
  };
  EXPECT_THAT(refused(five(4, 2)), HasSubstr("kernels[4] maps 4 features to 2 but in_channels is 3"));
  EXPECT_THAT(refused(five(3, 5)), HasSubstr("kernels[4] maps 3 features to 5"));
}

}  // namespace
}  // namespace spinel::nn
