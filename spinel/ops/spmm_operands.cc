#include "spinel/ops/spmm_operands.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/ops/dtype.h"

namespace spinel::ops {
namespace {

kernels::SpmmCall spmm_call(const DenseTensor& x, const kernels::CsrOperand& a, bool mean, const Tensor& y) {
  return {.dtype = kernel_dtype(x.tensor.scalar_type()),
          .a = a,
          .batch = x.batch,
          .width = x.width,
          .mean = mean,
          .x = x.tensor.data(),
          .y = y.data()};
}

void require_same_operands(std::string_view op, const DenseTensor& left, const DenseTensor& right) {
  const ScalarType a = left.tensor.scalar_type(), b = right.tensor.scalar_type();
  require(left.batch == right.batch && left.width == right.width && a == b,
          "{}: the operands are [{}, rows, {}] {} and [{}, rows, {}] {}; batch, width and type must be the same", op,
          left.batch, left.width, registry::to_string(a), right.batch, right.width, registry::to_string(b));
}

/// What the three functions of selected entries share.
SelectedOperands read_selected(const Host& host, const Tensor& rowptr, const Tensor& col, const Tensor& value,
                               const Tensor& entries, DenseTensor left, DenseTensor right) {
  SelectedOperands operands{std::move(left), std::move(right), {}, {}, {}};
  const DenseTensor& dense = operands.left.tensor.defined() ? operands.left : operands.right;
  const ScalarType dtype = dense.tensor.scalar_type(), type = entries.scalar_type();
  require(contains(Elements::floating, dtype), "spmm: the operand is {}; a floating type is needed",
          registry::to_string(dtype));
  operands.a = read_csr(host, "spmm", rowptr, col, value, dtype);
  const int64_t selected = dense.batch * operands.a.rows() * dense.width;
  require((type == ScalarType::int32 || type == ScalarType::int64) && entries.numel() == selected,
          "spmm: there are {} selected entries of {}; {} of int32 or int64 are needed", entries.numel(),
          registry::to_string(type), selected);
  operands.entries = host.contiguous(entries, MemoryFormat::contiguous);
  operands.call.dtype = kernel_dtype(dtype);
  operands.call.batch = dense.batch;
  operands.call.width = dense.width;
  operands.call.arg_index = kernel_dtype(type);
  operands.call.arg = operands.entries.data();
  if (operands.left.tensor.defined()) operands.call.left = operands.left.tensor.data();
  if (operands.right.tensor.defined()) operands.call.right = operands.right.tensor.data();
  return operands;
}

int64_t rows_of_result(const Tensor& result) { return result.size(result.dim() - 2); }

}  // namespace

SpmmOperands product_operands(const Host& host, Arguments arguments, const Tensor& result) {
  SpmmOperands operands{read_dense(host, "spmm", "mat", arguments.tensor(0), -1), {}, {}};
  operands.a.csr = read_csr(host, "spmm", arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
                            operands.x.tensor.scalar_type());
  operands.call = spmm_call(operands.x, operands.a.csr.operand(operands.x.rows), arguments.boolean(7), result);
  return operands;
}

SpmmOperands transposed_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const int64_t rows = arguments.tensor(1).numel() - 1;
  SpmmOperands operands{read_dense(host, "spmm", "the derivative's operand", arguments.tensor(0), rows), {}, {}};
  CsrTensors a = read_csr(host, "spmm", arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
                          operands.x.tensor.scalar_type());
  operands.a = read_csc(host, "spmm", std::move(a), arguments.optional_tensor(4), arguments.optional_tensor(5),
                        arguments.optional_tensor(6), rows_of_result(result));
  operands.call = spmm_call(operands.x, operands.a.operand(arguments.boolean(8)), false, result);
  return operands;
}

SampledOperands sampled_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const std::string_view op = "sampled_product";
  const int64_t rows = arguments.tensor(2).numel() - 1;
  SampledOperands operands{read_dense(host, op, "the left operand", arguments.tensor(0), rows),
                           read_dense(host, op, "the right operand", arguments.tensor(1), -1),
                           {},
                           {}};
  require_same_operands(op, operands.left, operands.right);
  const ScalarType dtype = operands.left.tensor.scalar_type();
  operands.a = read_csr(host, op, arguments.tensor(2), arguments.tensor(3), {}, dtype);
  operands.call = {.dtype = kernel_dtype(dtype),
                   .a = operands.a.operand(operands.right.rows),
                   .batch = operands.left.batch,
                   .width = operands.left.width,
                   .mean = arguments.boolean(7),
                   .left = operands.left.tensor.data(),
                   .right = operands.right.tensor.data(),
                   .out = result.data()};
  return operands;
}

SelectOperands select_operands(const Host& host, Arguments arguments, std::span<Tensor> results) {
  SelectOperands operands{read_dense(host, "spmm", "mat", arguments.tensor(0), -1), {}, {}};
  const DenseTensor& x = operands.x;
  operands.a = read_csr(host, "spmm", arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
                        x.tensor.scalar_type());
  const bool is_short = results[1].scalar_type() == ScalarType::int32;
  require(!is_short || operands.a.entries() <= std::numeric_limits<int32_t>::max(),
          "spmm: {} entries cannot be numbered in int32; int64 is needed", operands.a.entries());
  operands.call = {.dtype = kernel_dtype(x.tensor.scalar_type()),
                   .a = operands.a.operand(x.rows),
                   .batch = x.batch,
                   .width = x.width,
                   .largest = arguments.boolean(4),
                   .x = x.tensor.data(),
                   .y = results[0].data(),
                   .arg_index = kernel_dtype(results[1].scalar_type()),
                   .arg = arguments.integer(5) == 0 ? nullptr : results[1].data()};
  return operands;
}

SelectedOperands selected_product_operands(const Host& host, Arguments arguments, const Tensor& result) {
  SelectedOperands operands =
      read_selected(host, arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3), arguments.tensor(4),
                    {}, read_dense(host, "spmm", "mat", arguments.tensor(0), -1));
  operands.call.a = operands.a.operand(operands.right.rows);
  operands.call.out = result.data();
  return operands;
}

SelectedOperands selected_transposed_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const int64_t rows = arguments.tensor(1).numel() - 1;
  SelectedOperands operands =
      read_selected(host, arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3), arguments.tensor(4),
                    read_dense(host, "spmm", "the derivative's operand", arguments.tensor(0), rows), {});
  operands.call.a = operands.a.operand(rows_of_result(result));
  operands.call.out = result.data();
  return operands;
}

SelectedOperands selected_sampled_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const int64_t rows = arguments.tensor(2).numel() - 1;
  DenseTensor left = read_dense(host, "spmm", "the derivative's operand", arguments.tensor(0), rows);
  DenseTensor right = read_dense(host, "spmm", "mat", arguments.tensor(1), -1);
  require_same_operands("spmm", left, right);
  SelectedOperands operands = read_selected(host, arguments.tensor(2), arguments.tensor(3), {}, arguments.tensor(4),
                                            std::move(left), std::move(right));
  operands.call.a = operands.a.operand(operands.right.rows);
  operands.call.out = result.data();
  return operands;
}

}  // namespace spinel::ops
