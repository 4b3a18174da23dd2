#include "spinel/hosts/torch/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <string>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/max_pool_window.h"

namespace spinel::hosts {
namespace {

using kernels::PoolIndex;
using kernels::PoolWindow;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Pair = std::tuple<at::Tensor, at::Tensor>;

using ForwardSignature = Pair(const at::Tensor&, at::IntArrayRef, int64_t);
using BackwardSignature = at::Tensor(const at::Tensor&, const at::Tensor&, c10::SymIntArrayRef, at::IntArrayRef);
using GatherSignature = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef);

/// The operator of that name; declared first where no loaded library has done it.
template <typename Signature>
c10::TypedOperatorHandle<Signature> operator_of(const char* name) {
  static const bool declared = [] {
    if (c10::Dispatcher::singleton().findSchema({"spinel::_max_pool", ""})) return true;
    static torch::Library library(torch::Library::FRAGMENT, "spinel", std::nullopt, __FILE__, __LINE__);
    define_max_pool(library);
    return true;
  }();
  static_cast<void>(declared);
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

Pair call_forward(const at::Tensor& x, at::IntArrayRef window, PoolIndex type) {
  static const auto op = operator_of<ForwardSignature>("spinel::_max_pool");
  return op.call(x, window, static_cast<int64_t>(type));
}
at::Tensor call_backward(const at::Tensor& dy, const at::Tensor& index, c10::SymIntArrayRef sizes,
                         at::IntArrayRef window) {
  static const auto op = operator_of<BackwardSignature>("spinel::_max_pool_backward");
  return op.call(dy, index, sizes, window);
}
at::Tensor call_gather(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window) {
  static const auto op = operator_of<GatherSignature>("spinel::_max_pool_gather");
  return op.call(ddx, index, window);
}

// Shapes without data, also for symbolic sizes.

std::vector<c10::SymInt> symbolic_sizes(const at::Tensor& x, const PoolWindow& window) {
  std::vector<c10::SymInt> sizes = x.sym_sizes().vec();
  require(x.dim() == window.dims + 1 || x.dim() == window.dims + 2,
          "max_pool{}d: the input has {} dimensions; {} or {} are needed", window.dims, x.dim(), window.dims + 1,
          window.dims + 2);
  for (int a = 0; a < window.dims; ++a) {
    c10::SymInt& length = sizes[sizes.size() - size_t(window.dims - a)];
    length = kernels::pooled_length(length, window.axis[a], window.ceil_mode);
  }
  return sizes;
}

Pair max_pool_meta(const at::Tensor& x, at::IntArrayRef packed, int64_t index_type) {
  const PoolWindow window = unpack_window(packed);
  const auto type = static_cast<PoolIndex>(index_type);
  std::vector<c10::SymInt> sizes = symbolic_sizes(x, window);
  bool none = false;
  for (int a = 0; a < window.dims; ++a) none |= sizes[sizes.size() - size_t(a) - 1] < 1;
  // Concrete sizes have all their checks; of symbolic ones only a result that is empty is a fault.
  if (none) {
    const auto concrete = C10_AS_INTARRAYREF_SLOW_ALLOC(x.sym_sizes());
    kernels::pooled_sizes(window, std::span(concrete.data(), concrete.size()));
  }
  const at::MemoryFormat format = pool_format(x, window.dims);
  at::Tensor y = at::empty_symint(sizes, x.options().memory_format(format));
  const at::TensorOptions options = x.options().dtype(index_scalar_type(type));
  if (type == PoolIndex::none) return {y, at::empty({0}, options)};
  return {y, at::empty_symint(sizes, options.memory_format(format))};
}

at::Tensor max_pool_backward_meta(const at::Tensor& dy, const at::Tensor& index, c10::SymIntArrayRef sizes,
                                  at::IntArrayRef window) {
  return at::empty_symint(sizes, dy.options().memory_format(pool_format(index, unpack_window(window).dims)));
}

at::Tensor max_pool_gather_meta(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window) {
  return at::empty_symint(index.sym_sizes(),
                          ddx.options().memory_format(pool_format(index, unpack_window(window).dims)));
}

// Derivatives, each stated by one of the other operators.

class Forward : public torch::autograd::Function<Forward> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const std::vector<int64_t>& window,
                               int64_t type) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto [y, index] = call_forward(x, window, static_cast<PoolIndex>(type));
    context->save_for_backward({index});
    context->mark_non_differentiable({index});
    context->saved_data["window"] = window;
    context->saved_data["sizes"] = c10::IValue(x.sym_sizes());
    return {y, index};
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (!gradients[0].defined()) return {{}, {}, {}};
    return {call_backward(gradients[0], context->get_saved_variables()[0],
                          context->saved_data["sizes"].toSymIntVector(), context->saved_data["window"].toIntVector()),
            {},
            {}};
  }
};

class Backward : public torch::autograd::Function<Backward> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& dy, const at::Tensor& index,
                            const std::vector<c10::SymInt>& sizes, const std::vector<int64_t>& window) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({index});
    context->saved_data["window"] = window;
    return call_backward(dy, index, sizes, window);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (!gradients[0].defined()) return {{}, {}, {}, {}};
    return {call_gather(gradients[0], context->get_saved_variables()[0], context->saved_data["window"].toIntVector()),
            {},
            {},
            {}};
  }
};

class Gather : public torch::autograd::Function<Gather> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& ddx, const at::Tensor& index,
                            const std::vector<int64_t>& window) {
    at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({index});
    context->saved_data["window"] = window;
    context->saved_data["sizes"] = c10::IValue(ddx.sym_sizes());
    return call_gather(ddx, index, window);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (!gradients[0].defined()) return {{}, {}, {}};
    return {call_backward(gradients[0], context->get_saved_variables()[0],
                          context->saved_data["sizes"].toSymIntVector(), context->saved_data["window"].toIntVector()),
            {},
            {}};
  }
};

/// The shortest indices that the backward can do with: a byte a window where its taps can be numbered so.
PoolIndex index_for_gradient(const PoolWindow& window) {
  int64_t taps = 1;
  for (int a = 0; a < window.dims && taps <= 256; ++a) taps *= std::min<int64_t>(window.axis[a].kernel, 257);
  return taps <= 256 ? PoolIndex::tap8 : PoolIndex::flat64;
}

bool needs_gradient(const at::Tensor& tensor) { return at::GradMode::is_enabled() && tensor.requires_grad(); }

Pair max_pool_autograd(const at::Tensor& x, at::IntArrayRef window, int64_t type) {
  const bool asked = static_cast<PoolIndex>(type) != PoolIndex::none;
  if (!needs_gradient(x)) {
    at::AutoDispatchBelowADInplaceOrView below;
    return call_forward(x, window, static_cast<PoolIndex>(type));
  }
  if (!asked) type = static_cast<int64_t>(index_for_gradient(unpack_window(window)));
  const variable_list results = Forward::apply(x, window.vec(), type);
  return {results[0], asked ? results[1] : at::empty({0}, x.options().dtype(at::kLong))};
}

at::Tensor max_pool_backward_autograd(const at::Tensor& dy, const at::Tensor& index, c10::SymIntArrayRef sizes,
                                      at::IntArrayRef window) {
  return Backward::apply(dy, index, sizes.vec(), window.vec());
}

at::Tensor max_pool_gather_autograd(const at::Tensor& ddx, const at::Tensor& index, at::IntArrayRef window) {
  return Gather::apply(ddx, index, window.vec());
}

// What users call.

PoolWindow window_of(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", dims);
  return kernels::torch_pool_window(
      dims, x.dim(), {options.kernel_size, options.stride, options.padding, options.dilation, options.ceil_mode});
}

void check_sizes(int dims, const at::Tensor& x, const PoolWindow& window) {
  if (!x.unsafeGetTensorImpl()->has_symbolic_sizes_strides()) {
    kernels::pooled_sizes(window, std::span(x.sizes().data(), x.sizes().size()));
  }
  if (x.scalar_type() == at::kBool || x.is_complex()) kernels::fail_pool_dtype(dims, at::toString(x.scalar_type()));
}

template <int dims>
at::Tensor pool_operator(const at::Tensor& x, at::IntArrayRef kernel_size, at::IntArrayRef stride,
                         at::IntArrayRef padding, at::IntArrayRef dilation, bool ceil_mode) {
  TORCH_CHECK_NOT_IMPLEMENTED(x.scalar_type() != at::kBool && !x.is_complex(), "\"max_pool", dims,
                              "d\" not implemented for '", at::toString(x.scalar_type()), "'");
  return max_pool(dims, x, {kernel_size.vec(), stride.vec(), padding.vec(), dilation.vec(), ceil_mode});
}

template <int dims>
Pair pool_operator_with_indices(const at::Tensor& x, at::IntArrayRef kernel_size, at::IntArrayRef stride,
                                at::IntArrayRef padding, at::IntArrayRef dilation, bool ceil_mode) {
  TORCH_CHECK_NOT_IMPLEMENTED(x.scalar_type() != at::kBool && !x.is_complex(), "\"max_pool", dims,
                              "d\" not implemented for '", at::toString(x.scalar_type()), "'");
  return max_pool_with_indices(dims, x, {kernel_size.vec(), stride.vec(), padding.vec(), dilation.vec(), ceil_mode});
}

template <int dims>
void define_public(torch::Library& library) {
  const std::string n = std::to_string(dims), name = "max_pool" + n + "d";
  const std::string arguments = "(Tensor self, int[" + n + "] kernel_size, int[" + n + "] stride=[], int[" + n +
                                "] padding=0, int[" + n + "] dilation=1, bool ceil_mode=False) -> ";
  library.def((name + arguments + "Tensor").c_str(), pool_operator<dims>);
  library.def((name + "_with_indices" + arguments + "(Tensor, Tensor)").c_str(), pool_operator_with_indices<dims>);
}

}  // namespace

void define_max_pool(torch::Library& library) {
  library.def("_max_pool(Tensor self, int[] window, int index_type) -> (Tensor, Tensor)");
  library.def("_max_pool_backward(Tensor grad_output, Tensor indices, SymInt[] sizes, int[] window) -> Tensor");
  library.def("_max_pool_gather(Tensor grad, Tensor indices, int[] window) -> Tensor");
  library.impl("_max_pool", c10::DispatchKey::CPU, TORCH_FN(max_pool_cpu));
  library.impl("_max_pool_backward", c10::DispatchKey::CPU, TORCH_FN(max_pool_backward_cpu));
  library.impl("_max_pool_gather", c10::DispatchKey::CPU, TORCH_FN(max_pool_gather_cpu));
  library.impl("_max_pool", c10::DispatchKey::CUDA, TORCH_FN(max_pool_cuda));
  library.impl("_max_pool_backward", c10::DispatchKey::CUDA, TORCH_FN(max_pool_backward_cuda));
  library.impl("_max_pool_gather", c10::DispatchKey::CUDA, TORCH_FN(max_pool_gather_cuda));
  library.impl("_max_pool", c10::DispatchKey::Meta, TORCH_FN(max_pool_meta));
  library.impl("_max_pool_backward", c10::DispatchKey::Meta, TORCH_FN(max_pool_backward_meta));
  library.impl("_max_pool_gather", c10::DispatchKey::Meta, TORCH_FN(max_pool_gather_meta));
  library.impl("_max_pool", c10::DispatchKey::Autograd, TORCH_FN(max_pool_autograd));
  library.impl("_max_pool_backward", c10::DispatchKey::Autograd, TORCH_FN(max_pool_backward_autograd));
  library.impl("_max_pool_gather", c10::DispatchKey::Autograd, TORCH_FN(max_pool_gather_autograd));
  define_public<1>(library);
  define_public<2>(library);
  define_public<3>(library);
}

at::Tensor max_pool(const at::Tensor& x, const PoolWindow& window) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", window.dims);
  check_sizes(window.dims, x, window);
  return std::get<0>(call_forward(x, pack_window(window), PoolIndex::none));
}

Pair max_pool_with_indices(const at::Tensor& x, const PoolWindow& window) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", window.dims);
  check_sizes(window.dims, x, window);
  return call_forward(x, pack_window(window), PoolIndex::flat64);
}

at::Tensor max_pool(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  return max_pool(x, window_of(dims, x, options));
}
Pair max_pool_with_indices(int dims, const at::Tensor& x, const MaxPoolOptions& options) {
  return max_pool_with_indices(x, window_of(dims, x, options));
}

Pair paddle_max_pool(int dims, const at::Tensor& x, const PaddleMaxPoolOptions& options) {
  require(x.defined(), "max_pool{}d: the input is undefined; a tensor is needed", dims);
  require(x.dim() == dims + 2, "max_pool{}d: the input has {} dimensions; {} are needed", dims, x.dim(), dims + 2);
  const char* const first[] = {"", "NCL", "NCHW", "NCDHW"};
  const bool last = kernels::paddle_channels_last(
      dims, options.data_format.empty() ? first[dims] : options.data_format.c_str(), options.return_mask);
  const at::Tensor channels_first = last ? x.movedim(-1, 1) : x;
  const at::IntArrayRef spatial = channels_first.sizes().slice(2);
  const PoolWindow window = kernels::paddle_pool_window(
      dims, std::span(spatial.data(), spatial.size()),
      {options.kernel_size, options.stride, {}, options.dilation, options.ceil_mode}, options.padding, last);
  if (options.return_mask) return max_pool_with_indices(channels_first, window);
  const at::Tensor y = max_pool(channels_first, window);
  return {last ? y.movedim(1, -1) : y, at::Tensor()};
}

at::Tensor max_pool1d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(1, x, options); }
at::Tensor max_pool2d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(2, x, options); }
at::Tensor max_pool3d(const at::Tensor& x, const MaxPoolOptions& options) { return max_pool(3, x, options); }

}  // namespace spinel::hosts
