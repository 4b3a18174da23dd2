// CPU kernels of the continuous-filter convolution of SchNet and of its derivatives.
// A filter is one row per pair of atoms; a directed edge names its row, so that the two directions of a pair share one.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// Directed edges in CSR form: edges [first[i], first[i+1]) end at atom i.
struct EdgeView {
  int64_t atoms = 0;
  const int32_t* first = nullptr;     ///< [atoms + 1]
  const int32_t* neighbor = nullptr;  ///< [edges] the atom an edge comes from
  const int32_t* row = nullptr;       ///< [edges] the filter row of an edge
};

/// Filter rows with the atoms they join. `both`: the row serves i→j and j→i, else only the edge from `j` to `i`.
struct PairView {
  int64_t pairs = 0;
  const int32_t* i = nullptr;     ///< [pairs] centre
  const int32_t* j = nullptr;     ///< [pairs] neighbour
  const uint8_t* both = nullptr;  ///< [pairs]
};

/// y_i = Σ_e x[neighbor e] ∘ w[row e]; x, y [atoms, width], w [pairs, width], all row-major and contiguous.
template <typename T>
void cfconv(const EdgeView& edges, int64_t width, const T* x, const T* w, T* y, const ParallelFor& parallel);

/// y_i = Σ_e a[neighbor e] ∘ w[row e] + s[row e] · b[neighbor e] ∘ v[row e]; s [pairs], v [pairs, width].
/// `a` may be null: its term is left out.
template <typename T>
void cfconv_pairwise(const EdgeView& edges, int64_t width, const T* a, const T* w, const T* s, const T* b, const T* v,
                     T* y, const ParallelFor& parallel);

/// g_p += Σ_f v_pf Σ_{edges of p} x_jf y_if.
template <typename T>
void cfconv_pair_dot(const PairView& pairs, int64_t width, const T* v, const T* x, const T* y, T* g,
                     const ParallelFor& parallel);

/// The adjoints of the filter before and after its radial derivative is taken. With G_p = Σ_{edges of p} x_j ∘ gy_i and
/// W_p = Σ_{edges of p} (x_j ∘ ybar_i + xdot_j ∘ gy_i):
///   value_p = W_p · c_p + s_p G_p · cd_p,   slope_p = s_p G_p · c_p,
/// c, cd [pairs]: cutoff factor and its derivative. `xdot` may be null; `gy` null: value_p = (x_j ∘ ybar_i) · c_p only.
template <typename T>
struct FilterAdjoint {
  const T* x;
  const T* xdot;
  const T* ybar;
  const T* gy;
  const T* s;
  const T* c;
  const T* cd;
  T* value;
  T* slope;
};
template <typename T>
void cfconv_filter_adjoint(const PairView& pairs, int64_t width, const FilterAdjoint<T>& t,
                           const ParallelFor& parallel);

/// In place, per row p: slope = slope · c_p + (value + bias) · cd_p, then value = (value + bias) · c_p.
/// `slope` and `cd` null: only the value.
template <typename T>
void apply_cutoff(int64_t pairs, int64_t width, const T* bias, const T* c, const T* cd, T* value, T* slope,
                  const ParallelFor& parallel);

}  // namespace spinel::kernels
