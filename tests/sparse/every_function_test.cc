// What holds for every function of sparse matrices: nothing that is handed in changes, nothing in it is taken as well,
// and the number of threads changes nothing.
#include <ATen/Parallel.h>

#include <cmath>

#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/matmul.h"
#include "spinel/sparse/rcm.h"
#include "spinel/sparse/saint.h"
#include "spinel/sparse/sample.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

using Tensors = std::vector<at::Tensor>;

/// All tensors of a matrix, those that were not derived yet too.
Tensors tensors_of(const SparseTensor& a) {
  const SparseStorage& s = a.storage();
  Tensors list = {s.row(), s.rowptr(), s.col(), s.rowcount(), s.colptr(), s.colcount(), s.csr2csc(), s.csc2csr()};
  if (s.has_value()) list.push_back(s.value());
  return list;
}

struct Function {
  const char* name;
  std::function<Tensors(const SparseTensor& a)> run;
};

/// Functions of a square matrix.
std::vector<Function> functions() {
  const auto matrix = [](const char* name, std::function<SparseTensor(const SparseTensor&)> f) {
    return Function{name, [f](const SparseTensor& a) { return tensors_of(f(a)); }};
  };
  const auto n = [](const SparseTensor& a) { return a.sparse_size(0); };
  const auto ones = [n](const SparseTensor& a) { return at::ones({n(a), 2}, at::kDouble); };
  const auto all = [n](const SparseTensor& a) { return at::arange(n(a)); };
  std::vector<Function> list = {
      matrix("t", [](const SparseTensor& a) { return a.t(); }),
      matrix("coalesce", [](const SparseTensor& a) { return a.coalesce("max"); }),
      matrix("to_symmetric", [](const SparseTensor& a) { return a.to_symmetric(); }),
      matrix("resize",
             [n](const SparseTensor& a) {
               return a.sparse_resize({n(a) + 2, n(a) + 1});
             }),
      matrix("narrow rows", [n](const SparseTensor& a) { return a.narrow(0, 0, n(a) / 2); }),
      matrix("narrow columns", [n](const SparseTensor& a) { return a.narrow(1, 0, n(a) / 2); }),
      matrix("select rows", [all](const SparseTensor& a) { return a.index_select(0, all(a).flip({0})); }),
      matrix("select columns", [all](const SparseTensor& a) { return a.index_select(1, all(a).flip({0})); }),
      matrix("mask", [all](const SparseTensor& a) { return a.masked_select(1, all(a).remainder(2).eq(0)); }),
      matrix("permute", [all](const SparseTensor& a) { return a.permute(all(a).flip({0})); }),
      matrix("entries", [](const SparseTensor& a) { return a.index_select_nnz(at::arange(a.nnz() / 2), Layout::csc); }),
      matrix("remove_diag", [](const SparseTensor& a) { return a.remove_diag(1); }),
      matrix("fill_diag", [](const SparseTensor& a) { return a.fill_diag(2, -1); }),
      matrix("sum", [](const SparseTensor& a) { return a + a.t(); }),
      matrix("product by element", [](const SparseTensor& a) { return a.coalesce() * a.t().coalesce(); }),
      matrix("by row",
             [n](const SparseTensor& a) {
               return a * at::ones({n(a), 1});
             }),
      matrix("cat",
             [](const SparseTensor& a) {
               return cat({a, a, a}, 1);
             }),
      matrix("blocks",
             [](const SparseTensor& a) {
               return cat_diag({a, a.t()});
             }),
      matrix("sparse product", [](const SparseTensor& a) { return matmul(a, a); }),
      matrix("subgraph", [all](const SparseTensor& a) { return saint_subgraph(a, all(a).slice(0, 0, {}, 2)).adj; }),
      matrix("neighbours", [all](const SparseTensor& a) { return sample_adj(a, all(a), -1).adj; }),
      matrix("order", [](const SparseTensor& a) { return reverse_cuthill_mckee(a).adj; }),
      {"dense", [](const SparseTensor& a) { return Tensors{a.to_dense()}; }},
      {"torch", [](const SparseTensor& a) { return Tensors{a.to_torch_sparse_coo_tensor().coalesce().values()}; }},
      {"diagonal", [](const SparseTensor& a) { return Tensors{a.get_diag()}; }},
  };
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    list.push_back({reduce, [=](const SparseTensor& a) { return Tensors{matmul(a, ones(a), reduce)}; }});
    list.push_back({reduce, [=](const SparseTensor& a) {
                      return Tensors{a.reduce(parse_reduce(reduce), 0), a.reduce(parse_reduce(reduce), 1)};
                    }});
  }
  return list;
}

Tensors copies(const Tensors& tensors) {
  Tensors list;
  for (const at::Tensor& tensor : tensors) list.push_back(tensor.detach().clone());
  return list;
}

void expect_equal(const Tensors& a, const Tensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(at::equal(a[k], b[k])) << "tensor " << k;
}

TEST(EveryFunction, LeavesItsArgumentsAsTheyAre) {
  std::mt19937 random(31);
  const RandomEntries entries(random, 12, 12, 50);
  for (const Function& one : functions()) {
    SCOPED_TRACE(one.name);
    const SparseTensor a = entries.matrix(), other = a;
    const Tensors before = copies(tensors_of(a));
    one.run(a);
    expect_equal(tensors_of(a), before);
    EXPECT_EQ(a.storage().pattern(), other.storage().pattern());
  }
}

TEST(EveryFunction, GivesTheSameOnAnyNumberOfThreads) {
  std::mt19937 random(32);
  const SparseTensor a = RandomEntries(random, 1000, 1000, 40000).matrix();
  const int threads = at::get_num_threads();
  for (const Function& one : functions()) {
    SCOPED_TRACE(one.name);
    at::set_num_threads(1);
    const Tensors alone = one.run(SparseTensor(a).clear_cache_());
    for (const int count : {2, 5}) {
      at::set_num_threads(count);
      expect_equal(one.run(SparseTensor(a).clear_cache_()), alone);
    }
  }
  at::set_num_threads(threads);
}

// GR-03
TEST(EveryFunction, TakesMatricesWithNothingInThem) {
  for (const int64_t size : {0, 1, 4}) {
    const SparseTensor nothing(
        {.row = longs({}), .col = longs({}), .value = at::zeros({0}, at::kDouble), .sparse_sizes = {size, size}});
    for (const Function& one : functions()) {
      SCOPED_TRACE(one.name + std::string(" of size ") + std::to_string(size));
      EXPECT_NO_THROW({
        for (const at::Tensor& tensor : one.run(nothing)) {
          if (std::string(one.name) == "fill_diag") continue;
          if (tensor.is_floating_point()) EXPECT_THAT(list<double>(tensor), Each(0));
        }
      });
    }
  }
}

// GR-03: isolated nodes, loops, repeated edges.
TEST(EveryFunction, TakesDuplicatesAndLoops) {
  std::mt19937 random(33);
  const RandomEntries entries(random, 6, 6, 60);
  const SparseTensor a = entries.matrix();
  const at::Tensor x = at::randint(-4, 5, {6, 3}, at::kDouble);
  EXPECT_FALSE(a.is_coalesced());
  EXPECT_TRUE(same(matmul(a, x), entries.dense().matmul(x)));
  EXPECT_TRUE(same(matmul(a.t(), x), entries.dense().t().matmul(x)));
  EXPECT_TRUE(same(matmul(a, a).to_dense(), entries.dense().matmul(entries.dense())));
  EXPECT_TRUE(same((a + a).to_dense(), 2 * entries.dense()));
  EXPECT_TRUE(same(a.sum(0), entries.dense().sum(0)));
  EXPECT_TRUE(same(a.remove_diag().coalesce().to_dense(), entries.dense() - entries.dense().diagonal().diag()));
  EXPECT_TRUE(same(a.to_symmetric().to_dense(), entries.dense() + entries.dense().t()));
  EXPECT_TRUE(same(cat({a, a}, 0).coalesce().to_dense(), at::cat({entries.dense(), entries.dense()})));
}

// GR-03: a row far longer than what one thread takes, beside empty ones.
TEST(EveryFunction, TakesOneRowWithAllEntries) {
  const int64_t n = 1000000;
  const SparseTensor a({.row = at::full({n}, 2, at::kLong), .col = at::arange(n), .sparse_sizes = {5, n}});
  const at::Tensor x = at::arange(n, at::kDouble).unsqueeze(1);
  EXPECT_THAT(list<double>(matmul(a, x)), ElementsAre(0, 0, n * (n - 1.) / 2, 0, 0));
  EXPECT_THAT(list<double>(matmul(a, x, "mean")), ElementsAre(0, 0, (n - 1.) / 2, 0, 0));
  EXPECT_THAT(list<double>(matmul(a, x, "max")), ElementsAre(0, 0, n - 1, 0, 0));
  EXPECT_THAT(list(a.storage().rowcount()), ElementsAre(0, 0, n, 0, 0));
  EXPECT_EQ(a.t().nnz(), n);
  EXPECT_EQ(a.index_select(0, longs({2, 2})).nnz(), 2 * n);
}

// GR-08
TEST(EveryFunction, NanSpreadsOnlyToWhatReadsIt) {
  const SparseTensor a(
      {.row = longs({0, 0, 2}), .col = longs({0, 1, 2}), .value = at::tensor({1., 2., 3.}, at::kDouble)});
  const at::Tensor x = at::tensor({1., std::nan(""), 5.}, at::kDouble);
  for (const char* reduce : {"sum", "mean", "min", "max"}) {
    const std::vector<double> y = list<double>(matmul(a, x, reduce));
    EXPECT_TRUE(std::isnan(y[0])) << reduce;
    EXPECT_EQ(y[1], 0) << reduce;
    EXPECT_EQ(y[2], 15) << reduce;
  }
  const SparseTensor broken = a.set_value(at::tensor({std::nan(""), 2., 3.}, at::kDouble), Layout::coo);
  for (const Reduce reduce : {Reduce::sum, Reduce::mean, Reduce::min, Reduce::max}) {
    EXPECT_TRUE(std::isnan(broken.reduce(reduce, 1)[0].item<double>()));
    EXPECT_FALSE(broken.reduce(reduce, 1)[2].isnan().item<bool>());
    EXPECT_FALSE(broken.reduce(reduce, 0)[1].isnan().item<bool>());
  }
  EXPECT_FALSE(broken == broken);
  EXPECT_THAT(error_of([&] { SparseTensor(a.int64()).requires_grad_(); }), HasSubstr("have no gradient"));
}

TEST(EveryFunction, ThatEndsInUnderscoreChangesOneHandle) {
  std::mt19937 random(34);
  const SparseTensor a = random_matrix(random, 5, 5, 12);
  const at::Tensor by_row = at::ones({5, 1}, at::kDouble), by_entry = at::ones({a.nnz()}, at::kDouble);
  const std::vector<std::pair<const char*, std::function<void(SparseTensor&)>>> changes = {
      {"set_value_", [&](SparseTensor& x) { x.set_value_(by_entry, Layout::coo); }},
      {"fill_value_", [](SparseTensor& x) { x.fill_value_(4); }},
      {"add_", [&](SparseTensor& x) { x.add_(by_row); }},
      {"mul_", [&](SparseTensor& x) { x.mul_(by_row + 1); }},
      {"add_nnz_", [&](SparseTensor& x) { x.add_nnz_(by_entry, Layout::coo); }},
      {"mul_nnz_", [&](SparseTensor& x) { x.mul_nnz_(by_entry + 1, Layout::csc); }},
      {"requires_grad_", [](SparseTensor& x) { x.requires_grad_(); }},
      {"detach_", [](SparseTensor& x) { x.requires_grad_().detach_(); }},
      {"clear_cache_", [](SparseTensor& x) { x.clear_cache_(); }},
      {"+=", [](SparseTensor& x) { x += x; }},
      {"*=", [](SparseTensor& x) { x *= x; }},
  };
  for (const auto& [name, change] : changes) {
    SCOPED_TRACE(name);
    SparseTensor kept = a;
    kept.fill_cache_();
    const Tensors before = copies(tensors_of(kept));
    SparseTensor changed = kept;
    change(changed);
    EXPECT_EQ(kept.storage().num_cached_keys(), 5);
    EXPECT_FALSE(kept.requires_grad());
    expect_equal(tensors_of(kept), before);
    expect_sound(changed);
  }
}

}  // namespace
}  // namespace spinel::sparse
