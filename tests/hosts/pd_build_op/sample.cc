// A native operator source for Paddle: an own sample with a gradient, a gradient of that, and each kind of argument.
#include "paddle/extension.h"

namespace {

template <typename T>
void cube(const T* x, T* out, int64_t count, double factor) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(factor) * x[i] * x[i] * x[i];
}

std::vector<paddle::Tensor> CubeForward(const paddle::Tensor& x, float factor) {
  auto out = paddle::empty_like(x);
  PD_DISPATCH_FLOATING_TYPES(x.type(), "cube",
                             ([&] { cube<data_t>(x.data<data_t>(), out.data<data_t>(), x.numel(), factor); }));
  return {out};
}

std::vector<paddle::Tensor> CubeBackward(const paddle::Tensor& x, const paddle::Tensor& grad_out, float factor) {
  return {x * x * grad_out * (3.0 * factor)};
}

std::vector<paddle::Tensor> CubeDoubleBackward(const paddle::Tensor& x, const paddle::Tensor& grad_out,
                                               const paddle::Tensor& grad_grad_x, float factor) {
  return {x * grad_out * grad_grad_x * (6.0 * factor), x * x * grad_grad_x * (3.0 * factor)};
}

std::vector<std::vector<int64_t>> CubeShape(const std::vector<int64_t>& x) { return {x}; }
std::vector<paddle::DataType> CubeDtype(const paddle::DataType& x) { return {x}; }

/// Writes its result through a pointer, after the weights were added up.
void WeightedOut(const std::vector<paddle::Tensor>& parts, const paddle::optional<paddle::Tensor>& bias,
                 const std::vector<float>& weights, const std::string& mode, bool negate, int64_t repeat,
                 paddle::Tensor* out) {
  PD_CHECK(parts.size() == weights.size(), "there are ", parts.size(), " parts and ", weights.size(), " weights");
  out->reshape(parts.front().shape());
  double* data = out->mutable_data<double>(parts.front().place());
  for (int64_t i = 0; i < out->numel(); ++i) {
    double sum = bias ? bias->data<double>()[i] : 0;
    for (size_t k = 0; k < parts.size(); ++k) sum += static_cast<double>(weights[k]) * parts[k].data<double>()[i];
    if (mode == "mean") sum /= static_cast<double>(parts.size());
    data[i] = (negate ? -1 : 1) * sum * static_cast<double>(repeat);
  }
}

void AddInplace(paddle::Tensor& x, const paddle::Tensor& y) {
  for (int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] += y.data<double>()[i];
}

std::vector<paddle::Tensor> Halves(const paddle::Tensor& x) {
  const int64_t half = x.shape()[0] / 2;
  return {x.slice(0, half), x.slice(half, x.shape()[0])};
}
/// Halves in place; its gradient halves the gradient that it is given in place, too.
void HalveInplace(paddle::Tensor& x) {
  for (int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] /= 2;
}

/// The signs as int, in memory that was made for another type.
std::vector<paddle::Tensor> Signs(const paddle::Tensor& x) {
  PD_CHECK(x.place() == paddle::PlaceType::kCPU, "x must be on the CPU");
  auto out = paddle::empty_like(x);
  int* data = out.mutable_data<int>(x.place());
  for (int64_t i = 0; i < x.numel(); ++i) data[i] = x.data<double>()[i] < 0 ? -1 : 1;
  return {out};
}

std::vector<paddle::Tensor> Conjugate(const paddle::Tensor& x) {
  auto out = paddle::empty_like(x);
  PD_DISPATCH_COMPLEX_TYPES(x.type(), "conjugate", ([&] {
                              for (int64_t i = 0; i < x.numel(); ++i) {
                                const data_t value = x.data<data_t>()[i];
                                out.data<data_t>()[i] = data_t(value.real, -value.imag);
                              }
                            }));
  return {out};
}

std::vector<paddle::Tensor> Arithmetic(const paddle::Tensor& x) {
  const auto order = std::get<1>(paddle::argsort(x, -1, true));
  const auto sorted = paddle::gather(x, order, 0);
  return {1 / x - (-1 + x) * 2 + (3 - x), paddle::clip(sorted, -1.0, 1.0), paddle::experimental::fill(x, 5)};
}

std::vector<std::vector<int64_t>> UnknownShape(const std::vector<int64_t>&) { return {{-1}, {-1}}; }

}  // namespace

PD_BUILD_OP(pd_cube)
    .Inputs({"X"})
    .Outputs({"Out"})
    .Attrs({"factor: float"})
    .SetKernelFn(PD_KERNEL(CubeForward))
    .SetInferShapeFn(PD_INFER_SHAPE(CubeShape))
    .SetInferDtypeFn(PD_INFER_DTYPE(CubeDtype));
PD_BUILD_GRAD_OP(pd_cube)
    .Inputs({"X", paddle::Grad("Out")})
    .Outputs({paddle::Grad("X")})
    .Attrs({"factor: float"})
    .SetKernelFn(PD_KERNEL(CubeBackward));
PD_BUILD_DOUBLE_GRAD_OP(pd_cube)
    .Inputs({"X", paddle::Grad("Out"), paddle::Grad(paddle::Grad("X"))})
    .Outputs({paddle::New(paddle::Grad("X")), paddle::Grad(paddle::Grad("Out"))})
    .Attrs({"factor: float"})
    .SetKernelFn(PD_KERNEL(CubeDoubleBackward));

PD_BUILD_OP(pd_weighted)
    .Inputs({paddle::Vec("Parts"), paddle::Optional("Bias")})
    .Outputs({"Out"})
    .Attrs({"weights: std::vector<float>", "mode: std::string", "negate: bool", "repeat: int64_t"})
    .SetKernelFn(PD_KERNEL(WeightedOut));

PD_BUILD_OP(pd_add_)
    .Inputs({"X", "Y"})
    .Outputs({"Out"})
    .SetInplaceMap({{"X", "Out"}})
    .SetKernelFn(PD_KERNEL(AddInplace));

PD_BUILD_OP(pd_halves)
    .Inputs({"X"})
    .Outputs({"First", "Second"})
    .SetKernelFn(PD_KERNEL(Halves))
    .SetInferShapeFn(PD_INFER_SHAPE(UnknownShape));

PD_BUILD_OP(pd_halve_)
    .Inputs({"X"})
    .Outputs({"Out"})
    .SetInplaceMap({{"X", "Out"}})
    .SetKernelFn(PD_KERNEL(HalveInplace));
PD_BUILD_GRAD_OP(pd_halve_)
    .Inputs({paddle::Grad("Out")})
    .Outputs({paddle::Grad("X")})
    .SetInplaceMap({{paddle::Grad("Out"), paddle::Grad("X")}})
    .SetKernelFn(PD_KERNEL(HalveInplace));

PD_BUILD_STATIC_OP(pd_signs).Inputs({"X"}).Outputs({"Out"}).SetKernelFn(PD_KERNEL(Signs));
PD_BUILD_OP(pd_conjugate).Inputs({"X"}).Outputs({"Out"}).SetKernelFn(PD_KERNEL(Conjugate));
PD_BUILD_OP(pd_arithmetic).Inputs({"X"}).Outputs({"Sum", "Clipped", "Fives"}).SetKernelFn(PD_KERNEL(Arithmetic));
