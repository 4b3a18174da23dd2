#include <limits>

#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/csr_pieces.h"
#include "spinel/kernels/cuda/sort.h"
#include "spinel/kernels/cuda/spspmm.h"

namespace spinel::kernels::cuda {
namespace {

constexpr const char* kOp = "spspmm";

/// A matrix whose indices are sound.
template <typename S, typename Index>
struct Sound {
  const Index *rowptr, *col;
  const S* value;
  int64_t rows, entries;

  explicit Sound(const CsrOperand& a)
      : rowptr(static_cast<const Index*>(a.rowptr)),
        col(static_cast<const Index*>(a.col)),
        value(static_cast<const S*>(a.value)),
        rows(a.rows),
        entries(a.entries) {}
  __device__ WideNumber<S> at(int64_t e) const { return value ? load(value + e) : WideNumber<S>(1); }
  __device__ int64_t begin(int64_t row) const { return static_cast<int64_t>(rowptr[row]); }
  __device__ int64_t end(int64_t row) const { return static_cast<int64_t>(rowptr[row + 1]); }
};

/// Checks what the CPU's kernels check while they read.
template <typename Index>
void check_matrix(const CsrOperand& a, Workspace& workspace) {
  const auto* col = static_cast<const Index*>(a.col);
  check_pointers(a.names, a.rows, static_cast<const Index*>(a.rowptr), a.entries, workspace);
  const int64_t bad = first_outside(a.entries, col, a.columns, workspace);
  if (bad != all_sound) fail_column(a.names, bad, number_at(col, bad, workspace), a.columns);
}

/// All multiplications in the order of A's entries, those of an entry in the order of B's row.
template <typename S, typename Index>
struct Products {
  Sound<S, Index> a, b;
  const int64_t* starts = nullptr;  ///< [a.entries + 1] multiplications before each of A's entries
  int64_t total = 0;

  Products(const SpspmmCall& call, Workspace& workspace) : a(call.a), b(call.b) {
    check_matrix<Index>(call.a, workspace);
    check_matrix<Index>(call.b, workspace);
    count(workspace);
  }
  /// The entry of A, of B and the row of the p-th.
  __device__ void find(int64_t p, int64_t& e, int64_t& k, int64_t& row) const {
    e = row_of(starts, a.entries, p);
    k = b.begin(static_cast<int64_t>(a.col[e])) + p - starts[e];
    row = row_of(a.rowptr, a.rows, e);
  }
  /// Multiplications in the rows before this one.
  int64_t before_row(int64_t row, Workspace& workspace) const {
    return number_at(starts, number_at(a.rowptr, row, workspace), workspace);
  }
  /// The rows from `first` on that have at most `most` multiplications, but at least one: their end.
  int64_t end_of_rows(int64_t first, int64_t most, Workspace& workspace) const {
    const int64_t before = before_row(first, workspace);
    if (total - before <= most) return a.rows;
    int64_t low = first + 1, high = a.rows;
    while (low < high) {
      const int64_t middle = high - (high - low) / 2;
      if (before_row(middle, workspace) - before <= most) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  void count(Workspace& workspace) {
    auto* const counts = workspace.array<int64_t>(a.entries + 1);
    const Index *const col = a.col, *const rowptr = b.rowptr;
    for_each(kOp, workspace, a.entries, [=] __device__(int64_t e) {
      counts[e] = static_cast<int64_t>(rowptr[col[e] + 1]) - static_cast<int64_t>(rowptr[col[e]]);
    });
    total = sum_counts(kOp, a.entries, counts, workspace);
    starts = counts;
  }
};

/// Calls function(first multiplication, their number, scope) for pieces of whole rows.
template <typename S, typename Index, typename F>
void for_row_pieces(const Products<S, Index>& products, int64_t most, Workspace& workspace, F&& function) {
  for (int64_t row = 0, done = 0; row < products.a.rows && done < products.total;) {
    const int64_t next = products.end_of_rows(row, most, workspace);
    const int64_t before = next == products.a.rows ? products.total : products.before_row(next, workspace);
    WorkspaceScope scope(workspace);
    if (before > done) function(done, before - done, scope);
    row = next;
    done = before;
  }
}

template <typename S, typename Index>
void expand(const Products<S, Index>& products, int64_t first, int64_t n, Index* row, Index* col,
            WideNumber<S>* numbers, Workspace& workspace) {
  for_each(kOp, workspace, n, [=] __device__(int64_t p) {
    int64_t e, k, r;
    products.find(first + p, e, k, r);
    row[p] = static_cast<Index>(r);
    col[p] = products.b.col[k];
    if (numbers) numbers[p] = wrapping_multiply(products.a.at(e), products.b.at(k));
  });
}

/// value[i] = Σ numbers[perm[t]] over t in [ptr[i], ptr[i + 1]), in order.
template <typename S, typename Index>
void add_runs(int64_t count, const Index* ptr, const Index* perm, const WideNumber<S>* numbers, S* value,
              Workspace& workspace) {
  for_each(kOp, workspace, count, [=] __device__(int64_t i) {
    WideNumber<S> sum = 0;
    for (auto t = static_cast<int64_t>(ptr[i]); t < static_cast<int64_t>(ptr[i + 1]); ++t) {
      sum = wrapping_add(sum, numbers[perm[t]]);
    }
    store(value + i, sum);
  });
}

void copy(void* to, const void* from, int64_t bytes, const Workspace& workspace) {
  if (bytes == 0) return;
  check_cuda(cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDeviceToDevice, queue_of(workspace)), kOp);
}

int64_t bytes_of(Dtype dtype) { return dtype == Dtype::bf16 || dtype == Dtype::f16 ? 2 : number_size(dtype); }

// The sums over triples of entries of A, B and C: each multiplication belongs to a place of the result.

enum class Sampled { product, left, right };

/// Where in C's row a column stands; its columns rise. −1: nowhere.
template <typename S, typename Index>
__device__ int64_t place_in_row(const Sound<S, Index>& c, int64_t row, Index column) {
  const int64_t end = c.end(row);
  const int64_t at = first_where(c.begin(row), end, [&](int64_t t) { return c.col[t] >= column; });
  return at < end && c.col[at] == column ? at : -1;
}

template <typename S, typename Index>
void expand_sampled(const Products<S, Index>& products, const Sound<S, Index>& c, Sampled kind, int64_t first,
                    int64_t n, int64_t nowhere, uint64_t* place, WideNumber<S>* numbers, Workspace& workspace) {
  for_each(kOp, workspace, n, [=] __device__(int64_t p) {
    int64_t e, k, row;
    products.find(first + p, e, k, row);
    const int64_t at = place_in_row(c, row, products.b.col[k]);
    place[p] = static_cast<uint64_t>(at < 0 ? nowhere : kind == Sampled::product ? at : kind == Sampled::left ? e : k);
    if (at < 0) return;
    numbers[p] = kind == Sampled::product ? wrapping_multiply(products.a.at(e), products.b.at(k))
                 : kind == Sampled::left  ? wrapping_multiply(c.at(at), products.b.at(k))
                                          : wrapping_multiply(products.a.at(e), c.at(at));
  });
}

/// Adds the runs of equal places to their sums; the first of a run does all of it.
template <typename N>
void add_places(int64_t n, int64_t nowhere, const SortedKeys& sorted, const N* numbers, N* sums, Workspace& workspace) {
  const uint64_t* const keys = sorted.keys;
  const int64_t* const perm = sorted.perm;
  for_each(kOp, workspace, n, [=] __device__(int64_t t) {
    const uint64_t place = keys[t];
    if (place == static_cast<uint64_t>(nowhere) || (t > 0 && keys[t - 1] == place)) return;
    N sum = sums[place];
    for (int64_t next = t; next < n && keys[next] == place; ++next) sum = wrapping_add(sum, numbers[perm[next]]);
    sums[place] = sum;
  });
}

template <typename S>
void store_sums(int64_t n, const WideNumber<S>* sums, S* out, Workspace& workspace) {
  for_each(kOp, workspace, n, [=] __device__(int64_t i) { store(out + i, sums[i]); });
}

template <typename Index>
void check_rising(const CsrOperand& c, Workspace& workspace) {
  check_matrix<Index>(c, workspace);
  const FirstUnsound unsound(kOp, workspace);
  FirstUnsound::Place* const least = unsound.get();
  const auto *rowptr = static_cast<const Index*>(c.rowptr), *col = static_cast<const Index*>(c.col);
  const int64_t rows = c.rows;
  for_each(kOp, workspace, c.entries, [=] __device__(int64_t e) {
    if (e > 0 && col[e] <= col[e - 1] && static_cast<int64_t>(rowptr[row_of(rowptr, rows, e)]) < e) {
      FirstUnsound::note(least, e);
    }
  });
  const int64_t e = unsound.wait();
  if (e == all_sound) return;
  int64_t row = 0;
  while (number_at(rowptr, row + 1, workspace) <= e) ++row;
  fail(ErrorKind::invalid_argument, "spspmm: column {} follows column {} in row {} of the product; columns must rise",
       number_at(col, e, workspace), number_at(col, e - 1, workspace), row);
}

template <typename S, typename Index>
void sample(const SpspmmCall& call, const CsrOperand& c_operand, Sampled kind, S* out, Workspace& workspace) {
  using N = WideNumber<S>;
  check_rising<Index>(c_operand, workspace);
  const Products<S, Index> products(call, workspace);
  const Sound<S, Index> c(c_operand);
  const int64_t results = kind == Sampled::product ? c.entries
                          : kind == Sampled::left  ? call.a.entries
                                                   : call.b.entries;
  auto* const sums = workspace.array<N>(results);
  check_cuda(cudaMemsetAsync(sums, 0, static_cast<size_t>(results) * sizeof(N), queue_of(workspace)), kOp);
  for_row_pieces(products, most_products, workspace, [&](int64_t first, int64_t n, Workspace& scope) {
    auto* const place = scope.array<uint64_t>(n);
    auto* const numbers = scope.array<N>(n);
    expand_sampled(products, c, kind, first, n, results, place, numbers, scope);
    add_places(n, results, sort_keys(kOp, n, place, bits_below(results + 1), scope), numbers, sums, scope);
  });
  store_sums(results, sums, out, workspace);
}

void sample_any(const SpspmmCall& call, const CsrOperand& c, Sampled kind, void* out, Workspace& workspace) {
  by_element(call.dtype, [&](auto element) {
    by_index(call.a.index, [&](auto index) {
      using S = decltype(element);
      sample<S, decltype(index)>(call, c, kind, static_cast<S*>(out), workspace);
    });
  });
}

}  // namespace

template <typename S, typename Index>
void SpspmmProduct::multiply(bool with_value, int64_t most) {
  using N = WideNumber<S>;
  const Products<S, Index> products(call_, workspace_);
  for_row_pieces(products, most, workspace_, [&](int64_t first, int64_t n, Workspace& scope) {
    Index *const row = scope.array<Index>(n), *const col = scope.array<Index>(n), *const perm = scope.array<Index>(n);
    Index *const sorted_row = scope.array<Index>(n), *const sorted_col = scope.array<Index>(n);
    N* const numbers = with_value ? scope.array<N>(n) : nullptr;
    expand(products, first, n, row, col, numbers, scope);
    sort_coo(n, row, col, call_.a.rows, sorted_row, sorted_col, perm, scope);
    const DevicePlaces places = count_distinct(n, sorted_row, sorted_col, scope);
    const int64_t count = places.total;
    Index *const out_row = workspace_.array<Index>(count), *const out_col = workspace_.array<Index>(count);
    Index* const ptr = scope.array<Index>(count + 1);
    fill_distinct(n, sorted_row, sorted_col, places, out_row, out_col, ptr, scope);
    S* const value = with_value ? workspace_.array<S>(count) : nullptr;
    if (with_value) add_runs<S>(count, ptr, perm, numbers, value, scope);
    parts_.push_back({count, out_row, out_col, value});
    entries_ += count;
  });
  if (entries_ > std::numeric_limits<Index>::max()) fail_count(kOp, entries_, 8 * sizeof(Index));
}

SpspmmProduct::SpspmmProduct(const SpspmmCall& call, bool with_value, Workspace& workspace, int64_t most)
    : call_(call), workspace_(workspace) {
  by_element(call.dtype, [&](auto element) {
    by_index(call.a.index, [&](auto index) { multiply<decltype(element), decltype(index)>(with_value, most); });
  });
}

void SpspmmProduct::write(void* rowptr, void* col, void* value) const {
  const int64_t index_bytes = call_.a.index == Dtype::i32 ? 4 : 8, value_bytes = bytes_of(call_.dtype);
  WorkspaceScope scope(workspace_);
  void* const row = scope.allocate(entries_ * index_bytes);
  int64_t done = 0;
  for (const Part& part : parts_) {
    const auto put = [&](void* to, const void* from, int64_t bytes) {
      copy(static_cast<char*>(to) + done * bytes, from, part.entries * bytes, workspace_);
    };
    put(row, part.row, index_bytes);
    put(col, part.col, index_bytes);
    if (value) put(value, part.value, value_bytes);
    done += part.entries;
  }
  by_index(call_.a.index, [&](auto zero) {
    using Index = decltype(zero);
    ind2ptr(entries_, static_cast<const Index*>(row), call_.a.rows, static_cast<Index*>(rowptr), scope);
  });
}

}  // namespace spinel::kernels::cuda

namespace spinel::kernels {

void sampled_spspmm(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace) {
  cuda::sample_any(call, c, cuda::Sampled::product, out, workspace);
}

void sampled_left(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace) {
  cuda::sample_any(call, c, cuda::Sampled::left, out, workspace);
}

void sampled_right(const SpspmmCall& call, const CsrOperand& c, void* out, cuda::Workspace& workspace) {
  cuda::sample_any(call, c, cuda::Sampled::right, out, workspace);
}

}  // namespace spinel::kernels
