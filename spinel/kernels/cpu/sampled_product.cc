#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/sampled_product.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmm_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// sums[e] += left · x[offset_e …] for entries [from, to) of the block. Four entries side by side: their chains of
/// additions overlap.
template <class D, typename S, typename N = hn::TFromD<D>>
HWY_INLINE void add_dots(D d, const EntryBlock<N>& block, int64_t from, int64_t to, const S* left, const S* x,
                         int64_t width, N* sums) {
  const int64_t lanes = hn::Lanes(d), whole = width - width % lanes;
  const auto rest = [&](int64_t e) {
    N sum = sums[e];
    for (int64_t f = whole; f < width; ++f) {
      sum = wrapping_add(sum, wrapping_multiply(get_element(left + f), get_element(x + block.offset[e] + f)));
    }
    sums[e] = sum;
  };
  int64_t e = from;
  for (; whole > 0 && e + 4 <= to; e += 4) {
    hn::Vec<D> sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (int64_t f = 0; f < whole; f += lanes) {
      const auto l = Element<S>::load(d, left + f);
      for (int k = 0; k < 4; ++k) {
        sum[k] = multiply_add(l, Element<S>::load(d, x + block.offset[e + k] + f), sum[k]);
      }
    }
    for (int k = 0; k < 4; ++k) sums[e + k] = wrapping_add(sums[e + k], hn::GetLane(hn::SumOfLanes(d, sum[k])));
    for (int64_t k = 0; k < 4 && whole < width; ++k) rest(e + k);
  }
  for (; e < to; ++e) {
    if (whole > 0) {
      hn::Vec<D> sum = hn::Zero(d);
      for (int64_t f = 0; f < whole; f += lanes) {
        sum = multiply_add(Element<S>::load(d, left + f), Element<S>::load(d, x + block.offset[e] + f), sum);
      }
      sums[e] = wrapping_add(sums[e], hn::GetLane(hn::SumOfLanes(d, sum)));
    }
    rest(e);
  }
}

template <typename S, typename Index>
void sample_piece(const SampledProductCall& call, const SpmmPiece& piece) {
  using N = ElementNumber<S>;
  const hn::ScalableTag<N> d;
  EntryBlock<N> block;
  N sums[EntryBlock<N>::capacity];
  EntryBlocks<S, Index> blocks(call.a, piece, call.width);
  while (blocks.next(block)) {
    std::fill_n(sums, block.entries, N(0));
    for (int64_t b = 0; b < call.batch; ++b) {
      const S* x = static_cast<const S*>(call.right) + b * call.a.columns * call.width;
      const S* left = static_cast<const S*>(call.left) + (b * call.a.rows + block.first_row) * call.width;
      int64_t from = 0;
      for (int64_t row = 0; row < block.rows; ++row) {
        add_dots(d, block, from, block.end[row], left + row * call.width, x, call.width, sums);
        from = block.end[row];
      }
    }
    S* out = static_cast<S*>(call.out) + block.first_entry;
    int64_t e = 0;
    for (int64_t row = 0; row < block.rows; ++row) {
      for (; e < block.end[row]; ++e) put_element(out + e, call.mean ? sums[e] / block.count[row] : sums[e]);
    }
  }
}

using SamplePieceFunction = void (*)(const SampledProductCall&, const SpmmPiece&);

SamplePieceFunction SamplePiece(Dtype dtype, Dtype index) {
  return by_element(dtype, [&](auto element) {
    return by_index(
        index, [](auto number) -> SamplePieceFunction { return sample_piece<decltype(element), decltype(number)>; });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(SamplePiece);

void sampled_product(const SampledProductCall& call, const ParallelFor& parallel) {
  const int64_t count = count_pieces(call.a, call.batch * call.width, parallel.num_threads());
  const std::vector<SpmmPiece> pieces = cut_entries(call.a, count, true);
  const auto function = HWY_DYNAMIC_DISPATCH(SamplePiece)(call.dtype, call.a.index);
  parallel.run(static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) function(call, pieces[static_cast<size_t>(piece)]);
  });
}

}  // namespace spinel::kernels
#endif
