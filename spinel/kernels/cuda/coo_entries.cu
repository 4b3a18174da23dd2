#include <limits>

#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/sort.h"

namespace spinel::kernels {

using namespace cuda;

namespace {

/// What CooFacts are made of, as atomic operations take it.
struct FoundFacts {
  long long min_row, max_row, min_col, max_col;
  int order;
};

template <typename Index>
__global__ void __launch_bounds__(kThreads) find_facts(int64_t n, const Index* row, const Index* col, FoundFacts* all) {
  FoundFacts own{INT64_MAX, -1, INT64_MAX, -1, static_cast<int>(CooOrder::distinct)};
  own.max_row = own.max_col = INT64_MIN;
  for (int64_t e = first_item(); e < n; e += item_step()) {
    const long long r = row[e], c = col[e];
    own.min_row = r < own.min_row ? r : own.min_row;
    own.max_row = r > own.max_row ? r : own.max_row;
    own.min_col = c < own.min_col ? c : own.min_col;
    own.max_col = c > own.max_col ? c : own.max_col;
    if (e == 0) continue;
    const long long before = row[e - 1], col_before = col[e - 1];
    CooOrder order = CooOrder::distinct;
    if (r < before) order = CooOrder::none;
    else if (r == before && c < col_before) order = CooOrder::rows;
    else if (r == before && c == col_before) order = CooOrder::entries;
    own.order = static_cast<int>(order) < own.order ? static_cast<int>(order) : own.order;
  }
  for (int step = 1; step < kWarp; step *= 2) {
    const FoundFacts other{__shfl_xor_sync(kAllLanes, own.min_row, step), __shfl_xor_sync(kAllLanes, own.max_row, step),
                           __shfl_xor_sync(kAllLanes, own.min_col, step), __shfl_xor_sync(kAllLanes, own.max_col, step),
                           __shfl_xor_sync(kAllLanes, own.order, step)};
    own.min_row = other.min_row < own.min_row ? other.min_row : own.min_row;
    own.max_row = other.max_row > own.max_row ? other.max_row : own.max_row;
    own.min_col = other.min_col < own.min_col ? other.min_col : own.min_col;
    own.max_col = other.max_col > own.max_col ? other.max_col : own.max_col;
    own.order = other.order < own.order ? other.order : own.order;
  }
  if (threadIdx.x % kWarp != 0) return;
  atomicMin(&all->min_row, own.min_row);
  atomicMax(&all->max_row, own.max_row);
  atomicMin(&all->min_col, own.min_col);
  atomicMax(&all->max_col, own.max_col);
  atomicMin(&all->order, own.order);
}

template <typename Index>
__device__ bool is_less(const Index* row_a, const Index* col_a, int64_t i, const Index* row_b, const Index* col_b,
                        int64_t j) {
  return row_a[i] != row_b[j] ? row_a[i] < row_b[j] : col_a[i] < col_b[j];
}

/// Where in b the entry i of a stands or would stand, before or behind its equals.
template <typename Index>
__device__ int64_t place_in(const CooList<Index>& a, int64_t i, const CooList<Index>& b, bool behind) {
  return first_where(0, b.n, [&](int64_t j) {
    return behind ? is_less(a.row, a.col, i, b.row, b.col, j) : !is_less(b.row, b.col, j, a.row, a.col, i);
  });
}

}  // namespace

template <typename Index>
CooFacts inspect_coo(int64_t n, const Index* row, const Index* col, Workspace& workspace) {
  if (n == 0) return {};
  const char* const op = "inspect_coo";
  FoundFacts found{INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, static_cast<int>(CooOrder::distinct)};
  auto* const all = workspace.array<FoundFacts>(1);
  const cudaStream_t queue = queue_of(workspace);
  check_cuda(cudaMemcpyAsync(all, &found, sizeof found, cudaMemcpyHostToDevice, queue), op);
  // A thread takes several entries, so that there are few atomic operations.
  launch(op, workspace, grid_of(n, 8 * kThreads), find_facts<Index>, n, row, col, all);
  check_cuda(cudaMemcpyAsync(&found, all, sizeof found, cudaMemcpyDeviceToHost, queue), op);
  check_cuda(cudaStreamSynchronize(queue), op);
  return {static_cast<CooOrder>(found.order), found.min_row, found.max_row, found.min_col, found.max_col};
}

template <typename Index>
DevicePlaces count_distinct(int64_t n, const Index* row, const Index* col, Workspace& workspace) {
  auto* const places = workspace.array<int64_t>(n + 1);
  for_each("distinct_coo", workspace, n,
           [=] __device__(int64_t e) { places[e] = e == 0 || row[e] != row[e - 1] || col[e] != col[e - 1]; });
  return {places, sum_counts("distinct_coo", n, places, workspace)};
}

template <typename Index>
void fill_distinct(int64_t n, const Index* row, const Index* col, const DevicePlaces& found, Index* row_out,
                   Index* col_out, Index* ptr, Workspace& workspace) {
  const int64_t* const places = found.at;
  for_each("distinct_coo", workspace, n + 1, [=] __device__(int64_t e) {
    const int64_t at = places[e];
    if (e == n) {
      ptr[at] = static_cast<Index>(n);
    } else if (places[e + 1] != at) {
      row_out[at] = row[e];
      col_out[at] = col[e];
      ptr[at] = static_cast<Index>(e);
    }
  });
}

template <typename Index>
void merge_coo(const CooList<Index>& a, const CooList<Index>& b, Index* row, Index* col, Index* perm,
               Workspace& workspace) {
  for_each("merge_coo", workspace, a.n + b.n, [=] __device__(int64_t k) {
    const bool from_b = k >= a.n;
    const int64_t i = from_b ? k - a.n : k;
    const int64_t at = i + (from_b ? place_in(b, i, a, true) : place_in(a, i, b, false));
    row[at] = from_b ? b.row[i] : a.row[i];
    col[at] = from_b ? b.col[i] : a.col[i];
    perm[at] = static_cast<Index>(k);
  });
}

template <typename Index>
DevicePlaces count_common(const CooList<Index>& a, const CooList<Index>& b, Workspace& workspace) {
  auto* const places = workspace.array<int64_t>(a.n + 1);
  for_each("common_coo", workspace, a.n, [=] __device__(int64_t i) {
    const int64_t j = place_in(a, i, b, false);
    places[i] = j < b.n && a.row[i] == b.row[j] && a.col[i] == b.col[j];
  });
  return {places, sum_counts("common_coo", a.n, places, workspace)};
}

template <typename Index>
void fill_common(const CooList<Index>& a, const CooList<Index>& b, const DevicePlaces& found, Index* in_a, Index* in_b,
                 Workspace& workspace) {
  const int64_t* const places = found.at;
  for_each("common_coo", workspace, a.n, [=] __device__(int64_t i) {
    if (places[i + 1] == places[i]) return;
    in_a[places[i]] = static_cast<Index>(i);
    in_b[places[i]] = static_cast<Index>(place_in(a, i, b, false));
  });
}

template <typename Index>
void non_diag_mask(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
                   Workspace& workspace) {
  const int64_t length = diagonal_length(rows, cols, k), first_row = k < 0 ? -k : 0;
  const char* const op = "non_diag_mask";
  check_cuda(cudaMemsetAsync(mask, length == 0, static_cast<size_t>(n + length), queue_of(workspace)), op);
  if (length == 0) return;
  for_each(op, workspace, n, [=] __device__(int64_t e) {
    const int64_t r = static_cast<int64_t>(row[e]) - first_row, c = static_cast<int64_t>(col[e]);
    // Entries of the diagonal in the rows above this one, and whether this row's own one comes before the entry.
    const int64_t above = r < 0 ? 0 : r > length ? length : r;
    const bool has_own = r >= 0 && r < length;
    if (has_own && c == static_cast<int64_t>(row[e]) + k) return;
    mask[e + above + (has_own && c > static_cast<int64_t>(row[e]) + k)] = true;
  });
}

template <typename Index>
int64_t reshape_coo(int64_t n, const Index* row, const Index* col, int64_t cols, int64_t new_cols, Index* row_out,
                    Index* col_out, Workspace& workspace) {
  const FirstUnsound unsound("reshape_coo", workspace);
  FirstUnsound::Place* const least = unsound.get();
  const auto most = static_cast<uint64_t>(std::numeric_limits<Index>::max());
  for_each("reshape_coo", workspace, n, [=] __device__(int64_t e) {
    // 128 bits: rows times columns may go beyond 64.
    const auto place =
        static_cast<unsigned __int128>(row[e]) * static_cast<uint64_t>(cols) + static_cast<uint64_t>(col[e]);
    const auto new_row = place / static_cast<uint64_t>(new_cols);
    const auto new_col = static_cast<uint64_t>(place % static_cast<uint64_t>(new_cols));
    if (new_row > most || new_col > most) FirstUnsound::note(least, e);
    row_out[e] = static_cast<Index>(new_row);
    col_out[e] = static_cast<Index>(new_col);
  });
  return unsound.wait();
}

#define SPINEL_INSTANTIATE(Index)                                                                                 \
  template CooFacts inspect_coo(int64_t, const Index*, const Index*, Workspace&);                                 \
  template DevicePlaces count_distinct(int64_t, const Index*, const Index*, Workspace&);                          \
  template void fill_distinct(int64_t, const Index*, const Index*, const DevicePlaces&, Index*, Index*, Index*,   \
                              Workspace&);                                                                        \
  template void merge_coo(const CooList<Index>&, const CooList<Index>&, Index*, Index*, Index*, Workspace&);      \
  template DevicePlaces count_common(const CooList<Index>&, const CooList<Index>&, Workspace&);                   \
  template void fill_common(const CooList<Index>&, const CooList<Index>&, const DevicePlaces&, Index*, Index*,    \
                            Workspace&);                                                                          \
  template void non_diag_mask(int64_t, const Index*, const Index*, int64_t, int64_t, int64_t, bool*, Workspace&); \
  template int64_t reshape_coo(int64_t, const Index*, const Index*, int64_t, int64_t, Index*, Index*, Workspace&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
