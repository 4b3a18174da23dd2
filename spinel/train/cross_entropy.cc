#include "spinel/train/cross_entropy.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/cross_entropy.h"

namespace spinel::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

kernels::ClassLogits class_logits(const at::Tensor& logits, const at::Tensor& target, int64_t ignored) {
  return {logits.size(0), logits.size(1), logits.const_data_ptr<float>(), target.const_data_ptr<int64_t>(), ignored};
}

at::Tensor by_torch(const at::Tensor& logits, const at::Tensor& target, bool is_sum, int64_t ignored,
                    double smoothing) {
  return at::cross_entropy_loss(logits, target, {}, is_sum ? at::Reduction::Sum : at::Reduction::Mean, ignored,
                                smoothing);
}

struct ClassEntropy : torch::autograd::Function<ClassEntropy> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& target, bool is_sum,
                            int64_t ignored) {
    const at::Tensor log_total = at::empty({logits.size(0)}, logits.options());
    const kernels::CrossEntropySum sum = kernels::cross_entropy(class_logits(logits, target, ignored),
                                                                log_total.mutable_data_ptr<float>(), torch_parallel());
    // Without a row that counts the mean is NaN, as torch's.
    const double scale = is_sum ? 1 : 1 / static_cast<double>(sum.count);
    context->save_for_backward({logits, target, log_total});
    context->saved_data["is_sum"] = is_sum;
    context->saved_data["ignored"] = ignored;
    context->saved_data["scale"] = scale;
    return at::scalar_tensor(is_sum ? sum.loss : sum.loss / static_cast<double>(sum.count), logits.options());
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const int64_t ignored = context->saved_data["ignored"].toInt();
    at::Tensor gradient;
    if (at::GradMode::is_enabled()) {
      const at::Tensor logits = saved[0].alias();
      const at::Tensor loss = by_torch(logits, saved[1], context->saved_data["is_sum"].toBool(), ignored, 0);
      gradient = torch::autograd::grad({loss}, {logits}, {grads[0]}, true, true)[0];
    } else {
      gradient = at::empty_like(saved[0]);
      const double scale = context->saved_data["scale"].toDouble() * grads[0].item<double>();
      kernels::cross_entropy_gradient(class_logits(saved[0], saved[1], ignored), saved[2].const_data_ptr<float>(),
                                      static_cast<float>(scale), gradient.mutable_data_ptr<float>(), torch_parallel());
    }
    return {gradient, {}, {}, {}};
  }
};

}  // namespace

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, const CrossEntropyOptions& options) {
  require(logits.dim() >= 2 && logits.size(0) == target.size(0),
          "cross_entropy: the logits are [{}] and the targets [{}]; [n, classes] and [n] are needed",
          join_text(logits.sizes(), ", "), join_text(target.sizes(), ", "));
  const bool is_sum = options.reduction == "sum";
  const bool is_of_kernel = logits.is_cpu() && target.is_cpu() && logits.scalar_type() == at::kFloat &&
                            target.scalar_type() == at::kLong && logits.dim() == 2 && target.dim() == 1 &&
                            logits.size(1) > 0 && options.label_smoothing == 0;
  if (!is_of_kernel) return by_torch(logits, target, is_sum, options.ignore_index, options.label_smoothing);
  return ClassEntropy::apply(logits.contiguous(), target.contiguous(), is_sum, options.ignore_index);
}

}  // namespace spinel::train
