#include "spinel/ops/sparse_index.h"

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/kernels/cpu/csr_pointer.h"
#include "spinel/kernels/cpu/index_sort.h"
#include "spinel/ops/executor.h"
#include "spinel/ops/sparse_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#endif

namespace spinel::ops {
namespace {

using kernels::CooFacts;
using kernels::CooOrder;

/// There is an overload for results on a GPU.
void put_numbers(size_t count, const int64_t* from, int64_t* to, const ParallelFor&) { std::copy_n(from, count, to); }

/// Pointers of so many rows.
TensorSpec pointer_spec(int64_t rows, const char* op, const char* name) {
  require(rows >= 0 && rows < INT64_MAX, "{}: {} is {}; it must not be negative", op, name, rows);
  return {{rows + 1}, {}, MemoryFormat::contiguous};
}

/// The length of a list.
Size listed(const SpecArguments& arguments, size_t index, const char* op, const char* name) {
  const std::vector<Size>& sizes = arguments.tensor(index).sizes;
  require(sizes.size() == 1, "{}: {} has {} dimensions; 1 is needed", op, name, sizes.size());
  return sizes[0];
}

// ind2ptr(Tensor ind, int M) -> Tensor

std::vector<TensorSpec> ind2ptr_sizes(const SpecArguments& arguments) {
  return {pointer_spec(arguments.integer(1), "ind2ptr", "M")};
}

void ind2ptr(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const IndexArray ind(host, arguments.tensor(0), "ind2ptr", "ind");
  const int64_t rows = length_argument(arguments, 1, "ind2ptr", "M");
  run_kernels(host, ind.device(), ind.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const int64_t bad = kernels::ind2ptr(ind.size(), ind.data<Index>(), rows, index_data<Index>(results[0]), executor);
    require(bad == kernels::all_sound, "ind2ptr: ind[{}] is {}; it must be sorted and lie in [0, {})", bad,
            bad == kernels::all_sound ? 0 : ind.at(bad), rows);
  });
}

// ptr2ind(Tensor ptr, int E) -> Tensor

std::vector<TensorSpec> ptr2ind_sizes(const SpecArguments& arguments) {
  return {{{std::max<int64_t>(arguments.integer(1), 0)}, {}, MemoryFormat::contiguous}};
}

void ptr2ind(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const int64_t entries = length_argument(arguments, 1, "ptr2ind", "E");
  const PointerArray ptr(host, arguments.tensor(0), entries, "ptr2ind", "ptr");
  run_kernels(host, ptr.device(), ptr.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    kernels::ptr2ind(ptr.rows(), ptr.data<Index>(), index_data<Index>(results[0]), executor);
  });
}

// non_diag_mask(Tensor row, Tensor col, int M, int N, int k) -> Tensor

std::vector<TensorSpec> mask_sizes(const SpecArguments& arguments) {
  const int64_t length = kernels::diagonal_length(arguments.integer(2), arguments.integer(3), arguments.integer(4));
  return {{{listed(arguments, 0, "non_diag_mask", "row") + length}, {}, MemoryFormat::contiguous}};
}

void non_diag_mask(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays entries(host, arguments.tensor(0), arguments.tensor(1), "non_diag_mask");
  const int64_t rows = length_argument(arguments, 2, "non_diag_mask", "M");
  const int64_t cols = length_argument(arguments, 3, "non_diag_mask", "N");
  entries.require_within(host, rows, cols);
  entries.require_order(host, CooOrder::entries, "");
  run_kernels(host, entries.device(), entries.index(), [&](auto zero, auto& executor) {
    const auto list = entries.list<decltype(zero)>();
    kernels::non_diag_mask(list.n, list.row, list.col, rows, cols, arguments.integer(4),
                           static_cast<bool*>(results[0].data()), executor);
  });
}

// inspect_coo(Tensor row, Tensor col) -> Tensor

std::vector<TensorSpec> facts_sizes(const SpecArguments&) { return {{{5}, {}, MemoryFormat::contiguous}}; }

void inspect_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays entries(host, arguments.tensor(0), arguments.tensor(1), "inspect_coo");
  const CooFacts facts = entries.facts(host);
  const int64_t numbers[] = {static_cast<int64_t>(facts.order), facts.min_row, facts.max_row, facts.min_col,
                             facts.max_col};
  on_device(host, entries.device(), [&](auto& executor) {
    put_numbers(std::size(numbers), numbers, index_data<int64_t>(results[0]), executor);
  });
}

// index_sort(Tensor index, int size) -> (Tensor ptr, Tensor perm)

std::vector<TensorSpec> index_sort_sizes(const SpecArguments& arguments) {
  return {pointer_spec(arguments.integer(1), "index_sort", "size"),
          {arguments.tensor(0).sizes, {}, MemoryFormat::contiguous}};
}

void index_sort(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const IndexArray index(host, arguments.tensor(0), "index_sort", "index");
  const int64_t size = length_argument(arguments, 1, "index_sort", "size");
  run_kernels(host, index.device(), index.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    index.require_sound(kernels::index_sort(index.size(), index.data<Index>(), size, index_data<Index>(results[0]),
                                            index_data<Index>(results[1]), executor),
                        size, "keys");
  });
}

// sort_coo(Tensor row, Tensor col, int M, int N) -> (Tensor row, Tensor col, Tensor perm)

std::vector<TensorSpec> sort_sizes(const SpecArguments& arguments) {
  const TensorSpec like{arguments.tensor(0).sizes, {}, MemoryFormat::contiguous};
  return {like, like, like};
}

void sort_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays entries(host, arguments.tensor(0), arguments.tensor(1), "sort_coo");
  const int64_t rows = length_argument(arguments, 2, "sort_coo", "M");
  entries.require_within(host, rows, length_argument(arguments, 3, "sort_coo", "N"));
  run_kernels(host, entries.device(), entries.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const kernels::CooList<Index> list = entries.list<Index>();
    kernels::sort_coo(list.n, list.row, list.col, rows, index_data<Index>(results[0]), index_data<Index>(results[1]),
                      index_data<Index>(results[2]), executor);
  });
}

// distinct_coo(Tensor row, Tensor col) -> (Tensor row, Tensor col, Tensor ptr)

void distinct_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays entries(host, arguments.tensor(0), arguments.tensor(1), "distinct_coo");
  entries.require_order(host, CooOrder::entries, "");
  run_kernels(host, entries.device(), entries.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const auto [n, row, col] = entries.list<Index>();
    const auto places = kernels::count_distinct(n, row, col, executor);
    const int64_t total = places.back();
    results[0] = empty_index(host, total, entries.row().dtype(), entries.device());
    results[1] = empty_index(host, total, entries.row().dtype(), entries.device());
    results[2] = empty_index(host, total + 1, entries.row().dtype(), entries.device());
    kernels::fill_distinct(n, row, col, places, index_data<Index>(results[0]), index_data<Index>(results[1]),
                           index_data<Index>(results[2]), executor);
  });
}

// merge_coo(Tensor row_a, Tensor col_a, Tensor row_b, Tensor col_b) -> (Tensor row, Tensor col, Tensor perm)

std::vector<TensorSpec> merge_sizes(const SpecArguments& arguments) {
  const TensorSpec both{{listed(arguments, 0, "merge_coo", "row_a") + listed(arguments, 2, "merge_coo", "row_b")},
                        {},
                        MemoryFormat::contiguous};
  return {both, both, both};
}

void merge_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays a(host, arguments.tensor(0), arguments.tensor(1), "merge_coo");
  const EntryArrays b(host, arguments.tensor(2), arguments.tensor(3), "merge_coo");
  a.require_order(host, CooOrder::entries, "_a");
  b.require_order(host, CooOrder::entries, "_b");
  a.require_alike(b);
  run_kernels(host, a.device(), a.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const int64_t both = a.n() + b.n();
    if (both > std::numeric_limits<Index>::max()) kernels::fail_count("merge_coo", both, 8 * sizeof(Index));
    kernels::merge_coo(a.list<Index>(), b.list<Index>(), index_data<Index>(results[0]), index_data<Index>(results[1]),
                       index_data<Index>(results[2]), executor);
  });
}

// common_coo(Tensor row_a, Tensor col_a, Tensor row_b, Tensor col_b) -> (Tensor in_a, Tensor in_b)

void common_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays a(host, arguments.tensor(0), arguments.tensor(1), "common_coo");
  const EntryArrays b(host, arguments.tensor(2), arguments.tensor(3), "common_coo");
  a.require_order(host, CooOrder::distinct, "_a");
  b.require_order(host, CooOrder::distinct, "_b");
  a.require_alike(b);
  run_kernels(host, a.device(), a.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const auto in_a = a.list<Index>(), in_b = b.list<Index>();
    const auto places = kernels::count_common(in_a, in_b, executor);
    for (Tensor& result : results) result = empty_index(host, places.back(), a.row().dtype(), a.device());
    kernels::fill_common(in_a, in_b, places, index_data<Index>(results[0]), index_data<Index>(results[1]), executor);
  });
}

// reshape_coo(Tensor row, Tensor col, int N, int new_N) -> (Tensor row, Tensor col)

std::vector<TensorSpec> reshape_sizes(const SpecArguments& arguments) {
  const TensorSpec like{arguments.tensor(0).sizes, {}, MemoryFormat::contiguous};
  return {like, like};
}

void reshape_coo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const EntryArrays entries(host, arguments.tensor(0), arguments.tensor(1), "reshape_coo");
  const int64_t cols = length_argument(arguments, 2, "reshape_coo", "N");
  const int64_t new_cols = length_argument(arguments, 3, "reshape_coo", "new_N");
  entries.require_within(host, INT64_MAX, cols);
  if (entries.n() == 0) return;
  require(new_cols > 0, "reshape_coo: new_N is 0 but there are {} entries; it must be positive", entries.n());
  run_kernels(host, entries.device(), entries.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const auto [n, row, col] = entries.list<Index>();
    const int64_t bad = kernels::reshape_coo(n, row, col, cols, new_cols, index_data<Index>(results[0]),
                                             index_data<Index>(results[1]), executor);
    require(bad == kernels::all_sound, "reshape_coo: entry {} has a place there that int{} does not count; {}", bad,
            8 * sizeof(Index), sizeof(Index) == 4 ? "int64 is needed" : "the shape is too long");
  });
}

// invert_permutation(Tensor perm) -> Tensor

std::vector<TensorSpec> invert_sizes(const SpecArguments& arguments) {
  return {{arguments.tensor(0).sizes, {}, MemoryFormat::contiguous}};
}

void invert_permutation(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const IndexArray perm(host, arguments.tensor(0), "invert_permutation", "perm");
  run_kernels(host, perm.device(), perm.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    perm.require_permutation(
        kernels::invert_permutation(perm.size(), perm.data<Index>(), index_data<Index>(results[0]), executor));
  });
}

std::vector<ScalarType> facts_dtypes(const SpecArguments&) { return {ScalarType::int64}; }
std::vector<ScalarType> mask_dtypes(const SpecArguments&) { return {ScalarType::boolean}; }

}  // namespace

std::vector<OpDef> sparse_index_operators() {
  std::vector<OpDef> list = {
      {.schema = "ind2ptr(Tensor ind, int M) -> Tensor",
       .sizes = ind2ptr_sizes,
       .dtypes = alike_index_dtypes<1>,
       .cpu = ind2ptr,
       .cuda = also_on_cuda(ind2ptr)},
      {.schema = "ptr2ind(Tensor ptr, int E) -> Tensor",
       .sizes = ptr2ind_sizes,
       .dtypes = alike_index_dtypes<1>,
       .cpu = ptr2ind,
       .cuda = also_on_cuda(ptr2ind)},
      {.schema = "non_diag_mask(Tensor row, Tensor col, int M, int N, int k) -> Tensor",
       .sizes = mask_sizes,
       .dtypes = mask_dtypes,
       .cpu = non_diag_mask,
       .cuda = also_on_cuda(non_diag_mask)},
      {.schema = "inspect_coo(Tensor row, Tensor col) -> Tensor",
       .sizes = facts_sizes,
       .dtypes = facts_dtypes,
       .cpu = inspect_coo,
       .cuda = also_on_cuda(inspect_coo)},
      {.schema = "index_sort(Tensor index, int size) -> (Tensor ptr, Tensor perm)",
       .sizes = index_sort_sizes,
       .dtypes = alike_index_dtypes<2>,
       .cpu = index_sort,
       .cuda = also_on_cuda(index_sort)},
      {.schema = "sort_coo(Tensor row, Tensor col, int M, int N) -> (Tensor row, Tensor col, Tensor perm)",
       .sizes = sort_sizes,
       .dtypes = alike_index_dtypes<3>,
       .cpu = sort_coo,
       .cuda = also_on_cuda(sort_coo)},
      {.schema = "distinct_coo(Tensor row, Tensor col) -> (Tensor row, Tensor col, Tensor ptr)",
       .dtypes = alike_index_dtypes<3>,
       .cpu = distinct_coo,
       .cuda = also_on_cuda(distinct_coo)},
      {.schema = "merge_coo(Tensor row_a, Tensor col_a, Tensor row_b, Tensor col_b) -> (Tensor row, Tensor col, "
                 "Tensor perm)",
       .sizes = merge_sizes,
       .dtypes = alike_index_dtypes<3>,
       .cpu = merge_coo,
       .cuda = also_on_cuda(merge_coo)},
      {.schema = "common_coo(Tensor row_a, Tensor col_a, Tensor row_b, Tensor col_b) -> (Tensor in_a, Tensor in_b)",
       .dtypes = alike_index_dtypes<2>,
       .cpu = common_coo,
       .cuda = also_on_cuda(common_coo)},
      {.schema = "reshape_coo(Tensor row, Tensor col, int N, int new_N) -> (Tensor row, Tensor col)",
       .sizes = reshape_sizes,
       .dtypes = alike_index_dtypes<2>,
       .cpu = reshape_coo,
       .cuda = also_on_cuda(reshape_coo)},
      {.schema = "invert_permutation(Tensor perm) -> Tensor",
       .sizes = invert_sizes,
       .dtypes = alike_index_dtypes<1>,
       .cpu = invert_permutation,
       .cuda = also_on_cuda(invert_permutation)}};
  for (OpDef& op : sparse_select_operators()) list.push_back(std::move(op));
  return list;
}

}  // namespace spinel::ops
