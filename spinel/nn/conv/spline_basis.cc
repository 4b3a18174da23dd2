#include "spinel/nn/conv/spline_basis.h"

#include <ATen/ATen.h>

#include "spinel/nn/conv/relation_pairs.h"

namespace spinel::nn {
namespace {

/// The splines that are not 0 at the distance r in [0, 1) behind a knot: [E, degree + 1].
at::Tensor splines(const at::Tensor& r, int64_t degree) {
  if (degree == 1) return at::stack({1 - r, r}, 1);
  const at::Tensor squared = r * r;
  if (degree == 2) return at::stack({0.5 * squared - r + 0.5, 0.5 + r - squared, 0.5 * squared}, 1);
  const at::Tensor cubed = squared * r, rest = 1 - r;
  return at::stack({rest * rest * rest, 3 * cubed - 6 * squared + 4, 3 * (r + squared - cubed) + 1, cubed}, 1) / 6.0;
}

}  // namespace

SplineBasis spline_basis(const at::Tensor& pseudo, const std::vector<int64_t>& kernel_size,
                         const std::vector<bool>& is_open_spline, int64_t degree) {
  SplineBasis result;
  int64_t stride = 1;
  for (size_t d = 0; d < kernel_size.size(); ++d) {
    const int64_t size = kernel_size[d];
    const at::Tensor v = pseudo.select(1, static_cast<int64_t>(d)) * (size - (is_open_spline[d] ? degree : 0));
    const at::Tensor knot = v.detach().floor();
    const at::Tensor basis = splines(v - knot, degree);
    const at::Tensor digit = at::arange(degree + 1, knot.options().dtype(at::kLong));
    const at::Tensor index = (knot.to(at::kLong).unsqueeze(1) + digit).remainder(size) * stride;
    if (d == 0) {
      result = {basis, index};
    } else {
      // Later dimensions count more.
      result.basis = (basis.unsqueeze(2) * result.basis.unsqueeze(1)).flatten(1);
      result.weight_index = (index.unsqueeze(2) + result.weight_index.unsqueeze(1)).flatten(1);
    }
    stride *= size;
  }
  return result;
}

at::Tensor spline_weighting(const at::Tensor& x, const at::Tensor& weight, const SplineBasis& splines) {
  const int64_t edges = x.size(0), products = splines.basis.size(1);
  const at::Tensor edge = at::arange(edges, splines.weight_index.options()).repeat_interleave(products);
  const RelationPairs pairs = relation_pairs(edge, splines.weight_index.flatten(), weight.size(0), edges);
  const at::Tensor mapped = pairs.multiply(x, weight).index_select(0, pairs.place);
  return (mapped.view({edges, products, weight.size(2)}) * splines.basis.unsqueeze(-1)).sum(1);
}

}  // namespace spinel::nn
