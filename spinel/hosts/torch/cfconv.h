// The kernels of the continuous-filter convolution on libtorch's CPU tensors (float or double, contiguous).
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/kernels/cpu/activation.h"
#include "spinel/kernels/cpu/pair_list.h"

namespace spinel::hosts {

/// Pairs of the edges idx_i, idx_j [E] int64 with offsets [E,3] Å; indices must lie in [0, atoms).
kernels::PairList make_pair_list(int64_t atoms, const at::Tensor& idx_i, const at::Tensor& idx_j,
                                 const at::Tensor& offsets);

/// Vectors R_j − R_i + offset [P,3] and lengths [P] of the pairs, in Å.
void pair_vectors(const kernels::PairList& list, const at::Tensor& pos, const at::Tensor& offsets, at::Tensor& vector,
                  at::Tensor& distance);

// The functions below write to their last tensors; shapes as in kernels/cpu/cfconv.h and kernels/cpu/activation.h.

void cfconv(const kernels::EdgeView& edges, const at::Tensor& x, const at::Tensor& w, const at::Tensor& y);
/// `a` may be undefined.
void cfconv_pairwise(const kernels::EdgeView& edges, const at::Tensor& a, const at::Tensor& w, const at::Tensor& s,
                     const at::Tensor& b, const at::Tensor& v, const at::Tensor& y);
void cfconv_pair_dot(const kernels::PairView& pairs, const at::Tensor& v, const at::Tensor& x, const at::Tensor& y,
                     const at::Tensor& g);

/// The operands of kernels::FilterAdjoint; undefined ones are null.
struct FilterAdjoint {
  at::Tensor x, xdot, ybar, gy, s, c, cd, value, slope;
};
void cfconv_filter_adjoint(const kernels::PairView& pairs, const FilterAdjoint& t);
/// `cd` and `slope` undefined: only the value.
void apply_cutoff(const at::Tensor& bias, const at::Tensor& c, const at::Tensor& cd, const at::Tensor& value,
                  const at::Tensor& slope);

void activate(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& y);
void activation_slope(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& s, const at::Tensor& y);
void activate_dual(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& xd, const at::Tensor& y,
                   const at::Tensor& yd);
/// `xdb` may be undefined.
void activate_dual_adjoint(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& xd,
                           const at::Tensor& yb, const at::Tensor& ydb, const at::Tensor& xb, const at::Tensor& xdb);

}  // namespace spinel::hosts
