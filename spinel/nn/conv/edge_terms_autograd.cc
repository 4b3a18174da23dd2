#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/parallel.h"
#include "spinel/nn/conv/edge_terms.h"

namespace spinel::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Attributes wider than this are mapped by a product of their own, which is quicker at blocking for the cache.
constexpr int64_t widest_attr = 64;

/// What may have gradients, in the order in which autograd sees them.
enum Operand : size_t { target, source, edge, attr, weight, coefficient, vector, scale, operand_count };
using Operands = std::array<at::Tensor, operand_count>;

/// All about a call but its operands.
struct Plan : torch::CustomClassHolder {
  EdgeTerms terms;  ///< without tensors
  TermReduction reduction;
  MessageEdges edges;
  at::Tensor rowptr, col, number;
  std::array<bool, operand_count> given{};
  int64_t width = 0;

  Operands spread(const variable_list& list) const {
    Operands operands;
    for (size_t k = 0, next = 0; k < operand_count; ++k) {
      if (given[k]) operands[k] = list.at(next++);
    }
    return operands;
  }
};

template <typename T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

template <typename T>
kernels::EdgeMessages<T> kernel_operands(const Plan& plan, const Operands& x) {
  kernels::EdgeMessages<T> m;
  m.graph = {.rowptr = data<int64_t>(plan.rowptr),
             .col = data<int64_t>(plan.col),
             .num_rows = plan.edges.size(End::i),
             .num_edges = plan.edges.count(),
             .num_cols = plan.edges.size(End::j),
             .names = {.op = "messages"}};
  m.number = data<int64_t>(plan.number);
  m.width = plan.width;
  m.attr_width = x[attr].defined() ? x[attr].size(1) : 0;
  m.target = data<T>(x[target]);
  m.source = data<T>(x[source]);
  m.edge = data<T>(x[edge]);
  m.attr = data<T>(x[attr]);
  m.weight = data<T>(x[weight]);
  m.modulated = plan.terms.modulated;
  m.activation = plan.terms.activation;
  m.slope = static_cast<T>(plan.terms.slope);
  m.offset = static_cast<T>(plan.terms.offset);
  m.reduction = plan.reduction.kind;
  m.coefficient = data<T>(x[coefficient]);
  m.vector = data<T>(x[vector]);
  m.vector_of_rows = x[vector].defined() && x[vector].dim() == 3;
  m.heads = x[vector].defined() ? x[vector].size(-2) : x[coefficient].defined() ? x[coefficient].size(1) : 1;
  m.scale = x[scale].defined() ? *data<T>(x[scale]) : static_cast<T>(plan.reduction.number);
  m.weights_constant = plan.reduction.weights_constant;
  return m;
}

bool has_softmax(EdgeReduction kind) { return kind == EdgeReduction::softmax || kind == EdgeReduction::attended; }

/// The result, and what else the gradients need: of softmax two tensors, of extremes one.
variable_list make_results(const Plan& plan, const Operands& x, const at::TensorOptions& options) {
  const EdgeReduction kind = plan.reduction.kind;
  const kernels::EdgeMessages<float> m = kernel_operands<float>(plan, x);
  if (kind == EdgeReduction::dot) return {at::empty({plan.edges.count(), m.heads}, options)};
  const bool is_extreme = kind == EdgeReduction::min || kind == EdgeReduction::max;
  const size_t count = has_softmax(kind) ? 3 : is_extreme ? 2 : 1;
  variable_list results;
  for (size_t k = 0; k < count; ++k) results.push_back(at::empty({plan.edges.size(End::i), m.out_width()}, options));
  return results;
}

template <typename T>
kernels::EdgeResults<T> kernel_results(const Plan& plan, c10::ArrayRef<at::Tensor> results) {
  if (has_softmax(plan.reduction.kind)) {
    return {.out = data<T>(results[0]), .peak = data<T>(results[1]), .total = data<T>(results[2])};
  }
  return {.out = data<T>(results[0]), .ties = results.size() > 1 ? data<T>(results[1]) : nullptr};
}

template <typename F>
void by_type(const at::Tensor& tensor, F&& function) {
  if (tensor.scalar_type() == at::kFloat) function(float{});
  else function(double{});
}

/// The gradients by those operands that need one, by the kernel.
Operands run_backward(const Plan& plan, const Operands& x, c10::ArrayRef<at::Tensor> results, const at::Tensor& grad,
                      const std::array<bool, operand_count>& needed) {
  Operands gradients;
  for (size_t k = 0; k < operand_count; ++k) {
    if (needed[k]) gradients[k] = at::empty_like(x[k], at::MemoryFormat::Contiguous);
  }
  by_type(grad, [&](auto zero) {
    using T = decltype(zero);
    const kernels::EdgeGradients<T> to{.target = data<T>(gradients[target]),
                                       .source = data<T>(gradients[source]),
                                       .edge = data<T>(gradients[edge]),
                                       .attr = data<T>(gradients[attr]),
                                       .weight = data<T>(gradients[weight]),
                                       .coefficient = data<T>(gradients[coefficient]),
                                       .vector = data<T>(gradients[vector]),
                                       .scale = data<T>(gradients[scale])};
    kernels::edge_message_gradients<T>(kernel_operands<T>(plan, x), kernel_results<T>(plan, results), data<T>(grad), to,
                                       torch_parallel());
  });
  return gradients;
}

/// The same of tensors that autograd records, so that they can be differentiated again. Each operand is a tensor of
/// its own here: two of them may be the same one, or made of each other.
Operands recorded_backward(const Plan& plan, Operands x, const at::Tensor& grad,
                           const std::array<bool, operand_count>& needed) {
  variable_list wanted;
  for (size_t k = 0; k < operand_count; ++k) {
    if (x[k].defined()) x[k] = x[k].alias();
    if (needed[k]) wanted.push_back(x[k]);
  }
  EdgeTerms terms = plan.terms;
  terms.target = Lifted(x[target], plan.edges, End::i, 0);
  terms.source = Lifted(x[source], plan.edges, End::j, 0);
  terms.edge = x[edge];
  terms.attr = x[attr];
  terms.weight = x[weight];
  TermReduction reduction = plan.reduction;
  reduction.coefficient = x[coefficient];
  reduction.vector = x[vector];
  reduction.scale = x[scale];
  const at::Tensor out = reduce_stored(terms, plan.edges, reduction);
  const variable_list found = torch::autograd::grad({out}, wanted, {grad}, true, true, true);
  Operands gradients;
  for (size_t k = 0, next = 0; k < operand_count; ++k) {
    if (needed[k]) gradients[k] = found.at(next++);
  }
  return gradients;
}

/// The node of autograd's graph.
class Reduced : public torch::autograd::Function<Reduced> {
 public:
  static at::Tensor forward(AutogradContext* context, at::TensorList list, const c10::intrusive_ptr<Plan>& plan) {
    const Operands x = plan->spread(list.vec());
    const variable_list results = make_results(*plan, x, list[0].options());
    by_type(list[0], [&](auto zero) {
      using T = decltype(zero);
      kernels::reduce_edge_messages<T>(kernel_operands<T>(*plan, x), kernel_results<T>(*plan, results),
                                       torch_parallel());
    });
    variable_list saved = list.vec();
    saved.insert(saved.end(), results.begin(), results.end());
    context->save_for_backward(std::move(saved));
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    return results[0];
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto capsule = context->saved_data["plan"].toCapsule();
    const auto& plan = static_cast<const Plan&>(*capsule);
    const variable_list saved = context->get_saved_variables();
    const Operands x = plan.spread(saved);
    std::array<bool, operand_count> needed{};
    size_t count = 0;
    for (size_t k = 0; k < operand_count; ++k) {
      if (plan.given[k]) needed[k] = context->needs_input_grad(count++);
    }
    const at::Tensor grad = grads[0].contiguous();
    const Operands gradients = at::GradMode::is_enabled()
                                   ? recorded_backward(plan, x, grad, needed)
                                   : run_backward(plan, x, at::TensorList(saved).slice(count), grad, needed);
    // One more for the plan, which is no tensor.
    variable_list list;
    for (size_t k = 0; k < operand_count; ++k) {
      if (plan.given[k]) list.push_back(gradients[k]);
    }
    list.emplace_back();
    return list;
  }
};

Operands operands_of(const EdgeTerms& terms, const TermReduction& reduction) {
  Operands x{terms.target.nodes(), terms.source.nodes(),  terms.edge,       terms.attr,
             terms.weight,         reduction.coefficient, reduction.vector, reduction.scale};
  if (x[attr].defined() && x[attr].size(1) > widest_attr) {
    const at::Tensor mapped = at::linear(x[attr], x[weight]);
    x[edge] = x[edge].defined() ? x[edge] + mapped : mapped;
    x[attr] = x[weight] = at::Tensor();
  }
  return x;
}

/// Of coefficients and vectors: one for each edge and head, or as wide as the messages over all heads.
void check_heads(const Operands& x, int64_t message_width, bool is_mixed, const MessageEdges& edges) {
  if (x[coefficient].defined()) {
    const int64_t heads = x[coefficient].dim() == 2 ? x[coefficient].size(1) : 0;
    require(
        heads > 0 && x[coefficient].size(0) == edges.count() && (is_mixed || message_width % heads == 0),
        "messages: coefficients have the sizes [{}] for {} edges with messages of {} features; one for each edge and "
        "head is needed",
        join_text(x[coefficient].sizes(), ", "), edges.count(), message_width);
  }
  if (!x[vector].defined()) return;
  const at::Tensor& v = x[vector];
  const bool fits = v.dim() == 2 || (v.dim() == 3 && v.size(0) == edges.size(End::i));
  require(fits && v.size(-2) * v.size(-1) == message_width,
          "messages: the vector has the sizes [{}] for messages of {} features; one for each head is needed",
          join_text(v.sizes(), ", "), message_width);
}

/// The width of the sums. Errors: terms of different widths, attributes of another number of edges.
int64_t checked_width(const Operands& x, bool modulated, const MessageEdges& edges) {
  require(!modulated || (x[target].defined() && x[source].defined()),
          "messages: the sources are modulated but a term is missing; those of targets and sources are needed");
  const int64_t width = x[source].defined()   ? x[source].size(1)
                        : x[target].defined() ? x[target].size(1)
                        : x[edge].defined()   ? x[edge].size(1)
                                              : x[weight].size(0);
  const auto check = [](const at::Tensor& tensor, const char* name, int64_t rows, int64_t columns) {
    require(!tensor.defined() || tensor.sizes() == at::IntArrayRef{rows, columns},
            "messages: {} has the sizes [{}]; [{}, {}] are needed", name, join_text(tensor.sizes(), ", "), rows,
            columns);
  };
  check(x[target], "the term of targets", edges.size(End::i), modulated ? 2 * width : width);
  check(x[source], "the term of sources", edges.size(End::j), width);
  check(x[edge], "the term of edges", edges.count(), width);
  if (!x[attr].defined()) return width;
  check(x[attr], "edge_attr", edges.count(), x[attr].size(1));
  check(x[weight], "the weight of edge_attr", width, x[attr].size(1));
  return width;
}

}  // namespace

at::Tensor reduce_terms(const EdgeTerms& terms, const MessageEdges& edges, const TermReduction& reduction) {
  if (!is_one_pass(terms)) return reduce_stored(terms, edges, reduction);
  Operands x = operands_of(terms, reduction);
  const auto plan = c10::make_intrusive<Plan>();
  plan->terms = {
      .modulated = terms.modulated, .activation = terms.activation, .slope = terms.slope, .offset = terms.offset};
  plan->reduction = {
      .kind = reduction.kind, .number = reduction.number, .weights_constant = reduction.weights_constant};
  plan->width = checked_width(x, terms.modulated, edges);
  plan->edges = edges;
  const int64_t message_width = plan->width / kernels::sum_parts(terms.activation);
  require(reduction.kind != EdgeReduction::attended || message_width % 2 == 0,
          "messages: they have {} features; attention needs as many scores as values", message_width);
  check_heads(x, message_width, reduction.kind == EdgeReduction::mixed, edges);
  const sparse::SparseStorage storage = edges.adj_t().storage();
  plan->rowptr = storage.rowptr().contiguous();
  plan->col = storage.col().contiguous();
  plan->number = edges.edge_numbers();
  variable_list list;
  for (size_t k = 0; k < operand_count; ++k) {
    plan->given[k] = x[k].defined();
    if (plan->given[k]) list.push_back(x[k].contiguous());
  }
  return Reduced::apply(at::TensorList(list), plan);
}

}  // namespace spinel::nn
