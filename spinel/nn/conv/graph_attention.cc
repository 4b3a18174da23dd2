#include "spinel/nn/conv/graph_attention.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/softmax.h"
#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/graph_attention.h"
#include "spinel/nn/conv/paired_product.h"
#include "spinel/nn/dense/linear_product.h"

namespace spinel::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// All about a call but its tensors.
struct AttentionPlan : torch::CustomClassHolder {
  MessageEdges edges;
  double slope = 0;
};

AttentionScores separate(const at::Tensor& source, const at::Tensor& target, int64_t heads) {
  if (target.defined()) return {source, target};
  return {source.narrow(1, 0, heads), source.narrow(1, heads, heads)};
}

/// By tensors that autograd records.
at::Tensor attend_stored(const at::Tensor& x, const AttentionScores& scores, const MessageEdges& edges, double slope) {
  const AttentionScores each = separate(scores.source, scores.target, x.size(1));
  const at::Tensor score = edges.lift(each.source, End::j, 0) + edges.lift(each.target, End::i, 0);
  const at::Tensor weight = graph::softmax(at::leaky_relu(score, slope), edges.groups(End::i));
  return edges.product(x, weight, sparse::Reduce::sum);
}

template <typename T>
kernels::GraphAttention<T> attention_operands(const AttentionPlan& plan, const at::Tensor& x,
                                              const AttentionScores& scores) {
  const sparse::SparseStorage storage = plan.edges.adj_t().storage();
  const AttentionScores each = separate(scores.source, scores.target, x.size(1));
  return {.graph = {.rowptr = storage.rowptr().const_data_ptr<int64_t>(),
                    .col = storage.col().const_data_ptr<int64_t>(),
                    .num_rows = plan.edges.size(End::i),
                    .num_edges = plan.edges.count(),
                    .num_cols = plan.edges.size(End::j),
                    .names = {.op = "attention"}},
          .heads = x.size(1),
          .width = x.size(2),
          .x = x.const_data_ptr<T>(),
          .source = each.source.const_data_ptr<T>(),
          .target = each.target.const_data_ptr<T>(),
          .source_step = each.source.stride(0),
          .target_step = each.target.stride(0),
          .slope = static_cast<T>(plan.slope)};
}

template <typename F>
void by_real(const at::Tensor& tensor, F&& function) {
  if (tensor.scalar_type() == at::kFloat) function(float{});
  else function(double{});
}

/// The gradients by x, source and target, by the kernel.
variable_list run_backward(const AttentionPlan& plan, const variable_list& saved, const at::Tensor& grad) {
  const at::Tensor &x = saved[0], &out = saved[3], &log_total = saved[4];
  const AttentionScores scores{saved[1], saved[2]};
  const sparse::SparseStorage storage = plan.edges.adj_t().storage();
  const at::Tensor colptr = storage.colptr(), rows = transposed_columns(storage);
  const kernels::CsrGraph<int64_t> transposed{.rowptr = colptr.const_data_ptr<int64_t>(),
                                              .col = rows.const_data_ptr<int64_t>(),
                                              .num_rows = plan.edges.size(End::j),
                                              .num_edges = plan.edges.count(),
                                              .num_cols = plan.edges.size(End::i),
                                              .names = {.op = "attention"}};
  variable_list gradients{at::empty_like(x), at::empty_like(scores.source),
                          scores.target.defined() ? at::empty_like(scores.target) : at::Tensor()};
  by_real(x, [&](auto zero) {
    using T = decltype(zero);
    const AttentionScores to = separate(gradients[1], gradients[2], x.size(1));
    kernels::graph_attention_gradients<T>(attention_operands<T>(plan, x, scores), transposed, out.const_data_ptr<T>(),
                                          log_total.const_data_ptr<T>(), grad.const_data_ptr<T>(),
                                          {.x = gradients[0].mutable_data_ptr<T>(),
                                           .source = to.source.mutable_data_ptr<T>(),
                                           .target = to.target.mutable_data_ptr<T>()},
                                          torch_parallel());
  });
  return gradients;
}

/// The same of tensors that autograd records, so that they can be differentiated again. Each operand is a tensor of
/// its own here: two of them may be made of each other.
variable_list recorded_backward(const AttentionPlan& plan, const variable_list& saved, const at::Tensor& grad,
                                const std::vector<bool>& needed) {
  variable_list x, wanted, gradients(3);
  for (size_t k = 0; k < 3; ++k) {
    x.push_back(saved[k].defined() ? saved[k].alias() : at::Tensor());
    if (needed[k]) wanted.push_back(x[k]);
  }
  const at::Tensor out = attend_stored(x[0], {x[1], x[2]}, plan.edges, plan.slope);
  const variable_list found = torch::autograd::grad({out}, wanted, {grad}, true, true, true);
  for (size_t k = 0, next = 0; k < 3; ++k) {
    if (needed[k]) gradients[k] = found.at(next++);
  }
  return gradients;
}

struct Attended : torch::autograd::Function<Attended> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& source,
                            const std::optional<at::Tensor>& target, const c10::intrusive_ptr<AttentionPlan>& plan) {
    const int64_t rows = plan->edges.size(End::i);
    const AttentionScores scores{source, target.value_or(at::Tensor())};
    const at::Tensor out = at::empty({rows, x.size(1), x.size(2)}, x.options());
    const at::Tensor log_total = at::empty({rows, x.size(1)}, x.options());
    by_real(x, [&](auto zero) {
      using T = decltype(zero);
      kernels::graph_attention<T>(attention_operands<T>(*plan, x, scores), out.mutable_data_ptr<T>(),
                                  log_total.mutable_data_ptr<T>(), torch_parallel());
    });
    context->save_for_backward({x, source, scores.target, out, log_total});
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto capsule = context->saved_data["plan"].toCapsule();
    const auto& plan = static_cast<const AttentionPlan&>(*capsule);
    const variable_list saved = context->get_saved_variables();
    const bool has_target = saved[2].defined();
    const std::vector<bool> needed{context->needs_input_grad(0), context->needs_input_grad(1),
                                   has_target && context->needs_input_grad(2)};
    const at::Tensor grad = grads[0].contiguous();
    variable_list gradients =
        at::GradMode::is_enabled() ? recorded_backward(plan, saved, grad, needed) : run_backward(plan, saved, grad);
    gradients.emplace_back();  // of the plan
    return gradients;
  }
};

bool is_of_kernel(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.is_cpu() && tensor.layout() == at::kStrided && tensor.scalar_type() == type;
}

void check_scores(const at::Tensor& x, const AttentionScores& scores, const MessageEdges& edges) {
  const auto check = [](const at::Tensor& tensor, const char* name, at::IntArrayRef wanted) {
    require(tensor.sizes() == wanted, "attention: {} has the sizes [{}]; [{}] are needed", name,
            join_text(tensor.sizes(), ", "), join_text(wanted, ", "));
  };
  require(x.dim() == 3, "attention: x has {} dimensions; nodes, heads and features are needed", x.dim());
  const int64_t sources = edges.size(End::j), targets = edges.size(End::i), heads = x.size(1);
  check(x, "x", {sources, heads, x.size(2)});
  check(scores.source, "the score of sources", {sources, scores.target.defined() ? heads : 2 * heads});
  if (scores.target.defined()) check(scores.target, "the score of targets", {targets, heads});
  else
    require(sources == targets, "attention: {} sources and {} targets share scores; they must be the same nodes",
            sources, targets);
}

}  // namespace

at::Tensor head_scores(const at::Tensor& x, at::TensorList vectors) {
  const int64_t heads = x.size(1);
  const at::Tensor own = at::eye(heads, x.options()).unsqueeze(-1);
  std::vector<at::Tensor> maps;
  for (const at::Tensor& vector : vectors) maps.push_back((own * vector).flatten(1));
  return linear_product(x.flatten(1), maps.size() == 1 ? maps[0] : at::cat(maps));
}

at::Tensor graph_attention(const at::Tensor& x, const AttentionScores& scores, const MessageEdges& edges,
                           double negative_slope) {
  check_scores(x, scores, edges);
  const at::ScalarType type = x.scalar_type();
  const bool is_real = type == at::kFloat || type == at::kDouble;
  if (!is_real || !is_of_kernel(x, type) || !is_of_kernel(scores.source, type) ||
      (scores.target.defined() && !is_of_kernel(scores.target, type))) {
    return attend_stored(x, scores, edges, negative_slope);
  }
  const auto plan = c10::make_intrusive<AttentionPlan>();
  plan->edges = edges;
  plan->slope = negative_slope;
  return Attended::apply(x.contiguous(), scores.source.contiguous(),
                         scores.target.defined() ? std::optional(scores.target.contiguous()) : std::nullopt, plan);
}

}  // namespace spinel::nn
