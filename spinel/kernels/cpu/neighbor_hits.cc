#include "spinel/kernels/cpu/neighbor_hits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/neighbor_hits.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Squared distances of the points from q on to (px, py, pz). Reading past the segment is safe: the grid is padded.
template <class D>
HWY_INLINE hn::Vec<D> SquaredDistance(D d, const NeighborGrid& grid, uint32_t q, hn::Vec<D> px, hn::Vec<D> py,
                                      hn::Vec<D> pz) {
  const auto dx = hn::Sub(hn::LoadU(d, grid.x.data() + q), px);
  const auto dy = hn::Sub(hn::LoadU(d, grid.y.data() + q), py);
  const auto dz = hn::Sub(hn::LoadU(d, grid.z.data() + q), pz);
  return hn::MulAdd(dx, dx, hn::MulAdd(dy, dy, hn::Mul(dz, dz)));
}

HitCount CountHits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double lower,
                   double upper) {
  const hn::ScalableTag<double> d;
  const size_t lanes = hn::Lanes(d);
  const auto low = hn::Set(d, lower), high = hn::Set(d, upper);
  HitCount count;
  for (int64_t s = 0; s < n; ++s) {
    const NeighborSegment& segment = segments[s];
    const auto px = hn::Set(d, p[0] - segment.offset[0]);
    const auto py = hn::Set(d, p[1] - segment.offset[1]);
    const auto pz = hn::Set(d, p[2] - segment.offset[2]);
    for (uint32_t q = segment.begin; q < segment.end; q += lanes) {
      const auto inside = hn::FirstN(d, segment.end - q);
      const auto r2 = SquaredDistance(d, grid, q, px, py, pz);
      count.lower += hn::CountTrue(d, hn::And(inside, hn::Lt(r2, low)));
      count.upper += hn::CountTrue(d, hn::And(inside, hn::Lt(r2, high)));
    }
  }
  return count;
}

int64_t FindHits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double upper,
                 uint64_t* HWY_RESTRICT hits) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const size_t lanes = hn::Lanes(d);
  const auto high = hn::Set(d, upper);
  const auto step = hn::Set(du, lanes);
  uint64_t* next = hits;
  for (int64_t s = 0; s < n; ++s) {
    const NeighborSegment& segment = segments[s];
    const auto px = hn::Set(d, p[0] - segment.offset[0]);
    const auto py = hn::Set(d, p[1] - segment.offset[1]);
    const auto pz = hn::Set(d, p[2] - segment.offset[2]);
    auto id = hn::Iota(du, static_cast<uint64_t>(s) << 32 | segment.begin);
    for (uint32_t q = segment.begin; q < segment.end; q += lanes) {
      const auto inside = hn::FirstN(d, segment.end - q);
      const auto near = hn::And(inside, hn::Lt(SquaredDistance(d, grid, q, px, py, pz), high));
      next += hn::CompressStore(id, hn::RebindMask(du, near), du, next);
      id = hn::Add(id, step);
    }
  }
  return next - hits;
}

}  // namespace HWY_NAMESPACE
}  // namespace spinel::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(CountHits);
HWY_EXPORT(FindHits);

HitCount count_hits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double lower,
                    double upper) {
  return HWY_DYNAMIC_DISPATCH(CountHits)(grid, segments, n, p, lower, upper);
}

int64_t find_hits(const NeighborGrid& grid, const NeighborSegment* segments, int64_t n, const double* p, double upper,
                  uint64_t* hits) {
  return HWY_DYNAMIC_DISPATCH(FindHits)(grid, segments, n, p, upper, hits);
}

}  // namespace spinel::kernels
#endif
