#include "compat/aten/elements.h"

#include <algorithm>

namespace spinel::aten {
namespace {

using registry::Device;
using registry::IntArrayRef;
using registry::Scalar;
using registry::ScalarType;
using registry::Tensor;

enum class Category { boolean, integral, floating };

Category category_of(ScalarType dtype) {
  if (dtype == ScalarType::boolean) return Category::boolean;
  return is_floating(dtype) ? Category::floating : Category::integral;
}

Category category_of(const Scalar& value) {
  if (value.is_boolean()) return Category::boolean;
  return value.is_integral() ? Category::integral : Category::floating;
}

void require_real(ScalarType dtype) {
  if (dtype == ScalarType::boolean || is_integral(dtype) || is_floating(dtype)) return;
  fail(ErrorKind::unavailable, "tensor: the layer does not compute with elements of type {}; real ones are needed",
       registry::to_string(dtype));
}

}  // namespace

bool is_floating(ScalarType dtype) {
  return dtype == ScalarType::float16 || dtype == ScalarType::bfloat16 || dtype == ScalarType::float32 ||
         dtype == ScalarType::float64;
}

bool is_integral(ScalarType dtype) { return dtype >= ScalarType::uint8 && dtype <= ScalarType::int64; }

ScalarType promote(ScalarType a, ScalarType b) {
  require_real(a);
  require_real(b);
  if (a == b) return a;
  const Category category_a = category_of(a), category_b = category_of(b);
  if (category_a != category_b) return category_a > category_b ? a : b;
  if (category_a == Category::floating) {
    const size_t bytes_a = registry::element_size(a), bytes_b = registry::element_size(b);
    if (bytes_a == bytes_b) return ScalarType::float32;  // half and bfloat16
    return bytes_a > bytes_b ? a : b;
  }
  // Codes grow with the bytes but for uint8 and int8, which only int16 holds both.
  if (std::max(a, b) == ScalarType::int8) return ScalarType::int16;
  return std::max(a, b);
}

ScalarType promote(const Tensor& a, const Tensor& b) {
  const ScalarType type_a = a.scalar_type(), type_b = b.scalar_type();
  if ((a.dim() == 0) == (b.dim() == 0)) return promote(type_a, type_b);
  const ScalarType full = a.dim() == 0 ? type_b : type_a, one = a.dim() == 0 ? type_a : type_b;
  return category_of(one) > category_of(full) ? promote(full, one) : promote(full, full);
}

ScalarType promote(const Tensor& a, const Scalar& b) {
  const ScalarType dtype = a.scalar_type();
  require_real(dtype);
  require(!b.is_complex(), "number: it is complex; the layer computes with real ones");
  if (category_of(b) <= category_of(dtype)) return dtype;
  return category_of(b) == Category::floating ? ScalarType::float32 : ScalarType::int64;
}

ScalarType computed_as(ScalarType dtype) {
  return dtype == ScalarType::float16 || dtype == ScalarType::bfloat16 ? ScalarType::float32 : dtype;
}

std::vector<int64_t> broadcast_sizes(IntArrayRef a, IntArrayRef b) {
  std::vector<int64_t> sizes(std::max(a.size(), b.size()), 1);
  for (const IntArrayRef one : {a, b}) {
    const size_t skipped = sizes.size() - one.size();
    for (size_t i = 0; i < one.size(); ++i) {
      int64_t& size = sizes[skipped + i];
      require(size == 1 || one[i] == 1 || size == one[i],
              "tensor: sizes {} and {} at dimension {} do not fit each other; one of them has to be 1", size, one[i],
              skipped + i);
      if (size == 1) size = one[i];
    }
  }
  return sizes;
}

Tensor compact(const Tensor& tensor, ScalarType dtype) {
  if (tensor.device().type != registry::DeviceType::cpu) {
    fail(ErrorKind::unavailable, "tensor: its memory is on {}; PyTorch's operators of the layer compute on cpu",
         registry::to_string(tensor.device()));
  }
  return registry::contiguous(registry::to(tensor, {.dtype = dtype}));
}

Tensor compact(const Tensor& tensor, ScalarType dtype, IntArrayRef sizes) {
  return registry::contiguous(registry::expand(compact(tensor, dtype), sizes));
}

}  // namespace spinel::aten
