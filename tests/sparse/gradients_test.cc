// Derivatives through every function that values pass.
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/functions.h"
#include "spinel/sparse/rcm.h"
#include "spinel/sparse/saint.h"
#include "spinel/sparse/sample.h"
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
      {"get_diag of duplicates", [](const SparseTensor& a) { return a.get_diag(); }},
      {"remove_diag", [](const SparseTensor& a) { return value_of(a.remove_diag(1)); }},
      {"fill_diag", [](const SparseTensor& a) { return value_of(a.fill_diag(3, -1)); }},
      {"permute",
       [](const SparseTensor& a) {
         return value_of(a.permute(longs({3, 0, 4, 1, 2})));
       }},
      {"select", [](const SparseTensor& a) { return value_of(a.select(1, 2)); }},
      {"brackets",
       [index](const SparseTensor& a) {
         return value_of(a.index({Slice{1, 4}, index}));
       }},
      {"entries by number",
       [index](const SparseTensor& a) { return value_of(a.index_select_nnz(index, Layout::csc)); }},
      {"entries by mask",
       [](const SparseTensor& a) {
         return value_of(a.masked_select_nnz(at::arange(16).remainder(3).ne(0), Layout::csc));
       }},
      {"reshape", [](const SparseTensor& a) { return value_of(a.sparse_reshape(1, 25)); }},
      {"resize",
       [](const SparseTensor& a) {
         return value_of(a.sparse_resize({7, 6}));
       }},
      {"cat of rows",
       [](const SparseTensor& a) {
         return value_of(cat({a, a * a.sum(1).view({5, 1})}, 0));
       }},
      {"cat of values",
       [](const SparseTensor& a) {
         const SparseTensor column = a.set_value(value_of(a).unsqueeze(1), Layout::coo);
         return value_of(cat({column, column}, 2).narrow(2, 0, 1).index_select(2, longs({0, 0})));
       }},
      {"entry by entry",
       [](const SparseTensor& a) {
         return value_of(a.mul_nnz(value_of(a), Layout::csr).add_nnz(value_of(a), Layout::csc));
       }},
      {"normalised",
       [](const SparseTensor& a) {
         return value_of(a * a.sum(1).view({5, 1}) + a.max(0).view({1, 5}));
       }},
      {"subgraph",
       [](const SparseTensor& a) {
         return value_of(saint_subgraph(a, longs({3, 0, 2})).adj);
       }},
      {"neighbours",
       [](const SparseTensor& a) {
         return value_of(sample_adj(a, longs({1, 4}), -1).adj);
       }},
      {"around a node",
       [](const SparseTensor& a) {
         return value_of(ego_k_hop_sample_adj(a, longs({2, 0}), 2, -1).adj);
       }},
      {"near the diagonal", [](const SparseTensor& a) { return value_of(reverse_cuthill_mckee(a).adj); }},
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
  const auto matrix = [&] { return SparseTensor({.row = longs({1, 0, 1}), .col = longs({0, 1, 1}), .value = value}); };
  const auto gradient = [&](const at::Tensor& loss) { return list(torch::autograd::grad({loss}, {value})[0]); };
  const at::Tensor dense = matrix().to_torch_sparse_coo_tensor().to_dense();
  EXPECT_THAT(gradient(dense.mul(at::arange(4, at::kDouble).view({2, 2})).sum()), testing::ElementsAre(2, 1, 3));
  const SparseTensor back = SparseTensor::from_torch_sparse_coo_tensor(matrix().to_torch_sparse_coo_tensor());
  EXPECT_THAT(gradient(value_of(back * back).mul(longs({1, 10, 100})).sum()), testing::ElementsAre(20, 4, 600));
  const at::Tensor index = at::stack({longs({1, 0, 0}), longs({0, 1, 0})});
  const auto [sorted, values] = from_torch_sparse(to_torch_sparse(index, value, 2, 2).coalesce());
  EXPECT_THAT(list(sorted), testing::ElementsAre(0, 0, 1, 0, 1, 0));
  EXPECT_THAT(gradient(values[0] * 5), testing::ElementsAre(0, 0, 5));
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
  by("both by entry", {12}, [&](const at::Tensor& x) {
    const SparseTensor part = a.index_select_nnz(at::arange(std::min<int64_t>(a.nnz(), 12)), Layout::coo);
    return value_of(
        part.mul_nnz(x.narrow(0, 0, part.nnz()), Layout::coo).add_nnz(x.narrow(0, 0, part.nnz()), Layout::csc));
  });
  by("without values", {5, 1}, [&](const at::Tensor& x) { return value_of(a.set_value({}, Layout::coo) * x + x); });
  by("diagonal of another number", {3}, [&](const at::Tensor& x) { return value_of(a.set_diag(x, -2)); });
  by("diagonal", {4}, [&](const at::Tensor& x) { return value_of(a.set_diag(x)); });
  by("from_dense", {3, 4}, [&](const at::Tensor& x) { return value_of(SparseTensor::from_dense(x)); });
}

TEST(SparseGradients, OfFunctionsOnPlainTensors) {
  const at::Tensor index = at::stack({longs({2, 0, 0, 2, 1}), longs({0, 1, 1, 1, 2})});
  const at::Tensor sorted = at::stack({longs({0, 0, 1, 2, 2}), longs({0, 2, 1, 0, 1})});
  const at::Tensor x = at::randn({3, 2}, at::kDouble), value = at::randn({5}, at::kDouble);
  const auto by = [&](const char* name, const Function& f) { expect_derivatives(name, f, value); };
  by("coalesce", [&](const at::Tensor& v) { return coalesce(index, v, 3, 3, "mean").second; });
  by("transpose", [&](const at::Tensor& v) { return transpose(index, v, 3, 3).second; });
  by("spadd", [&](const at::Tensor& v) { return spadd(index, v, sorted, v.sin(), 3, 3).second; });
  by("spmm", [&](const at::Tensor& v) { return spmm(index, v, 3, 3, x * v.sum()); });
  by("spmm of a vector", [&](const at::Tensor& v) { return spmm(index, v, 3, 3, v.narrow(0, 0, 3)); });
  by("spmm of a batch", [&](const at::Tensor& v) { return spmm(index, v, 3, 3, at::stack({x, x * v[0]})); });
  by("spspmm", [&](const at::Tensor& v) { return spspmm(sorted, v, sorted, v.cos(), 3, 3, 3).second; });
}

TEST(SparseGradients, VectorsAsValues) {
  std::mt19937 random(21);
  const RandomEntries entries(random, 5, 4, 14);
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    expect_derivatives(
        reduce,
        [&](const at::Tensor& value) {
          const SparseTensor a(StorageArguments{.row = entries.row, .col = entries.col, .value = value});
          const Reduce kind = parse_reduce(reduce);
          const at::Tensor of_vectors = a.reduce(kind, 2).unsqueeze(1).expand({-1, 3});
          return at::cat({a.reduce(kind, 0), a.reduce(kind, 1), of_vectors, value_of(a.coalesce(reduce)),
                          value_of(a.set_diag(a.get_diag())), value_of(a.t().index_select(0, longs({1, 1})))});
        },
        at::randn({14, 3}, at::kDouble));
  }
}

}  // namespace
}  // namespace spinel::sparse
