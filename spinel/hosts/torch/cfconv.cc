#include "spinel/hosts/torch/cfconv.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel::hosts {
namespace {

template <typename T>
T* data(const at::Tensor& t) {
  return t.defined() ? static_cast<T*>(t.data_ptr()) : nullptr;
}

/// Calls `function` with a value of the tensor's element type.
template <typename F>
void by_dtype(const at::Tensor& t, F&& function) {
  if (t.scalar_type() == at::kFloat) {
    function(float{});
  } else {
    require(t.scalar_type() == at::kDouble, "cfconv: the tensors are {}; float32 or float64 is needed",
            c10::toString(t.scalar_type()));
    function(double{});
  }
}

}  // namespace

kernels::PairList make_pair_list(int64_t atoms, const at::Tensor& idx_i, const at::Tensor& idx_j,
                                 const at::Tensor& offsets) {
  const at::Tensor i = idx_i.contiguous(), j = idx_j.contiguous(), shift = offsets.contiguous();
  kernels::PairList list;
  by_dtype(shift, [&](auto zero) {
    list = kernels::make_pair_list(atoms, i.size(0), data<const int64_t>(i), data<const int64_t>(j),
                                   data<const decltype(zero)>(shift));
  });
  return list;
}

void pair_vectors(const kernels::PairList& list, const at::Tensor& pos, const at::Tensor& offsets, at::Tensor& vector,
                  at::Tensor& distance) {
  const at::Tensor positions = pos.contiguous(), shifts = offsets.contiguous();
  by_dtype(positions, [&](auto zero) {
    using T = decltype(zero);
    const T *x = data<T>(positions), *shift = data<T>(shifts);
    T *r = data<T>(vector), *d = data<T>(distance);
    for (int64_t p = 0; p < list.pairs(); ++p) {
      T square = 0;
      for (int k = 0; k < 3; ++k) {
        const T component = x[3 * list.j[p] + k] - x[3 * list.i[p] + k] + shift[3 * int64_t{list.edge[p]} + k];
        r[3 * p + k] = component;
        square += component * component;
      }
      d[p] = std::sqrt(square);
    }
  });
}

void cfconv(const kernels::EdgeView& edges, const at::Tensor& x, const at::Tensor& w, const at::Tensor& y) {
  by_dtype(y, [&](auto zero) {
    using T = decltype(zero);
    kernels::cfconv(edges, y.size(1), data<const T>(x), data<const T>(w), data<T>(y), torch_parallel());
  });
}

void cfconv_pairwise(const kernels::EdgeView& edges, const at::Tensor& a, const at::Tensor& w, const at::Tensor& s,
                     const at::Tensor& b, const at::Tensor& v, const at::Tensor& y) {
  by_dtype(y, [&](auto zero) {
    using T = decltype(zero);
    kernels::cfconv_pairwise(edges, y.size(1), data<const T>(a), data<const T>(w), data<const T>(s), data<const T>(b),
                             data<const T>(v), data<T>(y), torch_parallel());
  });
}

void cfconv_pair_dot(const kernels::PairView& pairs, const at::Tensor& v, const at::Tensor& x, const at::Tensor& y,
                     const at::Tensor& g) {
  by_dtype(g, [&](auto zero) {
    using T = decltype(zero);
    kernels::cfconv_pair_dot(pairs, x.size(1), data<const T>(v), data<const T>(x), data<const T>(y), data<T>(g),
                             torch_parallel());
  });
}

void cfconv_filter_adjoint(const kernels::PairView& pairs, const FilterAdjoint& t) {
  by_dtype(t.value, [&](auto zero) {
    using T = decltype(zero);
    const kernels::FilterAdjoint<T> raw{data<const T>(t.x),  data<const T>(t.xdot), data<const T>(t.ybar),
                                        data<const T>(t.gy), data<const T>(t.s),    data<const T>(t.c),
                                        data<const T>(t.cd), data<T>(t.value),      data<T>(t.slope)};
    kernels::cfconv_filter_adjoint(pairs, t.x.size(1), raw, torch_parallel());
  });
}

void apply_cutoff(const at::Tensor& bias, const at::Tensor& c, const at::Tensor& cd, const at::Tensor& value,
                  const at::Tensor& slope) {
  by_dtype(value, [&](auto zero) {
    using T = decltype(zero);
    kernels::apply_cutoff(value.size(0), value.size(1), data<const T>(bias), data<const T>(c), data<const T>(cd),
                          data<T>(value), data<T>(slope), torch_parallel());
  });
}

void activate(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& y) {
  by_dtype(x, [&](auto zero) {
    using T = decltype(zero);
    kernels::activate(kind, x.numel(), data<const T>(x), data<T>(y), torch_parallel());
  });
}

void activation_slope(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& s, const at::Tensor& y) {
  by_dtype(x, [&](auto zero) {
    using T = decltype(zero);
    kernels::activation_slope(kind, x.numel(), data<const T>(x), data<const T>(s), data<T>(y), torch_parallel());
  });
}

void activate_dual(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& xd, const at::Tensor& y,
                   const at::Tensor& yd) {
  by_dtype(x, [&](auto zero) {
    using T = decltype(zero);
    kernels::activate_dual(kind, x.numel(), data<const T>(x), data<const T>(xd), data<T>(y), data<T>(yd),
                           torch_parallel());
  });
}

void activate_dual_adjoint(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& xd,
                           const at::Tensor& yb, const at::Tensor& ydb, const at::Tensor& xb, const at::Tensor& xdb) {
  by_dtype(x, [&](auto zero) {
    using T = decltype(zero);
    kernels::activate_dual_adjoint(kind, x.numel(), data<const T>(x), data<const T>(xd), data<const T>(yb),
                                   data<const T>(ydb), data<T>(xb), data<T>(xdb), torch_parallel());
  });
}

}  // namespace spinel::hosts
