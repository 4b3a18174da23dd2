// Products with sparse matrices as libtorch's operators: results beside dense ones, derivatives, shapes without data,
// errors.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/stack.h>
#include <gmock/gmock.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"
#include "tests/support/errors.h"

namespace spinel::hosts {
namespace {

using testing::HasSubstr;
using Tensors = std::vector<at::Tensor>;

Tensors call(const char* op, torch::jit::Stack arguments) {
  const c10::OperatorHandle handle = torch_operator(op);
  for (size_t k = arguments.size(); k < handle.schema().arguments().size(); ++k) {
    arguments.push_back(*handle.schema().arguments()[k].default_value());
  }
  handle.callBoxed(arguments);
  Tensors results;
  for (const c10::IValue& value : arguments) results.push_back(value.toTensor());
  return results;
}

c10::IValue optional(const at::Tensor& tensor) { return tensor.defined() ? c10::IValue(tensor) : c10::IValue(); }

/// A random pattern in which no entry repeats; columns are in no order.
struct Pattern {
  int64_t rows, columns;
  at::Tensor rowptr, col;

  Pattern(int64_t rows, int64_t columns, double density, at::ScalarType index = at::kLong)
      : rows(rows), columns(columns) {
    const at::Tensor order = at::argsort(at::rand({rows, columns}), int64_t{1});
    const at::Tensor counts = at::binomial(at::full({rows}, double(columns)), at::full({rows}, density)).to(at::kLong);
    counts[rows / 2] = 0;
    Tensors parts;
    for (int64_t i = 0; i < rows; ++i) parts.push_back(order[i].narrow(0, 0, counts[i].item<int64_t>()));
    col = at::cat(parts).to(index);
    rowptr = at::cat({at::zeros({1}, at::kLong), counts.cumsum(0)}).to(index);
  }
  int64_t entries() const { return col.numel(); }
  at::Tensor row() const { return at::repeat_interleave(at::arange(rows, col.options()), rowptr.diff().to(at::kLong)); }
  /// The values of the entries as a matrix, differentiable.
  at::Tensor dense(const at::Tensor& value) const {
    return at::zeros({rows, columns}, value.options()).index_put({row().to(at::kLong), col.to(at::kLong)}, value, true);
  }
};

at::Tensor random(at::IntArrayRef sizes, at::ScalarType type = at::kDouble) {
  return at::randint(-40, 40, sizes, at::kDouble).div(10).to(type);
}

at::Tensor leaf(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble).requires_grad_(); }

/// Central differences along a random direction against the gradient of a random combination of the results.
void expect_gradient(const std::function<at::Tensor(const Tensors&)>& function, const Tensors& inputs) {
  const at::Tensor y = function(inputs);
  const at::Tensor weight = at::randn_like(y.detach());
  const Tensors gradients = torch::autograd::grad({y}, inputs, {weight}, true, true);
  for (size_t k = 0; k < inputs.size(); ++k) {
    const at::Tensor direction = at::randn_like(inputs[k].detach());
    const double step = 1e-6;
    const auto moved = [&](double by) {
      Tensors other = inputs;
      other[k] = (inputs[k].detach() + by * direction).requires_grad_();
      return (function(other).detach() * weight).sum().item<double>();
    };
    const double numeric = (moved(step) - moved(-step)) / (2 * step);
    EXPECT_NEAR((gradients[k].detach() * direction).sum().item<double>(), numeric, 1e-6 * (1 + std::abs(numeric))) << k;
  }
}

/// The same for the gradient itself, as a function of the inputs.
void expect_second_gradient(const std::function<at::Tensor(const Tensors&)>& function, const Tensors& inputs) {
  const at::Tensor weight = at::randn_like(function(inputs).detach());
  expect_gradient(
      [&](const Tensors& at_inputs) {
        // The square makes the derivative depend on all inputs.
        const at::Tensor y = (function(at_inputs).pow(2) * weight).sum();
        Tensors flat;
        for (const at::Tensor& gradient : torch::autograd::grad({y}, at_inputs, {}, true, true)) {
          flat.push_back(gradient.reshape({-1}));
        }
        return at::cat(flat);
      },
      inputs);
}

at::Tensor product(const std::string& reduce, const Pattern& a, const at::Tensor& value, const at::Tensor& mat) {
  const c10::IValue none;
  if (reduce == "sum") return call("spmm_sum", {none, a.rowptr, a.col, optional(value), none, none, mat})[0];
  if (reduce == "mean") return call("spmm_mean", {none, a.rowptr, a.col, optional(value), none, none, none, mat})[0];
  return call(reduce == "min" ? "spmm_min" : "spmm_max", {a.rowptr, a.col, optional(value), mat})[0];
}

/// By the definition, out of dense operations.
at::Tensor by_definition(const std::string& reduce, const Pattern& a, const at::Tensor& value, const at::Tensor& mat) {
  const at::Tensor row = a.row().to(at::kLong);
  at::Tensor messages = mat.index_select(-2, a.col.to(at::kLong));
  if (value.defined()) messages = messages * value.unsqueeze(-1);
  std::vector<int64_t> sizes = mat.sizes().vec();
  sizes[sizes.size() - 2] = a.rows;
  const at::Tensor index = row.unsqueeze(-1).expand_as(messages);
  const std::string name = reduce == "min" ? "amin" : reduce == "max" ? "amax" : reduce;
  return at::zeros(sizes, mat.options()).scatter_reduce(-2, index, messages, name, false);
}

TEST(TorchSpmm, AgreesWithTheDefinition) {
  at::manual_seed(1);
  for (const at::ScalarType index : {at::kLong, at::kInt}) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf}) {
      for (const std::string reduce : {"sum", "mean", "min", "max"}) {
        const Pattern a(23, 17, 0.2, index);
        const at::Tensor value = random({a.entries()}, type);
        for (const at::Tensor& mat : {random({17, 5}, type), random({2, 17, 19}, type), random({19, 17}, type).t()}) {
          for (const at::Tensor& weight : {value, at::Tensor()}) {
            const at::Tensor wide = weight.defined() ? weight.to(at::kDouble) : weight;
            const at::Tensor expected = by_definition(reduce, a, wide, mat.to(at::kDouble));
            const at::Tensor found = product(reduce, a, weight, mat);
            EXPECT_EQ(found.scalar_type(), type);
            const double tolerance = type == at::kDouble ? 1e-12 : type == at::kFloat ? 1e-5 : 2e-2;
            EXPECT_TRUE(at::allclose(found.to(at::kDouble), expected, tolerance, tolerance)) << reduce << " " << type;
            if (index == at::kLong) {
              EXPECT_TRUE(at::equal(call("spmm", {a.rowptr, a.col, optional(weight), mat, reduce})[0], found));
            }
          }
        }
      }
    }
  }
}

TEST(TorchSpmm, HasDerivativesByMatrixAndValue) {
  at::manual_seed(2);
  for (const std::string reduce : {"sum", "mean", "min", "max"}) {
    SCOPED_TRACE(reduce);
    const Pattern a(9, 7, 0.4);
    for (const at::Tensor& mat : {leaf({7, 3}), leaf({2, 7, 2})}) {
      const auto of_both = [&](const Tensors& x) { return product(reduce, a, x[0], x[1]); };
      const auto of_mat = [&](const Tensors& x) { return product(reduce, a, {}, x[0]); };
      const auto of_value = [&](const Tensors& x) { return product(reduce, a, x[0], mat.detach()); };
      const at::Tensor value = leaf({a.entries()});
      expect_gradient(of_both, {value, mat});
      expect_gradient(of_mat, {mat});
      expect_gradient(of_value, {value});
      expect_second_gradient(of_both, {value, mat});
      expect_second_gradient(of_mat, {mat});
      expect_second_gradient(of_value, {value});
    }
  }
}

TEST(TorchSpmm, TakesTheColumnOrderThatIsGiven) {
  at::manual_seed(3);
  for (const at::ScalarType index : {at::kLong, at::kInt}) {
    const Pattern a(12, 10, 0.3, index);
    const at::Tensor row = a.row(), csr2csc = at::argsort(a.col, true, 0).to(index);
    const at::Tensor colptr = at::cat({at::zeros({1}, at::kLong), at::bincount(a.col, {}, 10).cumsum(0)}).to(index);
    const at::Tensor value = leaf({a.entries()}), mat = leaf({10, 4}), weight = at::randn({12, 4}, at::kDouble);
    const auto gradients = [&](const at::Tensor& y) { return torch::autograd::grad({y}, {value, mat}, {weight}); };
    const c10::IValue none;
    const auto expected = gradients(product("sum", a, value, mat));
    const auto expected_mean = gradients(product("mean", a, value, mat));
    for (const bool with_row : {true, false}) {
      const c10::IValue rows = with_row ? c10::IValue(row) : none;
      const auto sum = gradients(call("spmm_sum", {rows, a.rowptr, a.col, value, colptr, csr2csc, mat})[0]);
      const auto mean = gradients(call("spmm_mean", {rows, a.rowptr, a.col, value, none, colptr, csr2csc, mat})[0]);
      for (const size_t k : {0, 1}) {
        EXPECT_TRUE(at::allclose(sum[k], expected[k]));
        EXPECT_TRUE(at::allclose(mean[k], expected_mean[k]));
      }
    }
  }
}

TEST(TorchSpmm, SampledProductIsDifferentiable) {
  at::manual_seed(4);
  const Pattern a(8, 6, 0.5);
  const at::Tensor left = leaf({8, 5}), right = leaf({6, 5});
  const auto function = [&](const Tensors& x) { return call("sampled_product", {a.rowptr, a.col, x[0], x[1]})[0]; };
  const at::Tensor expected = left.index_select(0, a.row()).mul(right.index_select(0, a.col)).sum(1);
  EXPECT_TRUE(at::allclose(function({left, right}), expected));
  expect_gradient(function, {left, right});
  expect_second_gradient(function, {left, right});
}

// As torch: the gradient of a tie goes to the first entry alone, a NaN wins.
TEST(TorchSpmm, SelectsTheFirstOfEqualsAndNan) {
  const at::Tensor rowptr = at::tensor({0, 3, 3, 5}, at::kLong), col = at::tensor({1, 0, 2, 0, 3}, at::kLong);
  const at::Tensor mat = at::tensor({2., 2., 2., NAN}, at::kDouble).view({4, 1}).requires_grad_();
  for (const char* op : {"spmm_max", "spmm_min"}) {
    const Tensors found = call(op, {rowptr, col, c10::IValue(), mat});
    EXPECT_EQ(found[0][0].item<double>(), 2);
    EXPECT_EQ(found[0][1].item<double>(), 0);
    EXPECT_TRUE(std::isnan(found[0][2].item<double>()));
    EXPECT_TRUE(at::equal(found[1].view({-1}), at::tensor({0, 5, 4}, at::kLong)));
    EXPECT_FALSE(found[1].requires_grad());
    const at::Tensor gradient = torch::autograd::grad({found[0]}, {mat}, {at::ones({3, 1}, at::kDouble)})[0];
    EXPECT_TRUE(at::equal(gradient.view({-1}), at::tensor({0., 1., 0., 1.}, at::kDouble)));
  }
}

TEST(TorchSpmm, ProductOfSparseMatricesAgreesWithDenseOnes) {
  at::manual_seed(5);
  for (const at::ScalarType index : {at::kLong, at::kInt}) {
    const Pattern a(15, 11, 0.3, index), b(11, 13, 0.3, index);
    const at::Tensor va = random({a.entries()}), vb = random({b.entries()});
    for (const bool has_a : {true, false}) {
      for (const bool has_b : {true, false}) {
        const auto c = call("spspmm_csr", {a.rowptr, a.col, optional(has_a ? va : at::Tensor()), b.rowptr, b.col,
                                           optional(has_b ? vb : at::Tensor()), 13});
        Pattern pattern = a;
        pattern.columns = 13, pattern.rowptr = c[0], pattern.col = c[1];
        const at::Tensor ones_a = at::ones_like(va), ones_b = at::ones_like(vb);
        const at::Tensor reached = a.dense(ones_a).matmul(b.dense(ones_b));
        EXPECT_TRUE(
            at::equal(pattern.dense(at::ones({pattern.entries()}, at::kDouble)), reached.gt(0).to(at::kDouble)));
        EXPECT_EQ(c[0].scalar_type(), index);
        if (!has_a && !has_b) {
          EXPECT_EQ(c[2].numel(), 0);
          continue;
        }
        const at::Tensor expected = a.dense(has_a ? va : ones_a).matmul(b.dense(has_b ? vb : ones_b));
        EXPECT_TRUE(at::allclose(pattern.dense(c[2]), expected));
      }
    }
  }
}

TEST(TorchSpmm, ProductOfSparseMatricesIsDifferentiable) {
  at::manual_seed(6);
  const Pattern a(7, 6, 0.4), b(6, 8, 0.4);
  const at::Tensor va = leaf({a.entries()}), vb = leaf({b.entries()});
  const auto of_both = [&](const Tensors& x) {
    return call("spspmm_csr", {a.rowptr, a.col, x[0], b.rowptr, b.col, x[1], 8})[2];
  };
  const auto of_left = [&](const Tensors& x) {
    return call("spspmm_csr", {a.rowptr, a.col, x[0], b.rowptr, b.col, c10::IValue(), 8})[2];
  };
  const auto of_right = [&](const Tensors& x) {
    return call("spspmm_csr", {a.rowptr, a.col, c10::IValue(), b.rowptr, b.col, x[0], 8})[2];
  };
  expect_gradient(of_both, {va, vb});
  expect_gradient(of_left, {va});
  expect_gradient(of_right, {vb});
  expect_second_gradient(of_both, {va, vb});
  expect_second_gradient(of_left, {va});
  expect_second_gradient(of_right, {vb});
}

TEST(TorchSpmm, HasShapesWithoutData) {
  const auto meta = [](at::IntArrayRef sizes, at::ScalarType type) {
    return at::empty(sizes, at::TensorOptions(type).device(at::kMeta));
  };
  const at::Tensor rowptr = meta({5}, at::kLong), col = meta({9}, at::kLong), mat = meta({2, 6, 3}, at::kHalf);
  const c10::IValue none;
  const at::Tensor sum = call("spmm_sum", {none, rowptr, col, none, none, none, mat})[0];
  EXPECT_EQ(sum.sizes(), at::IntArrayRef({2, 4, 3}));
  EXPECT_EQ(sum.scalar_type(), at::kHalf);
  const Tensors most = call("spmm_max", {rowptr, col, none, mat});
  EXPECT_EQ(most[1].sizes(), at::IntArrayRef({2, 4, 3}));
  EXPECT_EQ(most[1].scalar_type(), at::kLong);
  const at::Tensor left = meta({4, 3}, at::kFloat), right = meta({6, 3}, at::kFloat);
  EXPECT_EQ(call("sampled_product", {rowptr, col, left, right})[0].sizes(), at::IntArrayRef({9}));
}

TEST(TorchSpmm, HasDerivativesWithoutEntries) {
  const at::Tensor rowptr = at::zeros({3}, at::kLong), col = at::empty({0}, at::kLong);
  const at::Tensor mat = at::ones({4, 2}).requires_grad_();
  const c10::IValue none;
  call("spmm_sum", {none, rowptr, col, none, none, none, mat})[0].sum().backward();
  EXPECT_TRUE(at::equal(mat.grad(), at::zeros({4, 2})));
}

/// What the operator says, whether libtorch hands it on as its own exception or as ours.
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(TorchSpmm, RefusesWhatDoesNotFit) {
  const at::Tensor rowptr = at::tensor({0, 1, 2}, at::kLong), col = at::tensor({0, 1}, at::kLong);
  const at::Tensor value = at::ones({2}), mat = at::ones({2, 3});
  const c10::IValue none;
  const auto sum = [&](const at::Tensor& r, const at::Tensor& c, const at::Tensor& v, const at::Tensor& m) {
    return message_of([&] { call("spmm_sum", {none, r, c, optional(v), none, none, m}); });
  };
  const auto most = [&](const at::Tensor& r, const at::Tensor& c, const at::Tensor& v, const at::Tensor& m) {
    return message_of([&] { call("spmm_max", {r, c, optional(v), m}); });
  };
  for (const auto& message : {std::function(sum), std::function(most)}) {
    EXPECT_THAT(message(rowptr, col, {}, at::ones({2})), HasSubstr("has 1 dimensions"));
    EXPECT_THAT(message(rowptr.view({1, 3}), col, {}, mat), HasSubstr("rowptr has 2 dimensions; 1 is needed"));
    EXPECT_THAT(message(rowptr, col.view({1, 2}), {}, mat), HasSubstr("col has 2 dimensions; 1 is needed"));
    EXPECT_THAT(message(rowptr.to(at::kInt), col, {}, mat),
                HasSubstr("is int64 but rowptr is int32; all indices must have one type"));
    EXPECT_THAT(message(rowptr, col.to(at::kDouble), {}, mat), HasSubstr("col is float64; indices are int32 or int64"));
    EXPECT_THAT(message(rowptr, col, value.to(at::kDouble), mat), HasSubstr("value is float64 but the other operand"));
    EXPECT_THAT(message(rowptr, col, at::ones({3}), mat), HasSubstr("3 elements; one for each of the 2 entries"));
    EXPECT_THAT(message(rowptr, col, {}, mat.to(at::kShort)), HasSubstr("mat is int16; float64, float32"));
    EXPECT_THAT(message(rowptr, col, {}, at::ones({1, 3})), HasSubstr("col[1] is 1 but there are 1 columns"));
    EXPECT_THAT(message(rowptr + 1, col, {}, mat), HasSubstr("rowptr goes from 1"));
    EXPECT_THAT(message(at::empty({0}, at::kLong), col, {}, mat), HasSubstr("rowptr is empty"));
    EXPECT_THAT(message(rowptr, col, {}, mat.to(at::kComplexFloat)), HasSubstr("not implemented for 'ComplexFloat'"));
  }
  EXPECT_THAT(message_of([&] {
                call("spmm", {rowptr, col, none, mat, "maximum"});
              }),
              HasSubstr("spmm: there is no reduction 'maximum'"));
  EXPECT_THAT(message_of([&] {
                call("sampled_product", {rowptr, col, mat, at::ones({2, 4})});
              }),
              HasSubstr("batch, width and type must be the same"));
  EXPECT_THAT(message_of([&] {
                call("sampled_product", {rowptr, col, at::ones({3, 3}), mat});
              }),
              HasSubstr("the left operand has 3 rows; 2 are needed"));
  const auto sparse = [&](const at::Tensor& colB, int64_t columns) {
    return message_of([&] { call("spspmm_csr", {rowptr, col, none, rowptr, colB, value, columns}); });
  };
  EXPECT_THAT(sparse(col, 1), HasSubstr("spspmm: colB[1] is 1 but there are 1 columns"));
  EXPECT_THAT(sparse(col, -1), HasSubstr("spspmm: there are -1 columns"));
  EXPECT_THAT(message_of([&] {
                call("spspmm_csr", {rowptr, col + 1, none, rowptr, col, value, 2});
              }),
              HasSubstr("spspmm: colA[1] is 2 but there are 2 columns"));
}

}  // namespace
}  // namespace spinel::hosts
