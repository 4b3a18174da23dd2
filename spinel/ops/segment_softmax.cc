#include "spinel/ops/segment_softmax.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/segment_softmax.h"
#include "spinel/ops/segment_operands.h"
#include "spinel/ops/spmm_operands.h"

namespace spinel::ops {
namespace {

using kernels::by_index;
using kernels::SegmentReduce;

Tensor contiguous(const Host& host, const Tensor& tensor) { return host.contiguous(tensor, MemoryFormat::contiguous); }

/// An operand of the type and sizes of another.
Tensor alike(const Host& host, const Tensor& tensor, const Tensor& like, const char* op, const char* name) {
  require(tensor.scalar_type() == like.scalar_type() && tensor.numel() == like.numel(),
          "{}: {} has {} numbers of {}; {} of {} are needed", op, name, tensor.numel(),
          registry::to_string(tensor.scalar_type()), like.numel(), registry::to_string(like.scalar_type()));
  return contiguous(host, tensor);
}

std::vector<TensorSpec> sizes_of_first(const SpecArguments& arguments) {
  require(!arguments.tensor(0).sizes.empty(), "softmax_csr: src has no dimension; rows are needed");
  return {{arguments.tensor(0).sizes, {}, MemoryFormat::contiguous}};
}

void softmax_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor src = contiguous(host, arguments.tensor(0));
  const SegmentOperands operands(host, arguments.tensor(1), arguments.optional_tensor(2), src, src.size(0),
                                 "softmax_csr");
  by_index(operands.index(), [&](auto zero) {
    kernels::segment_softmax(operands.segments<decltype(zero)>(), src.data(), results[0].data(), host.parallel());
  });
}

// The derivative of s = softmax is s ∘ (g − Σ s ∘ g). With T(a, b, c) = a ∘ (b − Σ c ∘ b), U(a, c, h) = a ∘ h − c Σ a ∘
// h and V(b, a, h) = −b Σ a ∘ h it is T(s, g, s), and the derivatives of these three are the three again.

/// Which of three operands are p, q, r, s and t of the kernel; -1: none.
struct ProductRoles {
  int p, q, r, s, t;
};
constexpr ProductRoles contrast{0, 1, 0, 2, 1};   // T(a, b, c)
constexpr ProductRoles exchange{0, 2, 1, 0, 2};   // U(a, c, h)
constexpr ProductRoles negated{-1, -1, 0, 1, 2};  // V(b, a, h)

template <const ProductRoles& roles>
void products_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const char* const op = "softmax_csr";
  Tensor operand[3];
  operand[0] = contiguous(host, arguments.tensor(0));
  for (size_t k = 1; k < 3; ++k) operand[k] = alike(host, arguments.tensor(k), operand[0], op, "an operand");
  const SegmentOperands operands(host, arguments.tensor(3), arguments.optional_tensor(4), operand[0],
                                 operand[0].size(0), op);
  const auto data = [&](int which) -> const void* { return which < 0 ? nullptr : operand[which].data(); };
  const kernels::SegmentProducts products{data(roles.p), data(roles.q), data(roles.r), data(roles.s), data(roles.t)};
  by_index(operands.index(), [&](auto zero) {
    kernels::segment_products(operands.segments<decltype(zero)>(), products, results[0].data(), host.parallel());
  });
}

std::vector<TensorSpec> shared_extreme_sizes(const SpecArguments& arguments) {
  const Size count = pointed_rows("segment_csr", arguments.tensor(1), "ptr");
  return {{with_first(count, arguments.tensor(0).sizes, "segment_csr"), {}, MemoryFormat::contiguous}};
}

template <SegmentReduce reduce>
void extreme_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor src = contiguous(host, arguments.tensor(0));
  const SegmentOperands operands(host, arguments.tensor(1), arguments.optional_tensor(2), src, src.size(0),
                                 reduce == SegmentReduce::max ? "segment_amax_csr" : "segment_amin_csr");
  by_index(operands.index(), [&](auto zero) {
    using Index = decltype(zero);
    kernels::segment_reduce<Index>(operands.segments<Index>(), reduce, src.size(0), src.data(), results[0].data(),
                                   nullptr, host.parallel());
  });
}

// _segment_share(Tensor grad, Tensor src, Tensor value, Tensor ptr, Tensor? perm): grad [segments, …] → [rows, …]

std::vector<TensorSpec> share_sizes(const SpecArguments& arguments) {
  return {{arguments.tensor(1).sizes, {}, MemoryFormat::contiguous}};
}

void share_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const char* const op = "_segment_share";
  const Tensor grad = contiguous(host, arguments.tensor(0));
  const Tensor src = alike(host, arguments.tensor(1), results[0], op, "src");
  const Tensor value = alike(host, arguments.tensor(2), grad, op, "value");
  const SegmentOperands operands(host, arguments.tensor(3), arguments.optional_tensor(4), src, src.size(0), op);
  require(grad.numel() == operands.count() * operands.width(), "{}: grad has {} numbers; {} segments of {} are needed",
          op, grad.numel(), operands.count(), operands.width());
  by_index(operands.index(), [&](auto zero) {
    kernels::segment_share(operands.segments<decltype(zero)>(), grad.data(), src.data(), value.data(),
                           results[0].data(), host.parallel());
  });
}

// _segment_collect(Tensor grad, Tensor src, Tensor value, Tensor ptr, Tensor? perm): grad [rows, …] → [segments, …]

std::vector<TensorSpec> collect_sizes(const SpecArguments& arguments) {
  return {{arguments.tensor(2).sizes, {}, MemoryFormat::contiguous}};
}

void collect_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const char* const op = "_segment_collect";
  const Tensor grad = contiguous(host, arguments.tensor(0));
  const Tensor src = alike(host, arguments.tensor(1), grad, op, "src");
  const Tensor value = alike(host, arguments.tensor(2), results[0], op, "value");
  const SegmentOperands operands(host, arguments.tensor(3), arguments.optional_tensor(4), src, src.size(0), op);
  require(value.numel() == operands.count() * operands.width(),
          "{}: value has {} numbers; {} segments of {} are needed", op, value.numel(), operands.count(),
          operands.width());
  by_index(operands.index(), [&](auto zero) {
    kernels::segment_collect(operands.segments<decltype(zero)>(), grad.data(), src.data(), value.data(),
                             results[0].data(), host.parallel());
  });
}

OpDef floating_op(std::string schema, SizesRule sizes, Forward cpu, std::vector<Derivative> derivatives) {
  return {.schema = std::move(schema),
          .elements = Elements::floating,
          .sizes = sizes,
          .dtypes = dtype_of_first,
          .cpu = cpu,
          .derivatives = std::move(derivatives)};
}

}  // namespace

std::vector<OpDef> segment_softmax_operators() {
  const std::string arguments = "(Tensor src, Tensor ptr, Tensor? perm=None) -> Tensor";
  const std::string of_extreme = "(Tensor grad, Tensor src, Tensor value, Tensor ptr, Tensor? perm) -> Tensor";
  return {
      floating_op("softmax_csr" + arguments, sizes_of_first, softmax_forward,
                  {{"src", "_softmax_contrast(result0, grad0, result0, ptr, perm)"}}),
      floating_op("_softmax_contrast(Tensor a, Tensor b, Tensor c, Tensor ptr, Tensor? perm) -> Tensor", sizes_of_first,
                  products_forward<contrast>,
                  {{"a", "_softmax_contrast(grad0, b, c, ptr, perm)"},
                   {"b", "_softmax_exchange(a, c, grad0, ptr, perm)"},
                   {"c", "_softmax_negated(b, a, grad0, ptr, perm)"}}),
      floating_op("_softmax_exchange(Tensor a, Tensor c, Tensor h, Tensor ptr, Tensor? perm) -> Tensor", sizes_of_first,
                  products_forward<exchange>,
                  {{"a", "_softmax_contrast(h, grad0, c, ptr, perm)"},
                   {"c", "_softmax_negated(grad0, a, h, ptr, perm)"},
                   {"h", "_softmax_contrast(a, grad0, c, ptr, perm)"}}),
      floating_op("_softmax_negated(Tensor b, Tensor a, Tensor h, Tensor ptr, Tensor? perm) -> Tensor", sizes_of_first,
                  products_forward<negated>,
                  {{"b", "_softmax_negated(grad0, a, h, ptr, perm)"},
                   {"a", "_softmax_negated(h, b, grad0, ptr, perm)"},
                   {"h", "_softmax_negated(a, b, grad0, ptr, perm)"}}),
      floating_op("segment_amin_csr" + arguments, shared_extreme_sizes, extreme_forward<SegmentReduce::min>,
                  {{"src", "_segment_share(grad0, src, result0, ptr, perm)"}}),
      floating_op("segment_amax_csr" + arguments, shared_extreme_sizes, extreme_forward<SegmentReduce::max>,
                  {{"src", "_segment_share(grad0, src, result0, ptr, perm)"}}),
      floating_op("_segment_share" + of_extreme, share_sizes, share_forward,
                  {{"grad", "_segment_collect(grad0, src, value, ptr, perm)"}}),
      floating_op("_segment_collect" + of_extreme, collect_sizes, collect_forward,
                  {{"grad", "_segment_share(grad0, src, value, ptr, perm)"}}),
  };
}

}  // namespace spinel::ops
