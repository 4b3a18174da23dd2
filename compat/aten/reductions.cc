// Operators that take elements together: sums, greatest and least ones.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compat/aten/elements.h"
#include "compat/aten/operators.h"

namespace spinel::aten {
namespace {

using registry::ScalarType;
using registry::Stack;
using registry::Tensor;

/// A tensor as [kept, reduced], without gaps, and the sizes of a result.
struct Rows {
  Tensor tensor;
  int64_t count = 1, length = 1;
  std::vector<int64_t> sizes;
};

/// No dimensions mean all of them.
Rows rows_of(const Tensor& self, std::vector<int64_t> dimensions, bool keep, ScalarType dtype) {
  std::vector<bool> is_reduced(static_cast<size_t>(self.dim()), dimensions.empty());
  for (int64_t& dimension : dimensions) {
    dimension = registry::wrap_dimension(dimension, self.dim());
    if (self.dim() == 0) continue;
    require(!is_reduced[static_cast<size_t>(dimension)], "reduction: dimension {} is named twice; each stands once",
            dimension);
    is_reduced[static_cast<size_t>(dimension)] = true;
  }
  Rows rows;
  std::vector<int64_t> order, behind;
  for (int64_t i = 0; i < self.dim(); ++i) {
    const bool goes = is_reduced[static_cast<size_t>(i)];
    (goes ? behind : order).push_back(i);
    (goes ? rows.length : rows.count) *= self.size(i);
    if (!goes || keep) rows.sizes.push_back(goes ? 1 : self.size(i));
  }
  order.insert(order.end(), behind.begin(), behind.end());
  rows.tensor = compact(registry::permute(self, order), dtype);
  return rows;
}

/// fold(accumulated, element) over each row, beginning with `first`.
template <typename Accumulator, typename T, typename F>
void fold_rows(const Rows& rows, const Tensor& made, Accumulator first, F&& fold) {
  const T* element = read<T>(rows.tensor);
  for (int64_t row = 0; row < rows.count; ++row) {
    Accumulator result = first;
    for (int64_t i = 0; i < rows.length; ++i) result = fold(result, *element++);
    write<T>(made)[row] = static_cast<T>(result);
  }
}

/// Integers add up as int64 and wrap around; floats in double precision.
Tensor sum(const Tensor& self, const std::vector<int64_t>& dimensions, bool keep, std::optional<ScalarType> wanted) {
  const ScalarType own = is_floating(self.scalar_type()) ? self.scalar_type() : ScalarType::int64;
  const ScalarType dtype = wanted.value_or(promote(own, own)), computed = computed_as(dtype);
  const Rows rows = rows_of(self, dimensions, keep, computed);
  const Tensor made = registry::new_empty(rows.tensor, rows.sizes);
  with_type(computed, "aten::sum", [&](auto type) {
    using T = decltype(type);
    using Accumulator = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
    fold_rows<Accumulator, T>(rows, made, Accumulator(0),
                              [](Accumulator a, T b) { return a + static_cast<Accumulator>(b); });
  });
  return registry::to(made, {.dtype = dtype});
}

/// The greatest of each row or, where `least`, the least; NaN wins over both.
Tensor extreme(const Tensor& self, const std::vector<int64_t>& dimensions, bool keep, bool least) {
  const ScalarType computed = computed_as(self.scalar_type());
  const Rows rows = rows_of(self, dimensions, keep, computed);
  require(rows.length > 0, "max: there is no element; one at least is needed");
  const Tensor made = registry::new_empty(rows.tensor, rows.sizes);
  with_type(computed, "aten::max", [&](auto type) {
    using T = decltype(type);
    using Limits = std::numeric_limits<T>;
    T first = least ? Limits::max() : Limits::lowest();
    if constexpr (Limits::has_infinity) first = least ? Limits::infinity() : -Limits::infinity();
    fold_rows<T, T>(rows, made, first, [least](T a, T b) {
      if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(a) || std::isnan(b)) return Limits::quiet_NaN();
      }
      return least ? std::min(a, b) : std::max(a, b);
    });
  });
  return registry::to(made, {.dtype = self.scalar_type()});
}

Tensor cumulative_sum(const Tensor& self, int64_t dimension, std::optional<ScalarType> wanted) {
  const ScalarType own = is_floating(self.scalar_type()) ? self.scalar_type() : ScalarType::int64;
  const ScalarType dtype = wanted.value_or(promote(own, own)), computed = computed_as(dtype);
  dimension = registry::wrap_dimension(dimension, self.dim());
  const int64_t last = std::max<int64_t>(self.dim() - 1, 0);
  const Tensor made = registry::clone(compact(registry::transpose(self, dimension, last), computed));
  const int64_t length = made.dim() == 0 ? 1 : made.size(last);
  with_type(computed, "aten::cumsum", [&](auto type) {
    using T = decltype(type);
    T* element = write<T>(made);
    for (int64_t i = 1; i < made.numel(); ++i) {
      if (i % length != 0) element[i] = multiply_add(element[i], T(1), element[i - 1]);
    }
  });
  return registry::transpose(registry::to(made, {.dtype = dtype}), dimension, last);
}

std::optional<ScalarType> maybe_type(const Arguments& a, size_t i) {
  return a.has(i) ? std::optional(static_cast<ScalarType>(a.integer(i))) : std::nullopt;
}
std::vector<int64_t> maybe_integers(const Arguments& a, size_t i) {
  return a.has(i) ? a.integers(i) : std::vector<int64_t>();
}

constexpr Operator operators[] = {
    {"sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {sum(a.tensor(0), {}, false, maybe_type(a, 1))}; }},
    {"sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {sum(a.tensor(0), maybe_integers(a, 1), a.flag(2), maybe_type(a, 3))}; }},
    {"sum.IntList_out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) -> "
     "Tensor(a!)",
     [](const Arguments& a) -> Stack {
       const Tensor out = a.tensor(4), result = sum(a.tensor(0), maybe_integers(a, 1), a.flag(2), maybe_type(a, 3));
       require(out.sizes() == result.sizes(), "sum: out has sizes [{}] but the sum has [{}]; they must be equal",
               join_text(out.sizes().vec(), ", "), join_text(result.sizes().vec(), ", "));
       registry::copy(result, out);
       return {out};
     }},
    {"amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
     [](const Arguments& a) -> Stack { return {extreme(a.tensor(0), a.integers(1), a.flag(2), false)}; }},
    {"max(Tensor self) -> Tensor",
     [](const Arguments& a) -> Stack { return {extreme(a.tensor(0), {}, false, false)}; }},
    {"min(Tensor self) -> Tensor", [](const Arguments& a) -> Stack { return {extreme(a.tensor(0), {}, false, true)}; }},
    {"cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
     [](const Arguments& a) -> Stack { return {cumulative_sum(a.tensor(0), a.integer(1), maybe_type(a, 2))}; }},
};

}  // namespace

std::span<const Operator> reductions() { return operators; }

}  // namespace spinel::aten
