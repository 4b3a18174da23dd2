// First, second and mixed derivatives of every differentiable operator on sparse matrices, by all its float arguments
// together.
#include "spinel/hosts/torch/operators.h"
#include "tests/ops/sparse_arguments.h"
#include "tests/sparse/derivatives.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using ops::Role;

/// How optional index tensors and booleans are given.
struct Variant {
  bool all_indices, flag;
};

int64_t count_of(const std::vector<int64_t>& sizes) { return c10::multiply_integers(sizes); }

/// The float results of a call as one vector, as a function of its float arguments as one vector.
at::Tensor call(const ops::Operator& op, const std::vector<ops::SparseArgument>& arguments, Variant variant,
                const at::Tensor& flat) {
  torch::jit::Stack stack;
  int64_t used = 0;
  for (size_t k = 0; k < arguments.size(); ++k) {
    const ops::SparseArgument& a = arguments[k];
    const bool is_optional = op.schema.arguments[k].type.kind() == registry::TypeKind::optional;
    if (a.role == Role::values || a.role == Role::dense) {
      stack.emplace_back(flat.narrow(0, used, count_of(a.sizes)).view(a.sizes));
      used += count_of(a.sizes);
    } else if (a.is_index()) {
      const bool given = variant.all_indices || !is_optional;
      stack.emplace_back(given ? c10::IValue(longs(a.numbers).view(a.sizes)) : c10::IValue());
    } else if (a.role == Role::integer) {
      stack.emplace_back(a.numbers[0]);
    } else if (a.role == Role::integers) {
      stack.emplace_back(a.numbers);
    } else if (a.value.is_bool()) {
      stack.emplace_back(variant.flag);
    } else {
      stack.emplace_back(a.value.to_string());
    }
  }
  hosts::torch_operator(op.name().c_str()).callBoxed(stack);
  std::vector<at::Tensor> floats;
  for (const c10::IValue& result : stack) {
    if (result.toTensor().is_floating_point()) floats.push_back(result.toTensor().flatten());
  }
  return at::cat(floats);
}

class OperatorGradients : public testing::TestWithParam<const ops::Operator*> {};

TEST_P(OperatorGradients, FirstSecondAndMixed) {
  at::manual_seed(25);
  const ops::SparseMatrix matrix({0, 2, 4, 7, 10, 12, 14}, {1, 2, 0, 2, 0, 1, 3, 2, 4, 5, 3, 5, 3, 4});
  const ops::Operator& op = *GetParam();
  const auto arguments = ops::sound_arguments(matrix, op);
  int64_t count = 0;
  for (const ops::SparseArgument& a : arguments) {
    if (a.role == Role::values || a.role == Role::dense) count += count_of(a.sizes);
  }
  for (const Variant variant : {Variant{true, false}, Variant{false, true}}) {
    // Magnitudes apart from each other, so that no least or greatest product changes within the step.
    const at::Tensor x = at::randperm(count, at::kDouble).add(0.5).div(count).mul(at::randn({count}).sign()) * 2;
    expect_derivatives(
        op.name().c_str(), [&](const at::Tensor& flat) { return call(op, arguments, variant, flat); }, x);
  }
}

std::vector<const ops::Operator*> differentiable() {
  std::vector<const ops::Operator*> list;
  for (const ops::Operator* op : ops::sparse_operators()) {
    if (op->name() == "_spmm_paired") continue;  // its values stand in it twice and cannot be moved apart: below
    if (!op->derivatives.empty() || op->definition.composite != nullptr) list.push_back(op);
  }
  return list;
}

INSTANTIATE_TEST_SUITE_P(Sparse, OperatorGradients, testing::ValuesIn(differentiable()),
                         [](const auto& info) { return info.param->name(); });

TEST(PairedProduct, HasDerivativesByTheMatrixOfRows) {
  at::manual_seed(26);
  const at::Tensor dense = at::randn({4, 6}, at::kDouble).mul(at::rand({4, 6}).gt(0.5));
  const at::Tensor rows = dense.to_sparse_csr(), columns = dense.t().contiguous().to_sparse_csr();
  const Function product = [&](const at::Tensor& mat) {
    torch::jit::Stack stack{mat,
                            rows.crow_indices(),
                            rows.col_indices(),
                            rows.values(),
                            columns.crow_indices(),
                            columns.col_indices(),
                            columns.values()};
    hosts::torch_operator("_spmm_paired").callBoxed(stack);
    return stack.at(0).toTensor();
  };
  const at::Tensor mat = at::randn({6, 3}, at::kDouble);
  EXPECT_TRUE(at::allclose(product(mat), dense.mm(mat)));
  expect_derivatives("_spmm_paired", product, mat);
}

}  // namespace
}  // namespace spinel::sparse
