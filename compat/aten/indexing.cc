// Operators that choose elements, put them elsewhere and bring them into order.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "compat/aten/elements.h"
#include "compat/aten/operators.h"
#include "spinel/registry/call_error.h"

namespace spinel::aten {
namespace {

using registry::IntArrayRef;
using registry::Scalar;
using registry::ScalarType;
using registry::Stack;
using registry::Tensor;

/// A tensor without gaps seen as [outer, size, inner], around one dimension.
struct Split {
  Split(IntArrayRef sizes, int64_t dimension) {
    for (size_t i = 0; i < sizes.size(); ++i) {
      const auto place = static_cast<int64_t>(i);
      (place < dimension ? outer : place == dimension ? size : inner) *= sizes[i];
    }
  }
  int64_t outer = 1, size = 1, inner = 1;
};

void require_index(int64_t index, int64_t size) {
  if (index >= 0 && index < size) return;
  registry::fail_call(registry::ErrorClass::index,
                      format("index {} is out of bounds for dimension with size {}", index, size));
}

size_t bytes_of(const Tensor& tensor) { return registry::element_size(tensor.scalar_type()); }

/// The slices of `self` along the dimension that `indices` name, in this order.
Tensor choose(const Tensor& self, int64_t dimension, const std::vector<int64_t>& indices) {
  const Tensor from = compact(self, self.scalar_type());
  std::vector<int64_t> sizes = from.sizes().vec();
  if (!sizes.empty()) sizes[static_cast<size_t>(dimension)] = static_cast<int64_t>(indices.size());
  const Tensor made = registry::new_empty(from, sizes);
  const Split split(from.sizes(), dimension);
  const size_t bytes = static_cast<size_t>(split.inner) * bytes_of(from);
  const auto* source = read<char>(from);
  auto* target = write<char>(made);
  for (int64_t index : indices) require_index(index, split.size);
  if (bytes == 0) return made;
  for (int64_t outer = 0; outer < split.outer; ++outer) {
    for (int64_t index : indices) {
      std::memcpy(target, source + static_cast<size_t>(outer * split.size + index) * bytes, bytes);
      target += bytes;
    }
  }
  return made;
}

/// An index tensor's numbers.
std::vector<int64_t> indices_of(const Tensor& index) {
  require(index.scalar_type() == ScalarType::int64 || index.scalar_type() == ScalarType::int32,
          "index: its type is {}; int64 or int32 is needed", registry::to_string(index.scalar_type()));
  const Tensor numbers = compact(index, ScalarType::int64);
  return {read<int64_t>(numbers), read<int64_t>(numbers) + numbers.numel()};
}

Tensor index_select(const Tensor& self, int64_t dimension, const Tensor& index) {
  require(index.dim() <= 1, "index_select: the index has {} dimensions; 1 is needed", index.dim());
  return choose(self, registry::wrap_dimension(dimension, self.dim()), indices_of(index));
}

Tensor flip(const Tensor& self, const std::vector<int64_t>& dimensions) {
  Tensor made = registry::clone(self);
  for (int64_t dimension : dimensions) {
    dimension = registry::wrap_dimension(dimension, self.dim());
    if (self.dim() == 0) continue;
    std::vector<int64_t> backwards(static_cast<size_t>(self.size(dimension)));
    std::iota(backwards.rbegin(), backwards.rend(), int64_t{0});
    made = choose(made, dimension, backwards);
  }
  return made;
}

Tensor rot90(const Tensor& self, int64_t times, const std::vector<int64_t>& dimensions) {
  require(dimensions.size() == 2, "rot90: {} dimensions are named; 2 are needed", dimensions.size());
  const int64_t from = registry::wrap_dimension(dimensions[0], self.dim());
  const int64_t to = registry::wrap_dimension(dimensions[1], self.dim());
  require(from != to && self.dim() > 1, "rot90: dimensions {} and {} of {} are named; 2 different ones are needed",
          dimensions[0], dimensions[1], self.dim());
  switch ((times % 4 + 4) % 4) {
    case 1: return registry::transpose(flip(self, {to}), from, to);
    case 2: return flip(self, {from, to});
    case 3: return registry::transpose(flip(self, {from}), from, to);
    default: return registry::clone(self);
  }
}

Tensor masked_select(const Tensor& self, const Tensor& mask) {
  require(mask.scalar_type() == ScalarType::boolean, "masked_select: the mask is of type {}; bool is needed",
          registry::to_string(mask.scalar_type()));
  const std::vector<int64_t> sizes = broadcast_sizes(self.sizes(), mask.sizes());
  const Tensor chosen = compact(mask, ScalarType::boolean, sizes);
  const Tensor from = registry::reshape(compact(self, self.scalar_type(), sizes), {-1});
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < chosen.numel(); ++i) {
    if (read<bool>(chosen)[i]) indices.push_back(i);
  }
  return choose(from, 0, indices);
}

Tensor cat(const std::vector<Tensor>& all, int64_t dimension) {
  require(!all.empty(), "cat: the list of tensors is empty; one at least is needed");
  // As in PyTorch an empty vector fits everything.
  std::vector<Tensor> tensors;
  for (const Tensor& tensor : all) {
    if (tensor.dim() != 1 || tensor.numel() != 0) tensors.push_back(tensor);
  }
  if (tensors.empty()) return registry::clone(all.front());
  const Tensor& first = tensors.front();
  require(first.dim() > 0, "cat: a tensor without dimensions is given; one at least is needed");
  dimension = registry::wrap_dimension(dimension, first.dim());
  ScalarType dtype = first.scalar_type();
  std::vector<int64_t> sizes = first.sizes().vec();
  int64_t& whole = sizes[static_cast<size_t>(dimension)] = 0;
  for (const Tensor& tensor : tensors) {
    if (tensor.scalar_type() != dtype) dtype = promote(dtype, tensor.scalar_type());
    bool fits = tensor.dim() == first.dim();
    for (int64_t i = 0; fits && i < tensor.dim(); ++i) fits = i == dimension || tensor.size(i) == first.size(i);
    require(fits, "cat: sizes [{}] and [{}] differ outside of dimension {}; only there they may",
            join_text(first.sizes().vec(), ", "), join_text(tensor.sizes().vec(), ", "), dimension);
    whole += tensor.size(dimension);
  }
  const Tensor made = registry::new_empty(first, sizes, {.dtype = dtype});
  int64_t start = 0;
  for (const Tensor& tensor : tensors) {
    registry::copy(tensor, registry::narrow(made, dimension, start, tensor.size(dimension)));
    start += tensor.size(dimension);
  }
  return made;
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t dimension) {
  require(!tensors.empty(), "stack: the list of tensors is empty; one at least is needed");
  std::vector<Tensor> thick;
  for (const Tensor& tensor : tensors) {
    require(tensor.sizes() == tensors.front().sizes(), "stack: sizes [{}] and [{}] differ; they must be equal",
            join_text(tensors.front().sizes().vec(), ", "), join_text(tensor.sizes().vec(), ", "));
    thick.push_back(registry::unsqueeze(tensor, dimension));
  }
  return cat(thick, registry::wrap_dimension(dimension, thick.front().dim()));
}

/// `pad` holds what is added before and behind, for the last dimension first; negative numbers take away.
Tensor pad(const Tensor& self, const std::vector<int64_t>& amounts, const Scalar& value) {
  const auto dims = static_cast<size_t>(self.dim());
  require(amounts.size() % 2 == 0 && amounts.size() / 2 <= dims,
          "pad: {} numbers are given; 2 for each of at most {} dimensions are possible", amounts.size(), dims);
  std::vector<int64_t> sizes = self.sizes().vec();
  Tensor from = self;
  std::vector<int64_t> starts(dims, 0);
  for (size_t i = 0; i < amounts.size() / 2; ++i) {
    const size_t dimension = dims - 1 - i;
    const int64_t before = amounts[2 * i], behind = amounts[2 * i + 1], size = sizes[dimension];
    const int64_t taken = std::max<int64_t>(-before, 0), left = size - taken - std::max<int64_t>(-behind, 0);
    require(left >= 0, "pad: {} and {} take more than the {} elements of dimension {}", before, behind, size,
            dimension);
    from = registry::narrow(from, static_cast<int64_t>(dimension), taken, left);
    starts[dimension] = std::max<int64_t>(before, 0);
    sizes[dimension] = left + starts[dimension] + std::max<int64_t>(behind, 0);
  }
  const Tensor made = registry::new_full(self, sizes, value);
  Tensor inside = made;
  for (size_t i = 0; i < dims; ++i) {
    inside = registry::narrow(inside, static_cast<int64_t>(i), starts[i], from.size(static_cast<int64_t>(i)));
  }
  registry::copy(from, inside);
  return made;
}

template <typename T>
bool comes_before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return !std::isnan(a) && (std::isnan(b) || a < b);
  else return a < b;
}

/// Values and indices along a dimension; equal ones keep their order, NaN counts as the greatest.
Stack sort(const Tensor& self, int64_t dimension, bool descending) {
  const ScalarType computed = computed_as(self.scalar_type());
  dimension = registry::wrap_dimension(dimension, self.dim());
  const Tensor x = compact(self, computed);
  const Tensor values = registry::clone(x), indices = registry::new_empty(x, x.sizes(), {.dtype = ScalarType::int64});
  const Split split(x.sizes(), dimension);
  std::vector<int64_t> order(static_cast<size_t>(split.size));
  with_type(computed, "aten::sort", [&](auto type) {
    using T = decltype(type);
    for (int64_t line = 0; line < split.outer * split.inner; ++line) {
      const int64_t first = line / split.inner * split.size * split.inner + line % split.inner;
      const auto at = [&](int64_t i) { return read<T>(x)[first + i * split.inner]; };
      std::iota(order.begin(), order.end(), int64_t{0});
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return descending ? comes_before(at(b), at(a)) : comes_before(at(a), at(b));
      });
      for (int64_t i = 0; i < split.size; ++i) {
        write<int64_t>(indices)[first + i * split.inner] = order[static_cast<size_t>(i)];
        write<T>(values)[first + i * split.inner] = at(order[static_cast<size_t>(i)]);
      }
    }
  });
  return {registry::to(values, {.dtype = self.scalar_type()}), indices};
}

/// Calls use(place in the index, place in the other tensor) for gather and scatter: along the dimension the index
/// says where, elsewhere both places are the same.
template <typename F>
void for_indexed(const Tensor& index, IntArrayRef other, int64_t dimension, F&& use) {
  require(static_cast<size_t>(index.dim()) == other.size(), "index: it has {} dimensions; the tensor has {}",
          index.dim(), other.size());
  const auto dims = other.size();
  for (size_t i = 0; i < dims; ++i) {
    require(static_cast<int64_t>(i) == dimension || index.sizes()[i] <= other[i],
            "index: size {} of dimension {} is greater than the tensor's {}", index.sizes()[i], i, other[i]);
  }
  const std::vector<int64_t> numbers = indices_of(index), strides = registry::compact_strides(other);
  const std::vector<int64_t> steps = registry::compact_strides(index.sizes());
  const int64_t size = dims == 0 ? 1 : other[static_cast<size_t>(dimension)];
  for (size_t n = 0; n < numbers.size(); ++n) {
    require_index(numbers[n], size);
    int64_t rest = static_cast<int64_t>(n), place = 0;
    for (size_t i = 0; i < dims; ++i) {
      const int64_t here = rest / steps[i];
      rest %= steps[i];
      place += (static_cast<int64_t>(i) == dimension ? numbers[n] : here) * strides[i];
    }
    use(n, static_cast<size_t>(place));
  }
}

Tensor gather(const Tensor& self, int64_t dimension, const Tensor& index) {
  dimension = registry::wrap_dimension(dimension, self.dim());
  const Tensor from = compact(self, self.scalar_type());
  const Tensor made = registry::new_empty(from, index.sizes());
  const size_t bytes = bytes_of(from);
  for_indexed(index, from.sizes(), dimension, [&](size_t n, size_t place) {
    std::memcpy(write<char>(made) + n * bytes, read<char>(from) + place * bytes, bytes);
  });
  return made;
}

/// self[index] = src or, where `adds`, += src.
Stack scatter(const Tensor& self, int64_t dimension, const Tensor& index, const Tensor& source, bool adds) {
  dimension = registry::wrap_dimension(dimension, self.dim());
  require(source.scalar_type() == self.scalar_type(), "scatter: self is {} and src is {}; they must be equal",
          registry::to_string(self.scalar_type()), registry::to_string(source.scalar_type()));
  require(source.dim() == index.dim(), "scatter: src has {} dimensions and the index {}; they must be equal",
          source.dim(), index.dim());
  Tensor part = source;
  for (int64_t i = 0; i < index.dim(); ++i) part = registry::narrow(part, i, 0, index.size(i));
  const ScalarType computed = computed_as(self.scalar_type());
  const Tensor from = compact(part, computed), to = compact(self, computed);
  with_type(computed, "aten::scatter_", [&](auto type) {
    using T = decltype(type);
    for_indexed(index, to.sizes(), dimension, [&](size_t n, size_t place) {
      T& target = write<T>(to)[place];
      target = adds ? multiply_add(target, T(1), read<T>(from)[n]) : read<T>(from)[n];
    });
  });
  if (!to.is_same(self)) registry::copy(to, self);
  return {self};
}

constexpr Operator operators[] = {
    {"cat(Tensor[] tensors, int dim=0) -> Tensor",
     [](const Arguments& a) -> Stack { return {cat(a.tensors(0), a.integer(1))}; }},
    {"stack(Tensor[] tensors, int dim=0) -> Tensor",
     [](const Arguments& a) -> Stack { return {stack(a.tensors(0), a.integer(1))}; }},
    {"flip(Tensor self, int[] dims) -> Tensor",
     [](const Arguments& a) -> Stack { return {flip(a.tensor(0), a.integers(1))}; }},
    {"rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor",
     [](const Arguments& a) -> Stack { return {rot90(a.tensor(0), a.integer(1), a.integers(2))}; }},
    {"index_select(Tensor self, int dim, Tensor index) -> Tensor",
     [](const Arguments& a) -> Stack { return {index_select(a.tensor(0), a.integer(1), a.tensor(2))}; }},
    {"masked_select(Tensor self, Tensor mask) -> Tensor",
     [](const Arguments& a) -> Stack { return {masked_select(a.tensor(0), a.tensor(1))}; }},
    {"sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
     [](const Arguments& a) { return sort(a.tensor(0), a.integer(1), a.flag(2)); }},
    {"sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
     [](const Arguments& a) { return sort(a.tensor(0), a.integer(2), a.flag(3)); }},
    {"constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
     [](const Arguments& a) -> Stack { return {pad(a.tensor(0), a.integers(1), a.number(2))}; }},
    {"pad(Tensor self, SymInt[] pad, str mode=\"constant\", float? value=None) -> Tensor",
     [](const Arguments& a) -> Stack {
       if (a.text(2) != "constant") {
         fail(ErrorKind::unavailable, "pad: mode is '{}'; the layer has constant", a.text(2));
       }
       return {pad(a.tensor(0), a.integers(1), a.has(3) ? a.number(3) : Scalar(0))};
     }},
    {"gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
     [](const Arguments& a) -> Stack { return {gather(a.tensor(0), a.integer(1), a.tensor(2))}; }},
    {"scatter_.src(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)",
     [](const Arguments& a) { return scatter(a.tensor(0), a.integer(1), a.tensor(2), a.tensor(3), false); }},
    {"scatter_.value(Tensor(a!) self, int dim, Tensor index, Scalar value) -> Tensor(a!)",
     [](const Arguments& a) {
       const Tensor source = registry::new_full(a.tensor(0), a.tensor(2).sizes(), a.number(3));
       return scatter(a.tensor(0), a.integer(1), a.tensor(2), source, false);
     }},
    {"scatter_add_(Tensor(a!) self, int dim, Tensor index, Tensor src) -> Tensor(a!)",
     [](const Arguments& a) { return scatter(a.tensor(0), a.integer(1), a.tensor(2), a.tensor(3), true); }},
};

}  // namespace

std::span<const Operator> indexing() { return operators; }

}  // namespace spinel::aten
