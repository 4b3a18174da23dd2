// B-spline bases of pseudo-coordinates on edges.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace spinel::nn {

struct SplineBasis {
  at::Tensor basis;         ///< [E, S] floating, S = (degree + 1)^D
  at::Tensor weight_index;  ///< [E, S] int64 the weight matrix that each product of splines belongs to
};

/// Tensor products of uniform B-splines (Fey et al., arXiv:1711.08920, section 3): pseudo [E, D] in [0, 1] on
/// kernel_size[d] knots along dimension d, on an interval (is_open_spline) or a circle. Along d the coordinate is v =
/// u (kernel_size − degree · open), and the degree + 1 splines over ⌊v⌋ … are not 0; a product's index is Σ_d ((⌊v_d⌋ +
/// k_d) mod kernel_size_d) Π_{e<d} kernel_size_e. Gradients of every order reach pseudo. The caller has checked pseudo,
/// the degree 1, 2 or 3, and that kernel_size ≥ degree where open.
SplineBasis spline_basis(const at::Tensor& pseudo, const std::vector<int64_t>& kernel_size,
                         const std::vector<bool>& is_open_spline, int64_t degree);

/// out[e] = Σ_s basis[e, s] · x[e] W[weight_index[e, s]] with x [E, in], weight [K, in, out] → [E, out]. The caller has
/// checked that indices lie in [0, K).
at::Tensor spline_weighting(const at::Tensor& x, const at::Tensor& weight, const SplineBasis& splines);

}  // namespace spinel::nn
