// CPU kernels of activation functions with the derivatives that reverse and forward differentiation need.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

enum class ActivationKind { identity, shifted_softplus, softplus, silu, sigmoid, tanh };

/// The kind of a standard activation name; none for a function that has no kernel.
std::optional<ActivationKind> activation_kind(std::string_view name);

/// y = φ(x), n elements. In-place calls are allowed here and below.
template <typename T>
void activate(ActivationKind kind, int64_t n, const T* x, T* y, const ParallelFor& parallel);

/// y = φ'(x) ∘ s.
template <typename T>
void activation_slope(ActivationKind kind, int64_t n, const T* x, const T* s, T* y, const ParallelFor& parallel);

/// y = φ(x) and yd = φ'(x) ∘ xd: a value carried with its derivative.
template <typename T>
void activate_dual(ActivationKind kind, int64_t n, const T* x, const T* xd, T* y, T* yd, const ParallelFor& parallel);

/// The adjoint of activate_dual: xb = φ'(x) ∘ yb + φ''(x) ∘ xd ∘ ydb and, unless it is null, xdb = φ'(x) ∘ ydb.
template <typename T>
void activate_dual_adjoint(ActivationKind kind, int64_t n, const T* x, const T* xd, const T* yb, const T* ydb, T* xb,
                           T* xdb, const ParallelFor& parallel);

}  // namespace spinel::kernels
