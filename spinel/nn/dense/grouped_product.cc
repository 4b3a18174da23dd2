#include "spinel/nn/dense/grouped_product.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/parallel.h"

namespace spinel::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls run(g, first row, rows) for the groups that have rows, groups side by side.
template <typename Run>
void for_groups(const at::Tensor& ptr, const Run& run) {
  const at::Tensor on_cpu = ptr.cpu();
  const int64_t* const begin = on_cpu.const_data_ptr<int64_t>();
  const auto some = [&](int64_t from, int64_t to) {
    const at::NoGradGuard no_grad;  // a thread's own
    for (int64_t g = from; g < to; ++g) {
      if (begin[g + 1] > begin[g]) run(g, begin[g], begin[g + 1] - begin[g]);
    }
  };
  if (ptr.is_cpu()) torch_parallel().run(on_cpu.numel() - 1, 16, some);
  else some(0, on_cpu.numel() - 1);
}

at::Tensor outer_products(const at::Tensor& a, const at::Tensor& ptr, const at::Tensor& b);

struct Product : torch::autograd::Function<Product> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& ptr,
                            const at::Tensor& matrices) {
    context->save_for_backward({x, ptr, matrices});
    at::Tensor out = at::empty({x.size(0), matrices.size(2)}, x.options());
    for_groups(ptr, [&](int64_t g, int64_t first, int64_t rows) {
      at::Tensor part = out.narrow(0, first, rows);
      at::mm_out(part, x.narrow(0, first, rows), matrices.select(0, g));
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &ptr = saved[1], &matrices = saved[2], gradient = gradients[0].contiguous();
    variable_list results(3);
    if (context->needs_input_grad(0)) results[0] = grouped_product(gradient, ptr, matrices.transpose(1, 2));
    if (context->needs_input_grad(2)) results[2] = outer_products(x, ptr, gradient);
    return results;
  }
};

/// aᵀ b of each group: a [E, K], b [E, M] → [G, K, M]; 0 of a group without rows.
struct OuterProducts : torch::autograd::Function<OuterProducts> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& ptr, const at::Tensor& b) {
    context->save_for_backward({a, ptr, b});
    at::Tensor out = at::zeros({ptr.numel() - 1, a.size(1), b.size(1)}, a.options());
    for_groups(ptr, [&](int64_t g, int64_t first, int64_t rows) {
      at::Tensor part = out.select(0, g);
      at::mm_out(part, a.narrow(0, first, rows).t(), b.narrow(0, first, rows));
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &a = saved[0], &ptr = saved[1], &b = saved[2], &gradient = gradients[0];
    variable_list results(3);
    if (context->needs_input_grad(0)) results[0] = grouped_product(b, ptr, gradient.transpose(1, 2));
    if (context->needs_input_grad(2)) results[2] = grouped_product(a, ptr, gradient);
    return results;
  }
};

at::Tensor outer_products(const at::Tensor& a, const at::Tensor& ptr, const at::Tensor& b) {
  return OuterProducts::apply(a, ptr, b);
}

}  // namespace

at::Tensor grouped_product(const at::Tensor& x, const at::Tensor& ptr, const at::Tensor& matrices) {
  require(x.dim() == 2 && matrices.dim() == 3 && matrices.size(1) == x.size(1),
          "grouped_product: x has the sizes [{}] and the matrices [{}]; [rows, K] and [groups, K, M] are needed",
          join_text(x.sizes(), ", "), join_text(matrices.sizes(), ", "));
  require(ptr.dim() == 1 && ptr.numel() == matrices.size(0) + 1 && ptr.scalar_type() == at::kLong,
          "grouped_product: ptr has the sizes [{}] of {} but there are {} matrices; int64 and one more are needed",
          join_text(ptr.sizes(), ", "), at::toString(ptr.scalar_type()), matrices.size(0));
  const at::Tensor steps = ptr.diff();
  require(ptr[0].item<int64_t>() == 0 && ptr[-1].item<int64_t>() == x.size(0) &&
              (steps.numel() == 0 || steps.min().item<int64_t>() >= 0),
          "grouped_product: ptr does not rise from 0 to the {} rows of x", x.size(0));
  return Product::apply(x.contiguous(), ptr, matrices);
}

}  // namespace spinel::nn
