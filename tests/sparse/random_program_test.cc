// Long random chains of functions beside dense tensors: what one function hands on as known (order, pointers, counts,
// permutations) is what the next one finds.
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/cat.h"
#include "spinel/sparse/matmul.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

/// A matrix without duplicates, its dense form, and which elements are stored.
struct Pair {
  SparseTensor sparse;
  at::Tensor dense, stored;

  explicit Pair(const SparseTensor& a)
      : sparse(a), dense(a.to_dense()), stored(a.fill_value(1, at::kBool).to_dense(at::kBool)) {}
  int64_t size(int64_t dim) const { return dense.size(dim); }
};

class Program {
 public:
  explicit Program(unsigned seed) : random_(seed), now_(random_pair(1 + below(9), 1 + below(9))) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const int number = static_cast<int>(below(std::size(functions)));
      SCOPED_TRACE("step " + std::to_string(step) + ", function " + std::to_string(number));
      (this->*functions[number])();
      // Small and no longer 0, so that products and sums stay exact and say which element is which.
      apply([](const at::Tensor& value) { return value.remainder(7).add(1); });
      check();
      if (now_.dense.numel() > 400 || testing::Test::HasFailure()) now_ = random_pair(1 + below(9), 1 + below(9));
    }
  }

 private:
  int64_t below(size_t limit) { return static_cast<int64_t>(random_() % limit); }
  Pair random_pair(int64_t rows, int64_t cols) {
    SparseTensor a = random_matrix(random_, std::max<int64_t>(rows, 1), std::max<int64_t>(cols, 1), below(30));
    a = a.narrow(0, 0, rows).narrow(1, 0, cols);
    if (below(2)) a.fill_cache_();
    return Pair(a);
  }
  at::Tensor random_index(int64_t size) { return size == 0 ? longs({}) : at::randint(0, size, {below(12)}, at::kLong); }

  void apply(const std::function<at::Tensor(const at::Tensor&)>& function) {
    now_.sparse.set_value_(function(now_.sparse.storage().value()), Layout::coo);
    now_.dense = at::where(now_.stored, function(now_.dense), 0.0);
  }
  /// Takes the same part of all three.
  void part(const SparseTensor& sparse, const std::function<at::Tensor(const at::Tensor&)>& dense) {
    now_.sparse = sparse;
    now_.dense = dense(now_.dense);
    now_.stored = dense(now_.stored);
  }

  void narrow() {
    const int64_t dim = below(2), start = below(static_cast<size_t>(now_.size(dim)) + 1);
    const int64_t length = below(static_cast<size_t>(now_.size(dim) - start) + 1);
    part(now_.sparse.narrow(dim, start, length), [&](const at::Tensor& x) { return x.narrow(dim, start, length); });
  }
  void index_select() {
    const int64_t dim = below(2);
    const at::Tensor index = random_index(now_.size(dim));
    part(now_.sparse.index_select(dim, index), [&](const at::Tensor& x) { return x.index_select(dim, index); });
  }
  void masked_select() {
    const int64_t dim = below(2);
    const at::Tensor mask = at::rand({now_.size(dim)}).gt(0.3);
    part(now_.sparse.masked_select(dim, mask),
         [&](const at::Tensor& x) { return x.index_select(dim, mask.nonzero().flatten()); });
  }
  void transpose() {
    part(now_.sparse.t(), [](const at::Tensor& x) { return x.t(); });
  }
  void permute() {
    if (now_.size(0) != now_.size(1)) return;
    const at::Tensor perm = at::randperm(now_.size(0), at::kLong);
    part(now_.sparse.permute(perm), [&](const at::Tensor& x) { return x.index_select(0, perm).index_select(1, perm); });
  }
  void join() {
    const int64_t dim = below(2);
    const Pair other = dim == 0 ? random_pair(below(5), now_.size(1)) : random_pair(now_.size(0), below(5));
    part(cat({now_.sparse, other.sparse}, dim), [&](const at::Tensor& x) {
      return at::cat({x, x.scalar_type() == at::kBool ? other.stored : other.dense}, dim);
    });
  }
  void blocks() {
    const Pair other = random_pair(below(4), below(4));
    const SparseTensor joined = cat_diag({other.sparse, now_.sparse, other.sparse});
    if (below(2)) {
      now_.sparse = joined.narrow_diag({other.size(0), other.size(1)}, {now_.size(0), now_.size(1)});
      return;
    }
    part(joined, [&](const at::Tensor& x) {
      const at::Tensor& y = x.scalar_type() == at::kBool ? other.stored : other.dense;
      return at::block_diag({y, x, y});
    });
  }
  void add_sparse() {
    const Pair other = random_pair(now_.size(0), now_.size(1));
    now_.sparse = now_.sparse + other.sparse;
    now_.dense = now_.dense + other.dense;
    now_.stored = now_.stored.logical_or(other.stored);
  }
  void multiply_sparse() {
    const Pair other = random_pair(now_.size(0), now_.size(1));
    now_.sparse = now_.sparse * other.sparse;
    now_.dense = now_.dense * other.dense;
    now_.stored = now_.stored.logical_and(other.stored);
  }
  void broadcast() {
    const at::Tensor other = below(2) ? at::randint(1, 5, {now_.size(0), 1}, at::kDouble)
                                      : at::randint(1, 5, {1, now_.size(1)}, at::kDouble);
    const bool adds = below(2);
    now_.sparse = adds ? now_.sparse + other : now_.sparse * other;
    now_.dense = at::where(now_.stored, adds ? now_.dense + other : now_.dense * other, 0.0);
  }
  void matrix_product() {
    const Pair other = random_pair(now_.size(1), 1 + below(6));
    now_.sparse = matmul(now_.sparse, other.sparse);
    now_.dense = now_.dense.matmul(other.dense);
    now_.stored = now_.stored.to(at::kDouble).matmul(other.stored.to(at::kDouble)).gt(0);
  }
  at::Tensor on_diagonal(int64_t k) const { return at::ones_like(now_.stored).triu(k).tril(k); }
  void remove_diag() {
    const int64_t k = below(9) - 4;
    now_.sparse = now_.sparse.remove_diag(k);
    now_.dense = now_.dense.masked_fill(on_diagonal(k), 0);
    now_.stored = now_.stored.masked_fill(on_diagonal(k), 0);
  }
  void fill_diag() {
    const int64_t k = below(9) - 4;
    now_.sparse = now_.sparse.fill_diag(3, k);
    now_.dense = now_.dense.masked_fill(on_diagonal(k), 3);
    now_.stored = now_.stored.masked_fill(on_diagonal(k), 1);
  }
  void resize() {
    const int64_t rows = now_.size(0) + below(3), cols = now_.size(1) + below(3);
    part(now_.sparse.sparse_resize({rows, cols}), [&](const at::Tensor& x) {
      return at::constant_pad_nd(x, {0, cols - x.size(1), 0, rows - x.size(0)});
    });
  }
  void reshape() {
    if (now_.dense.numel() == 0) return;
    int64_t rows = 1 + below(9);
    while (now_.dense.numel() % rows != 0) --rows;
    part(now_.sparse.sparse_reshape(rows, -1), [&](const at::Tensor& x) { return x.contiguous().view({rows, -1}); });
  }
  void mirror() {
    const int64_t size = std::max(now_.size(0), now_.size(1));
    now_.sparse = now_.sparse.to_symmetric();
    const auto padded = [&](const at::Tensor& x) {
      return at::constant_pad_nd(x, {0, size - x.size(1), 0, size - x.size(0)});
    };
    now_.dense = padded(now_.dense) + padded(now_.dense).t();
    now_.stored = padded(now_.stored).logical_or(padded(now_.stored).t());
  }
  void keep_entries() {
    const at::Tensor mask = at::rand({now_.sparse.nnz()}).gt(0.2);
    const at::Tensor row = now_.sparse.storage().row().index({mask}), col = now_.sparse.storage().col().index({mask});
    now_.sparse = now_.sparse.masked_select_nnz(mask, Layout::coo);
    now_.stored = at::zeros_like(now_.stored).index_put({row, col}, at::ones({row.numel()}, at::kBool));
    now_.dense = at::where(now_.stored, now_.dense, 0.0);
  }
  void fill_cache() { now_.sparse.fill_cache_(); }
  void clear_cache() { now_.sparse.clear_cache_(); }
  void coalesce() { now_.sparse = now_.sparse.coalesce(); }
  void make_again() {
    const auto [row, col, value] = now_.sparse.coo();
    const at::Tensor order = at::randperm(row.numel(), at::kLong);
    now_.sparse = SparseTensor({.row = row.index_select(0, order),
                                .col = col.index_select(0, order),
                                .value = value.index_select(0, order),
                                .sparse_sizes = {now_.size(0), now_.size(1)}});
  }

  void check() {
    ASSERT_EQ(now_.sparse.sizes(), now_.dense.sizes().vec());
    EXPECT_TRUE(same(now_.sparse.to_dense(), now_.dense));
    EXPECT_EQ(now_.sparse.nnz(), now_.stored.sum().item<int64_t>());
    EXPECT_TRUE(now_.sparse.is_coalesced());
    expect_sound(below(2) ? now_.sparse : now_.sparse.clone());
    const at::Tensor x = at::randint(1, 4, {now_.size(1), 2}, at::kDouble);
    EXPECT_TRUE(same(matmul(now_.sparse, x), now_.dense.matmul(x)));
    EXPECT_TRUE(same(now_.sparse.sum(0), now_.dense.sum(0)));
  }

  static constexpr void (Program::*functions[])() = {
      &Program::narrow,          &Program::index_select,   &Program::masked_select,
      &Program::transpose,       &Program::permute,        &Program::join,
      &Program::blocks,          &Program::add_sparse,     &Program::broadcast,
      &Program::multiply_sparse, &Program::remove_diag,    &Program::fill_diag,
      &Program::resize,          &Program::matrix_product, &Program::reshape,
      &Program::mirror,          &Program::fill_cache,     &Program::keep_entries,
      &Program::coalesce,        &Program::make_again,     &Program::clear_cache,
      &Program::transpose,       &Program::fill_cache};

  std::mt19937 random_;
  Pair now_;
};

TEST(SparseTensor, RandomProgramsAgreeWithDenseOnes) {
  for (unsigned seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    at::manual_seed(seed);
    Program(seed).run(30);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace spinel::sparse
