// Operators that compute element by element, and products of matrices.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "compat/aten/elements.h"
#include "compat/aten/operators.h"
#include "spinel/base/parallel.h"

namespace spinel::aten {
namespace {

using registry::IntArrayRef;
using registry::Scalar;
using registry::ScalarType;
using registry::Stack;
using registry::Tensor;

template <typename F>
void for_elements(int64_t count, F&& use) {
  thread_pool().run(count, 32768, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) use(i);
  });
}

/// f(x, y) of two tensors in their common type.
template <typename F>
Tensor binary(std::string_view op, const Tensor& a, const Tensor& b, ScalarType dtype, F&& f) {
  const ScalarType computed = computed_as(dtype);
  const std::vector<int64_t> sizes = broadcast_sizes(a.sizes(), b.sizes());
  const Tensor x = compact(a, computed, sizes), y = compact(b, computed, sizes);
  const Tensor made = registry::new_empty(x, sizes);
  with_type(computed, op, [&](auto type) {
    using T = decltype(type);
    for_elements(made.numel(), [&, p = read<T>(x), q = read<T>(y), r = write<T>(made)](int64_t i) {
      r[i] = static_cast<T>(f(p[i], q[i]));
    });
  });
  return registry::to(made, {.dtype = dtype});
}

/// The result in the memory of the first argument, which neither grows nor loses its type.
Stack into(const Tensor& self, const Tensor& result) {
  require(self.sizes() == result.sizes(),
          "result: the sizes of its tensor are [{}] but it has [{}]; they must be equal",
          join_text(self.sizes().vec(), ", "), join_text(result.sizes().vec(), ", "));
  require(!is_floating(result.scalar_type()) || is_floating(self.scalar_type()),
          "result: the type of its tensor is {} but it is {}; a floating type is needed",
          registry::to_string(self.scalar_type()), registry::to_string(result.scalar_type()));
  registry::copy(result, self);
  return {self};
}

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha, int sign) {
  const ScalarType dtype = promote(a, b);
  require(is_floating(dtype) || !alpha.is_floating_point(), "add: alpha is {}; for integers it has to be one too",
          alpha.is_floating_point() ? alpha.to_double() : 0.0);
  return with_type(computed_as(dtype), "aten::add", [&](auto type) {
    using T = decltype(type);
    const T factor = multiply_add(T(0), static_cast<T>(sign), number<T>(alpha));
    return binary("aten::add", a, b, dtype,
                  [=](auto x, auto y) { return multiply_add(x, static_cast<decltype(x)>(factor), y); });
  });
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  return binary("aten::mul", a, b, promote(a, b), [](auto x, auto y) { return multiply_add(decltype(x)(0), x, y); });
}

Tensor divide(const Tensor& a, const Tensor& b, const std::optional<std::string>& rounding) {
  ScalarType dtype = promote(a, b);
  if (!rounding) {
    if (!is_floating(dtype)) dtype = ScalarType::float32;
    return binary("aten::div", a, b, dtype, [](auto x, auto y) { return x / y; });
  }
  const bool floors = *rounding == "floor";
  require(floors || *rounding == "trunc", "div: rounding_mode is '{}'; None, trunc and floor are possible", *rounding);
  return binary("aten::div", a, b, dtype, [floors](auto x, auto y) {
    using T = decltype(x);
    if constexpr (std::is_floating_point_v<T>) return floors ? std::floor(x / y) : std::trunc(x / y);
    else {
      if (y == T(0)) fail(ErrorKind::invalid_argument, "div: an integer is divided by 0; another divisor is needed");
      const auto p = static_cast<int64_t>(x), q = static_cast<int64_t>(y);
      // The one quotient that overflows is the negative of its dividend.
      const int64_t quotient = q == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(p)) : p / q;
      return floors && q != -1 && p % q != 0 && (p < 0) != (q < 0) ? quotient - 1 : quotient;
    }
  });
}

std::optional<std::string> maybe_text(const Arguments& a, size_t i) {
  return a.has(i) ? std::optional<std::string>(a.text(i)) : std::nullopt;
}

template <typename F>
Stack compare(const Arguments& a, F&& f) {
  const Tensor self = a.tensor(0);
  const ScalarType dtype = computed_as(promote(self, a.number(1)));
  const Tensor x = compact(self, dtype);
  const Tensor made = registry::new_empty(x, x.sizes(), {.dtype = ScalarType::boolean});
  with_type(dtype, "aten::compare", [&](auto type) {
    using T = decltype(type);
    for_elements(made.numel(), [&, p = read<T>(x), q = number<T>(a.number(1)), r = write<bool>(made)](int64_t i) {
      r[i] = f(p[i], q);
    });
  });
  return {made};
}

Tensor is_nan(const Tensor& self) {
  const Tensor x = compact(self, is_floating(self.scalar_type()) ? ScalarType::float64 : self.scalar_type());
  const Tensor made = registry::new_full(x, x.sizes(), false, {.dtype = ScalarType::boolean});
  if (!is_floating(self.scalar_type())) return made;
  for_elements(made.numel(), [p = read<double>(x), r = write<bool>(made)](int64_t i) { r[i] = std::isnan(p[i]); });
  return made;
}

Tensor power(const Tensor& self, const Scalar& exponent) {
  const ScalarType dtype = promote(self, exponent), computed = computed_as(dtype);
  const Tensor x = compact(self, computed);
  const Tensor made = registry::new_empty(x, x.sizes());
  with_type(computed, "aten::pow", [&](auto type) {
    using T = decltype(type);
    const T e = number<T>(exponent);
    for_elements(made.numel(), [&, p = read<T>(x), r = write<T>(made)](int64_t i) {
      if constexpr (std::is_floating_point_v<T>) r[i] = std::pow(p[i], e);
      else r[i] = static_cast<T>(std::pow(static_cast<double>(p[i]), static_cast<double>(e)));
    });
  });
  return registry::to(made, {.dtype = dtype});
}

/// self where the mask is false, else the value.
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value) {
  require(mask.scalar_type() == ScalarType::boolean, "masked_fill: the mask is of type {}; bool is needed",
          registry::to_string(mask.scalar_type()));
  const std::vector<int64_t> sizes = broadcast_sizes(self.sizes(), mask.sizes());
  const ScalarType computed = computed_as(self.scalar_type());
  const Tensor made = registry::clone(compact(self, computed, sizes)), m = compact(mask, ScalarType::boolean, sizes);
  with_type(computed, "aten::masked_fill", [&](auto type) {
    using T = decltype(type);
    for_elements(made.numel(), [&, p = read<bool>(m), r = write<T>(made), v = number<T>(value)](int64_t i) {
      if (p[i]) r[i] = v;
    });
  });
  return registry::to(made, {.dtype = self.scalar_type()});
}

/// Matrices [batch, rows, inner] and [batch, inner, columns], without gaps.
template <typename T>
void multiply_matrices(const T* a, const T* b, T* c, int64_t batch, int64_t rows, int64_t inner, int64_t columns) {
  thread_pool().run(batch * rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* right = b + row / rows * inner * columns;
      T* sum = c + row * columns;
      std::fill(sum, sum + columns, T(0));
      for (int64_t k = 0; k < inner; ++k) {
        for (int64_t j = 0; j < columns; ++j) {
          sum[j] = multiply_add(sum[j], a[row * inner + k], right[k * columns + j]);
        }
      }
    }
  });
}

/// As PyTorch's matmul: vectors count as a row on the left and a column on the right; leading dimensions broadcast.
Tensor matmul(const Tensor& left, const Tensor& right) {
  require(left.dim() > 0 && right.dim() > 0, "matmul: both tensors need at least 1 dimension; they have {} and {}",
          left.dim(), right.dim());
  require(left.scalar_type() == right.scalar_type(),
          "matmul: expected both tensors of one type, but they have {} and {}", registry::to_string(left.scalar_type()),
          registry::to_string(right.scalar_type()));
  const Tensor a = left.dim() == 1 ? registry::unsqueeze(left, 0) : left;
  const Tensor b = right.dim() == 1 ? registry::unsqueeze(right, 1) : right;
  const int64_t rows = a.size(a.dim() - 2), inner = a.size(a.dim() - 1), columns = b.size(b.dim() - 1);
  require(b.size(b.dim() - 2) == inner,
          "matmul: {} columns on the left do not fit {} rows on the right; they are equal", inner, b.size(b.dim() - 2));
  std::vector<int64_t> sizes =
      broadcast_sizes({a.sizes().data(), a.sizes().size() - 2}, {b.sizes().data(), b.sizes().size() - 2});
  int64_t batch = 1;
  for (int64_t size : sizes) batch *= size;
  const auto with = [&](int64_t r, int64_t c) {
    std::vector<int64_t> whole = sizes;
    whole.insert(whole.end(), {r, c});
    return whole;
  };
  const ScalarType computed = computed_as(left.scalar_type());
  const Tensor x = compact(a, computed, with(rows, inner)), y = compact(b, computed, with(inner, columns));
  const Tensor made = registry::new_empty(x, with(rows, columns));
  with_type(computed, "aten::matmul", [&](auto type) {
    using T = decltype(type);
    multiply_matrices(read<T>(x), read<T>(y), write<T>(made), batch, rows, inner, columns);
  });
  if (left.dim() > 1) sizes.push_back(rows);
  if (right.dim() > 1) sizes.push_back(columns);
  return registry::to(registry::view(made, sizes), {.dtype = left.scalar_type()});
}

Tensor mm(const Tensor& left, const Tensor& right) {
  require(left.dim() == 2 && right.dim() == 2, "mm: the tensors have {} and {} dimensions; 2 are needed", left.dim(),
          right.dim());
  return matmul(left, right);
}

/// beta * self + alpha * mat1 · mat2
Tensor addmm(const Arguments& a) {
  const Tensor self = a.tensor(0), product = mm(a.tensor(1), a.tensor(2));
  // Elements of self that are not counted may be anything, also NaN.
  const Tensor zero = registry::new_full(product, product.sizes(), 0);
  const bool counts = !(a.number(3) == Scalar(0) || a.number(3) == Scalar(0.0));
  const Tensor sum = counts ? add(zero, self, a.number(3), 1) : zero;
  return add(sum, product, a.number(4), 1);
}

constexpr Operator operators[] = {
    {"add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     [](const Arguments& a) -> Stack { return {add(a.tensor(0), a.tensor(1), a.number(2), 1)}; }},
    {"add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), add(a.tensor(0), a.tensor(1), a.number(2), 1)); }},
    {"sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     [](const Arguments& a) -> Stack { return {add(a.tensor(0), a.tensor(1), a.number(2), -1)}; }},
    {"subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
     [](const Arguments& a) -> Stack { return {add(a.tensor(0), a.tensor(1), a.number(2), -1)}; }},
    {"sub_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), add(a.tensor(0), a.tensor(1), a.number(2), -1)); }},
    {"mul.Tensor(Tensor self, Tensor other) -> Tensor",
     [](const Arguments& a) -> Stack { return {multiply(a.tensor(0), a.tensor(1))}; }},
    {"mul_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), multiply(a.tensor(0), a.tensor(1))); }},
    {"div.Tensor(Tensor self, Tensor other) -> Tensor",
     [](const Arguments& a) -> Stack { return {divide(a.tensor(0), a.tensor(1), {})}; }},
    {"div_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), divide(a.tensor(0), a.tensor(1), {})); }},
    {"div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
     [](const Arguments& a) -> Stack { return {divide(a.tensor(0), a.tensor(1), maybe_text(a, 2))}; }},
    {"div_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), divide(a.tensor(0), a.tensor(1), maybe_text(a, 2))); }},
    {"pow_.Scalar(Tensor(a!) self, Scalar exponent) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), power(a.tensor(0), a.number(1))); }},
    {"masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
     [](const Arguments& a) -> Stack { return {masked_fill(a.tensor(0), a.tensor(1), a.number(2))}; }},
    {"masked_fill_.Scalar(Tensor(a!) self, Tensor mask, Scalar value) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), masked_fill(a.tensor(0), a.tensor(1), a.number(2))); }},
    {"isnan(Tensor self) -> Tensor", [](const Arguments& a) -> Stack { return {is_nan(a.tensor(0))}; }},
    {"lt.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x < y; }); }},
    {"le.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x <= y; }); }},
    {"gt.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x > y; }); }},
    {"ge.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x >= y; }); }},
    {"eq.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x == y; }); }},
    {"ne.Scalar(Tensor self, Scalar other) -> Tensor",
     [](const Arguments& a) { return compare(a, [](auto x, auto y) { return x != y; }); }},
    {"matmul(Tensor self, Tensor other) -> Tensor",
     [](const Arguments& a) -> Stack { return {matmul(a.tensor(0), a.tensor(1))}; }},
    {"mm(Tensor self, Tensor mat2) -> Tensor",
     [](const Arguments& a) -> Stack { return {mm(a.tensor(0), a.tensor(1))}; }},
    {"addmm_(Tensor(a!) self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(0), addmm(a)); }},
    {"mm.out(Tensor self, Tensor mat2, *, Tensor(a!) out) -> Tensor(a!)",
     [](const Arguments& a) { return into(a.tensor(2), mm(a.tensor(0), a.tensor(1))); }},
};

}  // namespace

std::span<const Operator> arithmetic() { return operators; }

}  // namespace spinel::aten
