// A library with derivatives of its own, as its author would write it for PyTorch: Autograd kernels on
// torch::autograd::Function. The tests build it against libtorch and against compat/ and expect the same of both.
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>
#include <torch/types.h>

#include <cmath>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

template <typename F>
at::Tensor elementwise(const at::Tensor& a, const at::Tensor& b, F function) {
  const at::Tensor left = a.contiguous(), right = b.contiguous();
  at::Tensor out = at::empty_like(left);
  for (int64_t i = 0; i < left.numel(); ++i) {
    out.data_ptr<double>()[i] = function(left.data_ptr<double>()[i], right.data_ptr<double>()[i]);
  }
  return out;
}

template <typename Signature>
auto op(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}
using Binary = at::Tensor(const at::Tensor&, const at::Tensor&);
using Unary = at::Tensor(const at::Tensor&);

at::Tensor call_product(const at::Tensor& a, const at::Tensor& b) {
  static const auto handle = op<Binary>("autograd_ext::product");
  return handle.call(a, b);
}

// product(a, b), whose derivative is itself.

at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(a.sizes() == b.sizes(), "product: the sizes are ", a.sizes(), " and ", b.sizes());
  return elementwise(a, b, [](double x, double y) { return x * y; });
}

struct Product : Function<Product> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& a, const at::Tensor& b) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({a, b});
    return call_product(a, b);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    at::Tensor of_a, of_b;
    if (context->needs_input_grad(0)) of_a = call_product(gradients[0], saved[1]);
    if (context->needs_input_grad(1)) of_b = call_product(gradients[0], saved[0]);
    return {of_a, of_b};
  }
};
at::Tensor product_autograd(const at::Tensor& a, const at::Tensor& b) { return Product::apply(a, b); }

// exponential(x), which keeps its output.

at::Tensor exponential(const at::Tensor& x) {
  return elementwise(x, x, [](double v, double) { return std::exp(v); });
}

struct Exponential : Function<Exponential> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    static const auto handle = op<Unary>("autograd_ext::exponential");
    const at::AutoDispatchBelowADInplaceOrView below;
    const at::Tensor y = handle.call(x);
    context->save_for_backward({y});
    return y;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {call_product(gradients[0], context->get_saved_variables()[0])};
  }
};
at::Tensor exponential_autograd(const at::Tensor& x) { return Exponential::apply(x); }

// weighted(xs, w, k): Σ xs[i] · w · k with a list, an optional and a number, and the count as a second result.

struct Weighted : Function<Weighted> {
  static variable_list forward(AutogradContext* context, at::TensorList xs, const std::optional<at::Tensor>& w,
                               double k) {
    context->saved_data["k"] = k;
    context->saved_data["count"] = static_cast<int64_t>(xs.size());
    context->save_for_backward({w.value_or(at::Tensor())});
    at::Tensor sum = at::zeros_like(xs[0]);
    for (const at::Tensor& x : xs) {
      const at::Tensor in = x.contiguous();
      for (int64_t i = 0; i < in.numel(); ++i) {
        sum.data_ptr<double>()[i] += in.data_ptr<double>()[i] * k * (w ? w->contiguous().data_ptr<double>()[i] : 1);
      }
    }
    at::Tensor count = at::full({1}, static_cast<int64_t>(xs.size()), at::kLong);
    at::Tensor copy = sum.clone();
    context->mark_non_differentiable({copy});
    return {sum, count, copy};
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor w = context->get_saved_variables()[0];
    const double k = context->saved_data["k"].toDouble();
    const at::Tensor scaled = elementwise(gradients[0], w.defined() ? w : gradients[0],
                                          [&](double g, double weight) { return g * k * (w.defined() ? weight : 1); });
    variable_list all(static_cast<size_t>(context->saved_data["count"].toInt()), scaled);
    all.emplace_back();  // of w
    all.emplace_back();  // of k
    return all;
  }
};
std::tuple<at::Tensor, at::Tensor, at::Tensor> weighted(at::TensorList xs, const std::optional<at::Tensor>& w,
                                                        double k) {
  const variable_list out = Weighted::apply(xs, w, k);
  return {out[0], out[1], out[2]};
}

// rectify_(x), in place.

struct Rectify : Function<Rectify> {
  static at::Tensor forward(AutogradContext* context, at::Tensor x) {
    for (int64_t i = 0; i < x.numel(); ++i) x.data_ptr<double>()[i] = std::max(0.0, x.data_ptr<double>()[i]);
    context->mark_dirty({x});
    context->save_for_backward({x});
    return x;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    return {
        elementwise(gradients[0], context->get_saved_variables()[0], [](double g, double y) { return y > 0 ? g : 0; })};
  }
};
at::Tensor rectify_(at::Tensor x) { return Rectify::apply(x); }

// identity(x) hands its input through.

struct Identity : Function<Identity> {
  static at::Tensor forward(AutogradContext*, const at::Tensor& x) { return x; }
  static variable_list backward(AutogradContext*, variable_list gradients) { return gradients; }
};
at::Tensor identity(const at::Tensor& x) { return Identity::apply(x); }

// Backwards that go wrong.

struct Wrong : Function<Wrong> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& y, bool throws) {
    context->saved_data["throws"] = throws;
    return elementwise(x, y, [](double a, double) { return a; });
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    TORCH_CHECK_VALUE(!context->saved_data["throws"].toBool(), "backward threw as asked");
    return {gradients[0]};
  }
};
at::Tensor wrong(const at::Tensor& x, const at::Tensor& y, bool throws) { return Wrong::apply(x, y, throws); }

/// Views and copies alone: gradients flow through the host's own.
at::Tensor views(const at::Tensor& x) {
  const at::Tensor row = x.transpose(0, 1).contiguous().select(0, 1);
  return row.unsqueeze(0).expand({3, row.size(0)}).reshape({-1}).slice(0, 0, std::nullopt, 2);
}

at::Tensor doubled(const at::Tensor& x) {
  return elementwise(x, x, [](double a, double b) { return a + b; });
}

}  // namespace

TORCH_LIBRARY(autograd_ext, m) {
  m.def("product(Tensor a, Tensor b) -> Tensor");
  m.def("exponential(Tensor x) -> Tensor");
  m.def("weighted(Tensor[] xs, Tensor? w=None, float k=1.0) -> (Tensor, Tensor, Tensor)", &weighted);
  m.def("rectify_(Tensor(a!) x) -> Tensor(a!)", &rectify_);
  m.def("identity(Tensor x) -> Tensor", &identity);
  m.def("wrong(Tensor x, Tensor y, bool throws) -> Tensor", &wrong);
  m.def("views(Tensor x) -> Tensor", &views);
  m.def("doubled(Tensor x) -> Tensor");
}

TORCH_LIBRARY_IMPL(autograd_ext, CPU, m) {
  m.impl("product", &product);
  m.impl("exponential", &exponential);
  m.impl("doubled", &doubled);
}

TORCH_LIBRARY_IMPL(autograd_ext, Autograd, m) {
  m.impl("product", &product_autograd);
  m.impl("exponential", &exponential_autograd);
}
