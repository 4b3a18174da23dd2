#include "spinel/hosts/paddle/strided_view.h"

#include <algorithm>
#include <complex>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/hosts/paddle/paddle_host.h"
#include "spinel/hosts/paddle/paddle_tensor.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::paddle_host {
namespace {

using registry::ScalarType;
using registry::Tensor;

/// Where elements lie in memory.
struct Layout {
  std::vector<int64_t> sizes, strides;
  int64_t offset = 0;

  int64_t numel() const {
    int64_t count = 1;
    for (int64_t size : sizes) count *= size;
    return count;
  }
  /// One behind the last element.
  int64_t end() const {
    int64_t last = offset;
    for (size_t d = 0; d < sizes.size(); ++d) last += (sizes[d] - 1) * strides[d];
    return numel() == 0 ? 0 : last + 1;
  }
  /// Calls `visit(place)` for each element, in row-major order.
  template <typename Visit>
  void each(Visit visit) const {
    std::vector<int64_t> at(sizes.size());
    int64_t place = offset;
    for (int64_t left = numel(); left > 0; --left) {
      visit(static_cast<size_t>(place));
      for (size_t d = sizes.size(); d-- > 0;) {
        place += strides[d];
        if (++at[d] < sizes[d]) break;
        place -= strides[d] * sizes[d];
        at[d] = 0;
      }
    }
  }
};

/// Adds elements up where layout `from` puts them in memory, divides by how many of `shared` lie at a place, and reads
/// the memory by `to`. The view of a tensor is the step from the tensor's layout to its own, the gradient the step
/// back, and the tensor's layout is the shared one in both.
template <typename T>
void move_elements(const T* elements, const Layout& from, const Layout& to, const Layout& shared, T* moved) {
  const auto extent = static_cast<size_t>(std::max({from.end(), to.end(), shared.end()}));
  std::vector<T> memory(extent, T(0));
  std::vector<int32_t> count(extent, 0);
  from.each([&](size_t place) { memory[place] += *elements++; });
  shared.each([&](size_t place) { ++count[place]; });
  for (size_t k = 0; k < extent; ++k) {
    if (count[k] > 1) memory[k] /= static_cast<T>(count[k]);
  }
  to.each([&](size_t place) { *moved++ = memory[place]; });
}

class ViewNode final : public registry::GradientNode {
 public:
  ViewNode(Layout from, Layout to, Layout shared)
      : GradientNode("as_strided"), from_(std::move(from)), to_(std::move(to)), shared_(std::move(shared)) {}

  std::vector<Tensor> backward(const std::vector<Tensor>& gradients) override {
    if (!gradients.at(0).defined()) return {Tensor()};
    const Tensor gradient = gradients[0];
    const bool is_complex =
        gradient.scalar_type() == ScalarType::complex64 || gradient.scalar_type() == ScalarType::complex128;
    const ScalarType wide = is_complex ? ScalarType::complex128 : ScalarType::float64;
    // A detached tensor: what happens to it is recorded as one call below.
    const Tensor plain = wrap_tensor(unwrap_tensor(gradient));
    const Tensor elements = registry::contiguous(registry::to(plain, {.dtype = wide}));
    const Tensor moved = registry::new_empty(elements, from_.sizes);
    if (is_complex) move_as<std::complex<double>>(elements, moved);
    else move_as<double>(elements, moved);
    auto node = registry::make_intrusive<ViewNode>(to_, from_, shared_);
    return tensor_methods().connect({gradient}, {registry::to(moved, {.dtype = gradient.scalar_type()})},
                                    std::move(node));
  }

 private:
  template <typename T>
  void move_as(const Tensor& elements, const Tensor& moved) const {
    move_elements(static_cast<const T*>(elements.data()), to_, from_, shared_, static_cast<T*>(moved.data()));
  }
  Layout from_, to_, shared_;
};

}  // namespace

Tensor connect_view(const Tensor& base, const Tensor& view, int64_t offset) {
  const Layout from{base.sizes().vec(), base.strides().vec(), 0};
  auto node = registry::make_intrusive<ViewNode>(from, Layout{view.sizes().vec(), view.strides().vec(), offset}, from);
  return tensor_methods().connect({base}, {view}, std::move(node)).at(0);
}

}  // namespace spinel::paddle_host
