// Derivatives through every function that values pass.
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/functions.h"
#include "tests/sparse/derivatives.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

struct Case {
  const char* name;
  std::function<at::Tensor(const SparseTensor&)> run;
};

at::Tensor value_of(const SparseTensor& a) { return a.storage().value(); }

std::vector<Case> cases() {
  const at::Tensor index = longs({4, 0, 4, 2}), mask = longs({1, 0, 1, 1, 0}).to(at::kBool);
  std::vector<Case> list = {
      {"csc", [](const SparseTensor& a) { return std::get<2>(a.csc()); }},
      {"t", [](const SparseTensor& a) { return value_of(a.t()); }},
      {"rows", [index](const SparseTensor& a) { return value_of(a.index_select(0, index)); }},
      {"columns", [index](const SparseTensor& a) { return value_of(a.index_select(1, index)); }},
      {"mask", [mask](const SparseTensor& a) { return value_of(a.masked_select(1, mask)); }},
      {"narrow", [](const SparseTensor& a) { return value_of(a.narrow(0, 1, 3).narrow(1, 1, 3)); }},
      {"dense", [](const SparseTensor& a) { return a.coalesce().to_dense(); }},
      {"dense of duplicates", [](const SparseTensor& a) { return a.to_dense(); }},
      {"add", [](const SparseTensor& a) { return value_of(a + a.t()); }},
      {"mul", [](const SparseTensor& a) { return value_of(a.coalesce() * a.t().coalesce()); }},
      {"by row",
       [](const SparseTensor& a) {
         return value_of(a * at::arange(1, 6, at::kDouble).view({5, 1}));
       }},
      {"cat",
       [](const SparseTensor& a) {
         return value_of(cat({a, a.t()}, 1));
       }},
      {"blocks",
       [](const SparseTensor& a) {
         return value_of(cat_diag({a, a}).narrow_diag({5, 5}, {5, 5}));
       }},
      {"set_diag", [](const SparseTensor& a) { return value_of(a.set_diag()); }},
      {"get_diag", [](const SparseTensor& a) { return a.coalesce().get_diag(); }},
      {"set_value", [](const SparseTensor& a) { return value_of(a.set_value(value_of(a), Layout::csc)); }},
  };
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    const Reduce kind = parse_reduce(reduce);
    list.push_back({reduce, [kind](const SparseTensor& a) { return a.reduce(kind, 0); }});
    list.push_back({reduce, [kind](const SparseTensor& a) { return a.reduce(kind, 1); }});
    list.push_back({reduce, [kind](const SparseTensor& a) { return a.reduce(kind, std::nullopt); }});
    list.push_back({reduce, [reduce](const SparseTensor& a) { return value_of(a.coalesce(reduce)); }});
    list.push_back({reduce, [reduce](const SparseTensor& a) { return value_of(a.to_symmetric(reduce)); }});
  }
  return list;
}

TEST(SparseGradients, FirstAndSecond) {
  std::mt19937 random(19);
  const RandomEntries entries(random, 5, 5, 16);
  const at::Tensor x = at::randn({16}, at::kDouble);
  for (const Case& one : cases()) {
    const auto run = [&](const at::Tensor& value) {
      return one.run(SparseTensor(
          StorageArguments{.row = entries.row, .col = entries.col, .value = value, .sparse_sizes = {5, 5}}));
    };
    try {
      expect_derivatives(one.name, run, x);
    } catch (const std::exception& error) {
      ADD_FAILURE() << one.name << ": " << error.what();
    }
  }
}

// torch's own formula for the values of a COO tensor has no second derivative; for those of CSR there is none at all.
TEST(SparseGradients, OfTorchTensors) {
  const at::Tensor value = at::tensor({1., 2., 3.}, at::kDouble).set_requires_grad(true);
  const SparseTensor a(StorageArguments{.row = longs({1, 0, 1}), .col = longs({0, 1, 1}), .value = value});
  const at::Tensor dense = a.to_torch_sparse_coo_tensor().to_dense();
  const at::Tensor weighted = dense.mul(at::arange(4, at::kDouble).view({2, 2})).sum();
  EXPECT_THAT(list(torch::autograd::grad({weighted}, {value})[0]), testing::ElementsAre(2, 1, 3));
}

TEST(SparseGradients, OfDenseOperands) {
  std::mt19937 random(20);
  const SparseTensor a = random_matrix(random, 5, 4, 12);
  const auto by = [&](const char* name, at::IntArrayRef sizes, const Function& f) {
    expect_derivatives(name, f, at::randn(sizes, at::kDouble));
  };
  by("add by row", {5, 1}, [&](const at::Tensor& x) { return value_of(a + x); });
  by("mul by row", {5, 1}, [&](const at::Tensor& x) { return value_of(a * x); });
  by("mul by column", {1, 4}, [&](const at::Tensor& x) { return value_of(a * x); });
  by("diagonal", {4}, [&](const at::Tensor& x) { return value_of(a.set_diag(x)); });
  by("from_dense", {3, 4}, [&](const at::Tensor& x) { return value_of(SparseTensor::from_dense(x)); });
}

TEST(SparseGradients, VectorsAsValues) {
  std::mt19937 random(21);
  const RandomEntries entries(random, 5, 4, 14);
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    expect_derivatives(
        reduce,
        [&](const at::Tensor& value) {
          const SparseTensor a(StorageArguments{.row = entries.row, .col = entries.col, .value = value});
          return at::cat(
              {a.reduce(parse_reduce(reduce), 0), a.reduce(parse_reduce(reduce), 1), value_of(a.coalesce(reduce))});
        },
        at::randn({14, 3}, at::kDouble));
  }
}

}  // namespace
}  // namespace spinel::sparse
