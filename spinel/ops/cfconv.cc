#include "spinel/ops/cfconv.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/cfconv.h"

namespace spinel::ops {
namespace {

/// The edges of a call, checked, as the kernels index them.
struct Edges {
  int64_t atoms = 0;
  std::vector<int32_t> center, neighbor;
};

Edges read_edges(const Host& host, const Tensor& idx_i, const Tensor& idx_j, int64_t atoms) {
  const int64_t count = idx_i.numel();
  require(idx_i.scalar_type() == ScalarType::int64 && idx_j.scalar_type() == ScalarType::int64,
          "cfconv: idx_i is {} and idx_j is {}; int64 is needed", registry::to_string(idx_i.scalar_type()),
          registry::to_string(idx_j.scalar_type()));
  require(atoms <= INT32_MAX && count <= INT32_MAX, "cfconv: {} atoms and {} edges; at most 2147483647 are possible",
          atoms, count);
  const Tensor i = host.contiguous(idx_i, MemoryFormat::contiguous);
  const Tensor j = host.contiguous(idx_j, MemoryFormat::contiguous);
  const auto *from = static_cast<const int64_t*>(j.data()), *to = static_cast<const int64_t*>(i.data());
  Edges edges{atoms, {}, {}};
  edges.center.reserve(static_cast<size_t>(count));
  edges.neighbor.reserve(static_cast<size_t>(count));
  for (int64_t e = 0; e < count; ++e) {
    const bool inside = to[e] >= 0 && to[e] < atoms && from[e] >= 0 && from[e] < atoms;
    require(inside, "cfconv: edge {} joins atoms {} and {}; there are {} atoms, counted from 0", e, to[e], from[e],
            atoms);
    edges.center.push_back(static_cast<int32_t>(to[e]));
    edges.neighbor.push_back(static_cast<int32_t>(from[e]));
  }
  return edges;
}

/// Edges grouped by their centre, in the order given within each.
struct Grouped {
  std::vector<int32_t> first, neighbor, row;
  explicit Grouped(const Edges& edges)
      : first(static_cast<size_t>(edges.atoms) + 1), neighbor(edges.center.size()), row(edges.center.size()) {
    for (int32_t i : edges.center) ++first[static_cast<size_t>(i) + 1];
    for (size_t a = 1; a < first.size(); ++a) first[a] += first[a - 1];
    std::vector<int32_t> next(first.begin(), first.end() - 1);
    for (size_t e = 0; e < edges.center.size(); ++e) {
      const auto at = static_cast<size_t>(next[static_cast<size_t>(edges.center[e])]++);
      neighbor[at] = edges.neighbor[e];
      row[at] = static_cast<int32_t>(e);
    }
  }
};

void check_shapes(const SpecArguments& arguments, const char* second) {
  const TensorSpec &x = arguments.tensor(0), &other = arguments.tensor(1);
  require(x.sizes.size() == 2 && other.sizes.size() == 2, "cfconv: x has {} dimensions and {} {}; 2 are needed",
          x.sizes.size(), second, other.sizes.size());
  require(arguments.tensor(2).sizes.size() == 1 && arguments.tensor(3).sizes.size() == 1,
          "cfconv: idx_i and idx_j have {} and {} dimensions; 1 is needed", arguments.tensor(2).sizes.size(),
          arguments.tensor(3).sizes.size());
}

/// Sizes agree; dtypes and places too. Of tensors with data.
void check_operands(const Tensor& x, const Tensor& other, int64_t rows, const Tensor& idx_i, const Tensor& idx_j) {
  require(x.size(1) == other.size(1) && x.scalar_type() == other.scalar_type(),
          "cfconv: rows of {} {} meet rows of {} {}; width and type must be the same", x.size(1),
          registry::to_string(x.scalar_type()), other.size(1), registry::to_string(other.scalar_type()));
  require(idx_i.size(0) == rows && idx_j.size(0) == rows, "cfconv: idx_i names {} edges and idx_j {}; there are {}",
          idx_i.size(0), idx_j.size(0), rows);
  require(x.scalar_type() == ScalarType::float32 || x.scalar_type() == ScalarType::float64,
          "cfconv: the tensors are {}; float32 or float64 is needed", registry::to_string(x.scalar_type()));
}

template <typename Function>
void by_dtype(const Tensor& x, Function function) {
  if (x.scalar_type() == ScalarType::float32) function(float{});
  else function(double{});
}

std::vector<TensorSpec> convolution_sizes(const SpecArguments& arguments) {
  check_shapes(arguments, "w");
  return {{arguments.tensor(0).sizes, {}, MemoryFormat::contiguous}};
}

void convolution(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor x = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const Tensor w = host.contiguous(arguments.tensor(1), MemoryFormat::contiguous);
  check_operands(x, w, w.size(0), arguments.tensor(2), arguments.tensor(3));
  const Edges edges = read_edges(host, arguments.tensor(2), arguments.tensor(3), x.size(0));
  const Grouped grouped(edges);
  by_dtype(x, [&](auto zero) {
    using T = decltype(zero);
    kernels::cfconv<T>({edges.atoms, grouped.first.data(), grouped.neighbor.data(), grouped.row.data()}, x.size(1),
                       static_cast<const T*>(x.data()), static_cast<const T*>(w.data()),
                       static_cast<T*>(results[0].data()), host.parallel());
  });
}

std::vector<TensorSpec> product_sizes(const SpecArguments& arguments) {
  check_shapes(arguments, "b");
  return {{{arguments.tensor(2).sizes[0], arguments.tensor(0).sizes[1]}, {}, MemoryFormat::contiguous}};
}

void product(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor a = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const Tensor b = host.contiguous(arguments.tensor(1), MemoryFormat::contiguous);
  check_operands(a, b, arguments.tensor(2).size(0), arguments.tensor(2), arguments.tensor(3));
  require(a.size(0) == b.size(0), "edge_product: a has {} atoms and b {}; they must be the same", a.size(0), b.size(0));
  const Edges edges = read_edges(host, arguments.tensor(2), arguments.tensor(3), a.size(0));
  const int64_t width = a.size(1);
  by_dtype(a, [&](auto zero) {
    using T = decltype(zero);
    const auto *left = static_cast<const T*>(a.data()), *right = static_cast<const T*>(b.data());
    auto* out = static_cast<T*>(results[0].data());
    host.parallel().run(static_cast<int64_t>(edges.center.size()), 256, [&](int64_t begin, int64_t end) {
      for (int64_t e = begin; e < end; ++e) {
        const T* of_i = left + width * edges.center[static_cast<size_t>(e)];
        const T* of_j = right + width * edges.neighbor[static_cast<size_t>(e)];
        for (int64_t f = 0; f < width; ++f) out[e * width + f] = of_i[f] * of_j[f];
      }
    });
  });
}

std::vector<ScalarType> own_dtypes(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }

}  // namespace

std::vector<OpDef> cfconv_operators() {
  return {{.schema = "cfconv(Tensor x, Tensor w, Tensor idx_i, Tensor idx_j) -> Tensor",
           .elements = Elements::floating,
           .sizes = convolution_sizes,
           .dtypes = own_dtypes,
           .cpu = convolution,
           .derivatives = {{"x", "cfconv(grad0, w, idx_j, idx_i)"}, {"w", "edge_product(grad0, x, idx_i, idx_j)"}}},
          {.schema = "edge_product(Tensor a, Tensor b, Tensor idx_i, Tensor idx_j) -> Tensor",
           .elements = Elements::floating,
           .sizes = product_sizes,
           .dtypes = own_dtypes,
           .cpu = product,
           .derivatives = {{"a", "cfconv(b, grad0, idx_i, idx_j)"}, {"b", "cfconv(a, grad0, idx_j, idx_i)"}}}};
}

}  // namespace spinel::ops
