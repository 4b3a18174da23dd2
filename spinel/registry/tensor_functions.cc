#include "spinel/registry/tensor_functions.h"

#include <algorithm>
#include <numeric>

#include "spinel/base/error.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

std::string text_of(IntArrayRef items) { return "[" + join_text(items.vec(), ", ") + "]"; }

TensorKind kind_of(const Tensor& tensor, const TensorKind& wanted) {
  return {wanted.dtype.value_or(tensor.scalar_type()), wanted.device.value_or(tensor.device())};
}

Tensor make(const TensorMethods& methods, IntArrayRef sizes, const TensorKind& kind, MemoryFormat format) {
  for (int64_t size : sizes) require(size >= 0, "tensor: a size is {}; sizes are at least 0", size);
  return methods.empty_strided(sizes, compact_strides(sizes, format), kind.dtype.value_or(ScalarType::float32),
                               kind.device.value_or(Device{}));
}

/// Whether the elements fill a piece of memory without gaps and overlaps, in whatever order.
bool is_dense(const Tensor& tensor) {
  const IntArrayRef sizes = tensor.sizes(), strides = tensor.strides();
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return strides[a] < strides[b]; });
  int64_t step = 1;
  for (size_t dimension : order) {
    if (sizes[dimension] == 1) continue;
    if (strides[dimension] != step) return false;
    step *= sizes[dimension];
  }
  return true;
}

/// The order of the dimensions of channels-last memory, outermost first.
std::vector<size_t> channels_last_order(size_t dims, MemoryFormat format) {
  const size_t wanted = format == MemoryFormat::channels_last ? 4 : 5;
  require(dims == wanted, "tensor: it has {} dimensions; this channels-last format needs {}", dims, wanted);
  std::vector<size_t> order = {0};
  for (size_t i = 2; i < dims; ++i) order.push_back(i);
  order.push_back(1);
  return order;
}

/// Sizes with one -1 replaced by what makes the number of elements right.
std::vector<int64_t> complete(IntArrayRef sizes, const Tensor& tensor) {
  std::vector<int64_t> complete = sizes.vec();
  int64_t known = 1;
  auto open = complete.end();
  bool fits = true;
  for (auto size = complete.begin(); size != complete.end(); ++size) {
    if (*size == -1 && open == complete.end()) open = size;
    else fits = fits && *size >= 0 && !__builtin_mul_overflow(known, *size, &known);
  }
  const int64_t count = tensor.numel();
  if (open != complete.end() && fits) {
    fits = known != 0 && count % known == 0;
    if (fits) *open = count / known;
  } else {
    fits = fits && known == count;
  }
  require(fits, "tensor: shape {} is invalid for {} elements; its product must be that number, with at most one -1",
          text_of(sizes), count);
  return complete;
}

/// The strides by which memory shows these sizes, or nothing. Runs of dimensions that lie one behind the other in
/// memory can be divided anew.
std::optional<std::vector<int64_t>> strides_of_view(const Tensor& tensor, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> strides(sizes.size());
  if (tensor.numel() == 0) return compact_strides(sizes);
  const IntArrayRef old_sizes = tensor.sizes(), old_strides = tensor.strides();
  size_t next = sizes.size();
  int64_t run = 1, base = 1, filled = 1;
  for (size_t i = old_sizes.size(); i-- > 0;) {
    if (run == 1) base = old_strides[i];
    run *= old_sizes[i];
    const bool ends = i == 0 || (old_sizes[i - 1] != 1 && old_strides[i - 1] != run * base);
    if (!ends) continue;
    while (next > 0 && (filled < run || sizes[next - 1] == 1)) {
      --next;
      strides[next] = filled * base;
      filled *= sizes[next];
    }
    if (filled != run) return std::nullopt;
    run = filled = 1;
  }
  while (next > 0) strides[--next] = 1;  // only of size 1
  return strides;
}

}  // namespace

std::vector<int64_t> compact_strides(IntArrayRef sizes, MemoryFormat format) {
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (format == MemoryFormat::channels_last || format == MemoryFormat::channels_last_3d) {
    order = channels_last_order(sizes.size(), format);
  }
  std::vector<int64_t> strides(sizes.size());
  int64_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = step;
    require(!__builtin_mul_overflow(step, std::max<int64_t>(sizes[order[i]], 1), &step),
            "tensor: sizes {} exceed the memory that can be addressed", text_of(sizes));
  }
  return strides;
}

bool is_contiguous(const Tensor& tensor, MemoryFormat format) {
  const IntArrayRef sizes = tensor.sizes(), strides = tensor.strides();
  if (tensor.numel() == 0) return true;
  const bool is_channels_last = format == MemoryFormat::channels_last || format == MemoryFormat::channels_last_3d;
  if (is_channels_last && sizes.size() != (format == MemoryFormat::channels_last ? 4 : 5)) return false;
  const std::vector<int64_t> wanted = compact_strides(sizes, format);
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != 1 && strides[i] != wanted[i]) return false;
  }
  return true;
}

int64_t wrap_dimension(int64_t dimension, int64_t dims) {
  const int64_t count = std::max<int64_t>(dims, 1);  // a number counts as one dimension
  if (dimension >= -count && dimension < count) return dimension < 0 ? dimension + count : dimension;
  fail_call(ErrorClass::index, format("Dimension out of range (expected to be in range of [{}, {}], but got {})",
                                      -count, count - 1, dimension));
}

Tensor empty(IntArrayRef sizes, TensorKind kind, MemoryFormat format) {
  return make(default_tensor_methods(), sizes, kind, format);
}

Tensor full(IntArrayRef sizes, const Scalar& value, TensorKind kind) {
  Tensor tensor = empty(sizes, kind);
  tensor_methods(tensor).fill(tensor, value);
  return tensor;
}

Tensor empty_like(const Tensor& tensor, TensorKind kind, MemoryFormat format) {
  const TensorMethods& methods = tensor_methods(tensor);
  kind = kind_of(tensor, kind);
  if (format != MemoryFormat::preserve) return make(methods, tensor.sizes(), kind, format);
  if (!is_dense(tensor)) return make(methods, tensor.sizes(), kind, MemoryFormat::contiguous);
  return methods.empty_strided(tensor.sizes(), tensor.strides(), *kind.dtype, *kind.device);
}

Tensor full_like(const Tensor& tensor, const Scalar& value, TensorKind kind) {
  Tensor made = empty_like(tensor, kind);
  tensor_methods(made).fill(made, value);
  return made;
}

Tensor new_empty(const Tensor& tensor, IntArrayRef sizes, TensorKind kind) {
  return make(tensor_methods(tensor), sizes, kind_of(tensor, kind), MemoryFormat::contiguous);
}

Tensor new_full(const Tensor& tensor, IntArrayRef sizes, const Scalar& value, TensorKind kind) {
  Tensor made = new_empty(tensor, sizes, kind);
  tensor_methods(made).fill(made, value);
  return made;
}

Tensor clone(const Tensor& tensor, MemoryFormat format) {
  return tensor_methods(tensor).copied(tensor, empty_like(tensor, {}, format));
}

Tensor contiguous(const Tensor& tensor, MemoryFormat format) {
  require(format != MemoryFormat::preserve, "contiguous: preserve is no order of memory; name one");
  return is_contiguous(tensor, format) ? tensor : clone(tensor, format);
}

Tensor to(const Tensor& tensor, TensorKind kind, bool copy) {
  kind = kind_of(tensor, kind);
  Device device = tensor.device();
  // Without an index the current device of the type is meant; a tensor on any of that type stays.
  if (kind.device->type == device.type && kind.device->index < 0) kind.device = device;
  if (!copy && *kind.dtype == tensor.scalar_type() && *kind.device == device) return tensor;
  return tensor_methods(tensor).copied(tensor, empty_like(tensor, kind));
}

void copy(const Tensor& from, const Tensor& to) {
  const Tensor source = from.sizes() == to.sizes() ? from : expand(from, to.sizes());
  tensor_methods(to).copy(source, to);
}

Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  return tensor_methods(tensor).as_strided(tensor, sizes, strides, offset);
}

Tensor select(const Tensor& tensor, int64_t dimension, int64_t index) {
  require(tensor.dim() > 0, "select: a tensor without dimensions is given; one at least is needed");
  dimension = wrap_dimension(dimension, tensor.dim());
  const int64_t size = tensor.size(dimension);
  if (index < -size || index >= size) {
    fail_call(ErrorClass::index, format("select(): index {} out of range for tensor of size {} at dimension {}", index,
                                        text_of(tensor.sizes()), dimension));
  }
  if (index < 0) index += size;
  std::vector<int64_t> sizes = tensor.sizes().vec(), strides = tensor.strides().vec();
  const int64_t offset = index * strides[static_cast<size_t>(dimension)];
  sizes.erase(sizes.begin() + dimension);
  strides.erase(strides.begin() + dimension);
  return as_strided(tensor, sizes, strides, offset);
}

Tensor slice(const Tensor& tensor, int64_t dimension, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step) {
  require(tensor.dim() > 0, "slice: a tensor without dimensions is given; one at least is needed");
  require(step > 0, "slice: its step is {}; steps are at least 1", step);
  dimension = wrap_dimension(dimension, tensor.dim());
  std::vector<int64_t> sizes = tensor.sizes().vec(), strides = tensor.strides().vec();
  int64_t& size = sizes[static_cast<size_t>(dimension)];
  int64_t& stride = strides[static_cast<size_t>(dimension)];
  const auto bound = [&](int64_t place) { return std::clamp<int64_t>(place < 0 ? place + size : place, 0, size); };
  const int64_t first = bound(start.value_or(0)), last = std::max(first, bound(end.value_or(size)));
  const int64_t offset = first == size ? 0 : first * stride;
  size = (last - first) / step + ((last - first) % step != 0 ? 1 : 0);
  stride = size > 1 ? stride * step : stride;
  return as_strided(tensor, sizes, strides, offset);
}

Tensor narrow(const Tensor& tensor, int64_t dimension, int64_t start, int64_t length) {
  require(tensor.dim() > 0, "narrow: a tensor without dimensions is given; one at least is needed");
  require(length >= 0, "narrow: its length is {}; lengths are at least 0", length);
  dimension = wrap_dimension(dimension, tensor.dim());
  const int64_t size = tensor.size(dimension);
  if (start < -size || start > size) {
    fail_call(ErrorClass::index,
              format("start out of range (expected to be in range of [{}, {}], but got {})", -size, size, start));
  }
  if (start < 0) start += size;
  if (length > size - start) {
    fail_call(ErrorClass::runtime,
              format("start ({}) + length ({}) exceeds dimension size ({}).", start, length, size));
  }
  return slice(tensor, dimension, start, start + length);
}

Tensor permute(const Tensor& tensor, IntArrayRef dimensions) {
  require(dimensions.size() == tensor.sizes().size(), "permute: {} dimensions are named; the tensor has {}",
          dimensions.size(), tensor.dim());
  std::vector<bool> seen(dimensions.size(), false);
  std::vector<int64_t> sizes, strides;
  for (int64_t dimension : dimensions) {
    const auto place = static_cast<size_t>(wrap_dimension(dimension, tensor.dim()));
    require(!seen[place], "permute: dimension {} is named twice; each stands once", dimension);
    seen[place] = true;
    sizes.push_back(tensor.sizes()[place]);
    strides.push_back(tensor.strides()[place]);
  }
  return as_strided(tensor, sizes, strides);
}

Tensor transpose(const Tensor& tensor, int64_t a, int64_t b) {
  std::vector<int64_t> order(tensor.sizes().size());
  std::iota(order.begin(), order.end(), int64_t{0});
  a = wrap_dimension(a, tensor.dim());
  b = wrap_dimension(b, tensor.dim());
  if (!order.empty()) std::swap(order[static_cast<size_t>(a)], order[static_cast<size_t>(b)]);
  return permute(tensor, order);
}

Tensor unsqueeze(const Tensor& tensor, int64_t dimension) {
  dimension = wrap_dimension(dimension, tensor.dim() + 1);
  std::vector<int64_t> sizes = tensor.sizes().vec(), strides = tensor.strides().vec();
  const auto place = static_cast<size_t>(dimension);
  const int64_t stride = place < sizes.size() ? sizes[place] * strides[place] : 1;
  sizes.insert(sizes.begin() + dimension, 1);
  strides.insert(strides.begin() + dimension, stride);
  return as_strided(tensor, sizes, strides);
}

Tensor squeeze(const Tensor& tensor, std::optional<int64_t> dimension) {
  std::vector<int64_t> sizes, strides;
  const int64_t only = dimension ? wrap_dimension(*dimension, tensor.dim()) : -1;
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    if (tensor.size(i) == 1 && (only < 0 || only == i)) continue;
    sizes.push_back(tensor.size(i));
    strides.push_back(tensor.strides()[static_cast<size_t>(i)]);
  }
  return as_strided(tensor, sizes, strides);
}

Tensor expand(const Tensor& tensor, IntArrayRef sizes) {
  const size_t dims = tensor.sizes().size();
  require(sizes.size() >= dims, "expand: {} sizes are given for {} dimensions; at least as many are needed",
          sizes.size(), dims);
  std::vector<int64_t> expanded = sizes.vec(), strides(sizes.size(), 0);
  for (size_t i = 0; i < dims; ++i) {
    const size_t place = sizes.size() - dims + i;
    const int64_t size = tensor.sizes()[i];
    if (expanded[place] == -1 || expanded[place] == size) {
      expanded[place] = size;
      strides[place] = tensor.strides()[i];
    } else {
      require(size == 1, "expand: size {} of dimension {} cannot become {}; only 1 can", size, i, expanded[place]);
    }
  }
  for (int64_t size : expanded) require(size >= 0, "expand: a size is {}; new dimensions have one of at least 0", size);
  return as_strided(tensor, expanded, strides);
}

Tensor view(const Tensor& tensor, IntArrayRef sizes) {
  const std::vector<int64_t> wanted = complete(sizes, tensor);
  const auto strides = strides_of_view(tensor, wanted);
  require(strides.has_value(), "view: sizes {} and strides {} cannot be shown as {} without a copy; use reshape",
          text_of(tensor.sizes()), text_of(tensor.strides()), text_of(wanted));
  return as_strided(tensor, wanted, *strides);
}

Tensor reshape(const Tensor& tensor, IntArrayRef sizes) {
  const std::vector<int64_t> wanted = complete(sizes, tensor);
  const auto strides = strides_of_view(tensor, wanted);
  if (strides) return as_strided(tensor, wanted, *strides);
  return view(contiguous(tensor), wanted);
}

Tensor flatten(const Tensor& tensor, int64_t start, int64_t end) {
  start = wrap_dimension(start, tensor.dim());
  end = wrap_dimension(end, tensor.dim());
  require(start <= end, "flatten: its start {} lies behind its end {}; it has to come first", start, end);
  if (tensor.dim() == 0) return reshape(tensor, {1});
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    if (i > start && i <= end) sizes.back() *= tensor.size(i);
    else sizes.push_back(tensor.size(i));
  }
  return reshape(tensor, sizes);
}

}  // namespace spinel::registry::inline v1
