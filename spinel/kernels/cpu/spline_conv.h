// CPU kernels of the continuous-filter convolution with filters read from a table of quintic B-spline coefficients.
// For frozen weights a filter is a function of one distance: six table rows replace the filter network of an edge.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// Coefficient rows that one distance touches.
constexpr int kSplineRows = 6;

/// The interval of a distance on a uniform knot grid and the weights of its six coefficient rows.
struct SplineBasis {
  int32_t row = 0;                 ///< first coefficient row
  double value[kSplineRows] = {};  ///< Σ value_k · coefficient row (row + k) is the function
  double slope[kSplineRows] = {};  ///< the same for its derivative, 1/Å
};

/// Uniform quintic B-splines (de Boor's recursion) at `distance` on knots origin + k·step, k = 0 …; the distance must
/// lie in [origin, origin + intervals·step]. Coefficient rows: intervals + 5.
SplineBasis spline_basis(double distance, double origin, double step);

/// Directed edges in CSR form, [first[i], first[i+1]) those that end at atom i, with the weights of their table rows.
template <typename T>
struct SplineEdges {
  int64_t atoms = 0;
  const int32_t* first = nullptr;     ///< [atoms + 1]
  const int32_t* neighbor = nullptr;  ///< [edges]
  const int32_t* row = nullptr;       ///< [edges] first coefficient row
  const T* value = nullptr;           ///< [edges, 6] weights of W, cutoff factor included
  const T* slope = nullptr;           ///< [edges, 6] weights of dW/dd
};

/// y_i = Σ_e x[neighbor e] ∘ W(e); x, y [atoms, width], table [rows, width], row-major.
template <typename T>
void spline_conv(const SplineEdges<T>& edges, int64_t width, const T* table, const T* x, T* y,
                 const ParallelFor& parallel);

/// For a list that holds both directions of each pair: gx_i = Σ_e gy[neighbor e] ∘ W(e), and for each edge
/// slope_sum_e += Σ_f W'(e)_f (x_j gy_i + x_i gy_j)_f: the derivative of the energy by the distance of its pair.
template <typename T>
void spline_conv_backward(const SplineEdges<T>& edges, int64_t width, const T* table, const T* x, const T* gy, T* gx,
                          T* slope_sum, const ParallelFor& parallel);

}  // namespace spinel::kernels
