#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/csr_pieces.h"
#include "spinel/kernels/cuda/segment.h"
#include "spinel/kernels/cuda/sort.h"
#include "spinel/kernels/cuda/spmm.h"

namespace spinel::kernels {

using namespace cuda;

namespace {

constexpr const char* kOp = "segment_csr";

template <typename Index>
constexpr Dtype dtype_of_index() {
  return sizeof(Index) == 4 ? Dtype::i32 : Dtype::i64;
}

/// Segment by segment what a matrix with one entry for each row does.
template <typename Index>
CsrOperand operand_of(const Segments<Index>& segments, int64_t rows) {
  CsrOperand a;
  a.index = dtype_of_index<Index>();
  a.rows = segments.count;
  a.columns = a.entries = rows;
  a.rowptr = segments.ptr;
  a.col = segments.order;
  a.names = {kOp, "ptr", "perm", "rows"};
  return a;
}

/// SpmmCall or SpmmSelectCall. Designators are beyond what nvcc hands to the host's compiler in templates.
template <typename Call, typename Index>
Call call_of(const Segments<Index>& segments, int64_t rows, const void* src, void* out) {
  Call call;
  call.dtype = segments.dtype;
  call.a = operand_of(segments, rows);
  call.width = segments.width;
  call.x = src;
  call.y = out;
  return call;
}

template <typename Index>
void name_rows(int64_t n, int64_t none, const Index* order, Index* arg, Workspace& workspace) {
  for_each(kOp, workspace, n, [=] __device__(int64_t i) {
    if (static_cast<int64_t>(arg[i]) != none) arg[i] = order[arg[i]];
  });
}

template <typename S, typename Index>
void spread(const Segments<Index>& s, bool mean, const S* src, S* out, Workspace& workspace) {
  const int64_t rows = read_index(kOp, workspace, s.ptr + s.count), width = s.width;
  auto* const segment = workspace.array<Index>(rows);
  ptr2ind(s.count, s.ptr, segment, workspace);
  const Index *const ptr = s.ptr, *const order = s.order;
  for_each(kOp, workspace, rows * width, [=] __device__(int64_t i) {
    const int64_t e = i / width, w = i % width, from = static_cast<int64_t>(segment[e]);
    S* const to = out + (order ? static_cast<int64_t>(order[e]) : e) * width + w;
    if (!mean) {
      *to = src[from * width + w];
    } else {
      const auto count = static_cast<int64_t>(ptr[from + 1]) - static_cast<int64_t>(ptr[from]);
      store(to, load(src + from * width + w) / static_cast<WideNumber<S>>(count));
    }
  });
}

/// Elements that are only moved, by their size.
template <size_t bytes>
using Bits =
    std::conditional_t<bytes == 1, uint8_t,
                       std::conditional_t<bytes == 2, uint16_t, std::conditional_t<bytes == 4, uint32_t, uint64_t>>>;

template <typename T, typename Index>
void pick(int64_t n, int64_t rows, int64_t width, const T* src, const Index* arg, T* out, Workspace& workspace) {
  for_each(kOp, workspace, n, [=] __device__(int64_t i) {
    const auto row = static_cast<int64_t>(arg[i]);
    out[i] = row == rows ? T(0) : src[row * width + i % width];
  });
}

template <typename T, typename Index>
void place(int64_t n, int64_t rows, int64_t width, const T* src, const Index* arg, T* out, Workspace& workspace) {
  check_cuda(cudaMemsetAsync(out, 0, static_cast<size_t>(rows * width) * sizeof(T), queue_of(workspace)), kOp);
  for_each(kOp, workspace, n, [=] __device__(int64_t i) {
    const auto row = static_cast<int64_t>(arg[i]);
    if (row != rows) out[row * width + i % width] = src[i];
  });
}

}  // namespace

template <typename Index>
void segment_reduce(const Segments<Index>& segments, SegmentReduce reduce, int64_t rows, const void* src, void* out,
                    Index* arg, Workspace& workspace) {
  if (reduce == SegmentReduce::sum || reduce == SegmentReduce::mean) {
    auto call = call_of<SpmmCall>(segments, rows, src, out);
    call.mean = reduce == SegmentReduce::mean;
    return cuda::spmm(call, workspace);
  }
  auto call = call_of<SpmmSelectCall>(segments, rows, src, out);
  call.largest = reduce == SegmentReduce::max;
  call.arg_index = dtype_of_index<Index>();
  call.arg = arg;
  cuda::spmm_select(call, workspace);
  if (segments.order && arg) name_rows(segments.count * segments.width, rows, segments.order, arg, workspace);
}

template <typename Index>
void segment_spread(const Segments<Index>& segments, SegmentReduce reduce, const void* src, void* out,
                    Workspace& workspace) {
  by_row_element(segments.dtype, [&](auto element) {
    using S = decltype(element);
    spread(segments, reduce == SegmentReduce::mean, static_cast<const S*>(src), static_cast<S*>(out), workspace);
  });
}

template <typename Index>
void segment_pick(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                  Workspace& workspace) {
  by_row_element(segments.dtype, [&](auto element) {
    using T = Bits<sizeof(element)>;
    pick(segments.count * segments.width, rows, segments.width, static_cast<const T*>(src), arg, static_cast<T*>(out),
         workspace);
  });
}

template <typename Index>
void segment_place(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                   Workspace& workspace) {
  by_row_element(segments.dtype, [&](auto element) {
    using T = Bits<sizeof(element)>;
    place(segments.count * segments.width, rows, segments.width, static_cast<const T*>(src), arg, static_cast<T*>(out),
          workspace);
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                            \
  template void segment_reduce(const Segments<Index>&, SegmentReduce, int64_t, const void*, void*, Index*,   \
                               Workspace&);                                                                  \
  template void segment_spread(const Segments<Index>&, SegmentReduce, const void*, void*, Workspace&);       \
  template void segment_pick(const Segments<Index>&, int64_t, const void*, const Index*, void*, Workspace&); \
  template void segment_place(const Segments<Index>&, int64_t, const void*, const Index*, void*, Workspace&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
