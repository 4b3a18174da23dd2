#include "tests/nn/conv/conformance.h"

#include <gmock/gmock.h>
#include <torch/csrc/autograd/autograd.h>

namespace spinel::nn {
namespace {

using testing::StartsWith;

class ConvConformance : public ConvTest {};
/// Of the convolutions that take two sets of nodes, matrices or batches.
class PairConformance : public ConvTest {};
class MatrixConformance : public ConvTest {};
class BatchConformance : public ConvTest {};

TEST_P(ConvConformance, NodesAndEdgesMayComeInAnyOrder) {
  const auto conv = made();
  for (const bool loops : {false, true}) {
    const TestGraph one = graph(7, 16, loops);
    const at::Tensor nodes = at::randperm(one.nodes()), edges = at::randperm(one.edge_index.size(1));
    const at::Tensor out = run(*conv, one);
    EXPECT_TRUE(at::allclose(run(*conv, permuted(one, nodes, edges)), out.index_select(0, nodes), 1e-8, 1e-8));
    EXPECT_TRUE(out.isfinite().all().item<bool>());
    EXPECT_EQ(out.scalar_type(), at::kDouble);
  }
}

TEST_P(PairConformance, APairOfTheSameFeaturesIsOneGraph) {
  const auto conv = made();
  const TestGraph one = graph();
  const at::Tensor pair = run(*conv, arguments(one, Features(one.x, one.x), one.edge_index));
  EXPECT_TRUE(at::allclose(pair, run(*conv, one)));
}

TEST_P(ConvConformance, APairIsTakenOrRefused) {
  if (!GetParam().no_pair) return;
  const auto conv = made();
  const TestGraph one = graph();
  EXPECT_THAT(refusal([&] { run(*conv, arguments(one, Features(one.x, one.x), one.edge_index)); }),
              StartsWith(GetParam().name + ": "));
}

TEST_P(MatrixConformance, AMatrixIsAsGoodAsAListOfEdges) {
  const auto conv = made();
  for (const bool loops : {false, true}) {
    const TestGraph one = graph(7, 16, loops);
    const at::Tensor out = run(*conv, arguments(one, one.x, matrix(one, 7, 7)));
    EXPECT_TRUE(out.isfinite().all().item<bool>());
    // Loops of a matrix are set to 1 where those of a list keep their weights, as in the reference.
    const bool sets_loops = loops && has_option("add_self_loops") && !GetParam().inputs.empty();
    if (!GetParam().no_equal_matrix && !sets_loops) EXPECT_TRUE(at::allclose(out, run(*conv, one), 1e-8, 1e-8));
  }
}

TEST_P(MatrixConformance, GradientsThroughAMatrixAreThoseThroughAListOfEdges) {
  const auto conv = made();
  const TestGraph one = graph();
  const auto gradient = [&](bool of_matrix) {
    const at::Tensor leaf = one.x.clone().set_requires_grad(true);
    const Value edges = of_matrix ? matrix(one, 7, 7) : Value(one.edge_index);
    return torch::autograd::grad({run(*conv, arguments(one, leaf, edges)).square().sum()}, {leaf})[0];
  };
  if (!GetParam().no_equal_matrix) EXPECT_TRUE(at::allclose(gradient(true), gradient(false), 1e-8, 1e-8));
}

TEST_P(ConvConformance, AMatrixIsTakenOrRefused) {
  if (!GetParam().no_matrix) return;
  const auto conv = made();
  const TestGraph one = graph();
  EXPECT_THAT(refusal([&] { run(*conv, arguments(one, one.x, matrix(one, 7, 7))); }),
              StartsWith(GetParam().name + ": "));
}

TEST_P(BatchConformance, GraphsOfABatchDoNotSeeEachOther) {
  const auto conv = made();
  const TestGraph a = graph(5, 9);
  // The last: a node without edges.
  for (const TestGraph& b : {graph(6, 12), graph(6, 12, true), graph(1, 0)}) {
    const at::Tensor apart = at::cat({run(*conv, a), run(*conv, b)});
    EXPECT_TRUE(at::allclose(run(*conv, joined(a, b)), apart, 1e-8, 1e-8));
  }
}

TEST_P(ConvConformance, FirstAndSecondDerivativesAreThoseOfTheResult) {
  const auto conv = made();
  const TestGraph one = graph();
  const at::Tensor weights = at::randn_like(run(*conv, one)), direction = at::randn_like(one.x);
  const auto value = [&](const at::Tensor& x) {
    TestGraph moved = one;
    moved.x = x;
    return run(*conv, moved).square().mul(weights).sum();
  };
  const auto slope = [&](const at::Tensor& x, bool create_graph) {
    const at::Tensor leaf = x.requires_grad() ? x : x.detach().clone().set_requires_grad(true);
    return torch::autograd::grad({value(leaf)}, {leaf}, {}, create_graph, create_graph)[0];
  };
  const double h = 1e-6;
  const at::Tensor change = (value(one.x + h * direction) - value(one.x - h * direction)) / (2 * h);
  const double found = slope(one.x, false).mul(direction).sum().item<double>();
  EXPECT_NEAR(found, change.item<double>(), 1e-4 * std::max(1.0, std::abs(found)));
  const at::Tensor leaf = one.x.clone().set_requires_grad(true);
  const at::Tensor along = slope(leaf, true).mul(direction).sum();
  const at::Tensor second = torch::autograd::grad({along}, {leaf}, {}, false, false, true)[0];
  const at::Tensor wanted = (slope(one.x + h * direction, false) - slope(one.x - h * direction, false)) / (2 * h);
  EXPECT_TRUE(at::allclose(second, wanted, 1e-3, 1e-3 * wanted.abs().max().item<double>() + 1e-6));
}

/// The derivative by everything else that has one: inputs of edges and nodes, and all parameters.
TEST_P(ConvConformance, ParametersAndInputsHaveTheGradientsOfDifferences) {
  const auto conv = made();
  TestGraph one = graph();
  run(*conv, one);
  std::vector<at::Tensor> leaves = conv->parameters();
  for (const std::string& input : GetParam().inputs) {
    at::Tensor& tensor = one.named(input);
    if (!tensor.is_floating_point()) continue;
    tensor.set_requires_grad(true);
    leaves.push_back(tensor);
  }
  if (leaves.empty()) return;
  const at::Tensor weights = at::randn_like(run(*conv, one));
  const auto value = [&] { return run(*conv, one).square().mul(weights).sum(); };
  const auto found = torch::autograd::grad({value()}, leaves, {}, false, false, true);
  for (size_t k = 0; k < leaves.size(); ++k) {
    const at::NoGradGuard no_grad;
    const at::Tensor kept = leaves[k].clone(), direction = at::randn_like(kept);
    const double h = 1e-6;
    const auto at_step = [&](double step) {
      leaves[k].copy_(kept + step * direction);
      return value().item<double>();
    };
    const double wanted = (at_step(h) - at_step(-h)) / (2 * h);
    leaves[k].copy_(kept);
    const double slope = found[k].defined() ? found[k].mul(direction).sum().item<double>() : 0;
    EXPECT_NEAR(slope, wanted, 1e-4 * std::max(1.0, std::abs(wanted))) << "of tensor " << k;
  }
}

TEST_P(ConvConformance, SavedStateGivesTheSameResult) {
  const auto conv = made(), other = made();
  const TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  run(*other, one);
  other->load_state_dict(conv->state_dict());
  EXPECT_TRUE(at::equal(run(*other, one), out));
  EXPECT_TRUE(conv->to_string().starts_with(GetParam().name));
}

TEST_P(ConvConformance, GraphsMayBeEmpty) {
  const auto conv = made();
  const TestGraph one = graph(4, 0);
  const at::Tensor out = run(*conv, one);
  EXPECT_EQ(out.size(0), 4);
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_EQ(run(*conv, graph(0, 0)).sizes(), out.slice(0, 0, 0).sizes());
}

TEST_P(ConvConformance, GradientsOfGraphsWithoutEdgesAreFinite) {
  const auto conv = made();
  TestGraph one = graph(4, 0);
  one.x.set_requires_grad(true);
  const at::Tensor out = run(*conv, one);
  if (!out.requires_grad()) return;
  const auto found = torch::autograd::grad({out.square().sum()}, {one.x}, {}, false, false, true);
  if (found[0].defined()) EXPECT_TRUE(found[0].isfinite().all().item<bool>());
}

TEST_P(ConvConformance, Int32EdgesAreTaken) {
  const auto conv = made();
  TestGraph one = graph();
  const at::Tensor out = run(*conv, one);
  one.edge_index = one.edge_index.to(at::kInt);
  EXPECT_TRUE(at::allclose(run(*conv, one), out));
}

INSTANTIATE_TEST_SUITE_P(All, ConvConformance, testing::ValuesIn(conv_cases()), conv_case_name);
INSTANTIATE_TEST_SUITE_P(All, PairConformance, testing::ValuesIn(conv_cases_with(&ConvCase::no_pair)), conv_case_name);
INSTANTIATE_TEST_SUITE_P(All, MatrixConformance, testing::ValuesIn(conv_cases_with(&ConvCase::no_matrix)),
                         conv_case_name);
INSTANTIATE_TEST_SUITE_P(All, BatchConformance, testing::ValuesIn(conv_cases_with(&ConvCase::no_batch)),
                         conv_case_name);

}  // namespace
}  // namespace spinel::nn
