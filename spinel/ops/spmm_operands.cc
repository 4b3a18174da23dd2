#include "spinel/ops/spmm_operands.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_transpose.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/ops/dtype.h"
#include "spinel/ops/executor.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#endif

namespace spinel::ops {
namespace {

constexpr kernels::CsrNames spmm_names = {.op = "spmm", .counted = "columns"};
constexpr kernels::CsrNames sampled_names = {.op = "sampled_product", .counted = "columns"};

const void* data_or_null(const Tensor& tensor) { return tensor.defined() ? tensor.data() : nullptr; }

Tensor without_gaps(const Host& host, const Tensor& tensor) {
  return host.contiguous(tensor, MemoryFormat::contiguous);
}

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
  operands.a = read_csr(host, spmm_names, rowptr, col, value, dtype);
  const int64_t selected = dense.batch * operands.a.rows() * dense.width;
  require((type == ScalarType::int32 || type == ScalarType::int64) && entries.numel() == selected,
          "spmm: there are {} selected entries of {}; {} of int32 or int64 are needed", entries.numel(),
          registry::to_string(type), selected);
  operands.entries = without_gaps(host, entries);
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

kernels::CsrOperand CsrTensors::operand(int64_t columns) const { return arrays.operand(columns, data_or_null(value)); }

CsrTensors read_csr(const Host& host, const kernels::CsrNames& names, const Tensor& rowptr, const Tensor& col,
                    const Tensor& value, ScalarType dtype) {
  CsrTensors csr{CsrArrays(host, rowptr, col, names), {}};
  if (!value.defined()) return csr;
  require(value.dim() == 1 && value.numel() == csr.entries(),
          "{}: value has {} dimensions and {} elements; one for each of the {} entries of {} is needed", names.op,
          value.dim(), value.numel(), csr.entries(), names.indices);
  require(value.scalar_type() == dtype, "{}: value is {} but the other operand {}; both must be the same", names.op,
          registry::to_string(value.scalar_type()), registry::to_string(dtype));
  csr.value = without_gaps(host, value);
  return csr;
}

kernels::CsrOperand CscTensors::operand(bool mean) const {
  const kernels::CsrNames& names = csr.arrays.names();
  return {.index = row.index(),
          .rows = colptr.size() - 1,
          .columns = csr.rows(),
          .entries = csr.entries(),
          .rowptr = colptr.data(),
          .col = row.data(),
          .value = data_or_null(csr.value),
          .entry = csr2csc.data(),
          .counts = mean ? csr.arrays.pointers().data() : nullptr,
          .names = {names.op, "colptr", "row", "rows"}};
}

CscTensors read_csc(const Host& host, CsrTensors csr, const Tensor& row, const Tensor& colptr, const Tensor& csr2csc,
                    int64_t columns) {
  const CsrArrays& arrays = csr.arrays;
  const registry::Device device = arrays.indices().tensor().device();
  const auto read = [&](const Tensor& given, const char* name, int64_t size) {
    IndexArray list = arrays.list(host, given.defined() ? given : host.empty({size}, arrays.dtype(), device), name);
    list.require_size(size);
    return list;
  };
  const bool is_given = colptr.defined() && csr2csc.defined();
  CscTensors csc{csr, read(row, "row", csr.entries()), read(is_given ? colptr : Tensor(), "colptr", columns + 1),
                 read(is_given ? csr2csc : Tensor(), "csr2csc", csr.entries())};
  if (is_given && row.defined()) return csc;
  on_device(host, device, [&](auto& executor) {
    kernels::transpose_csr(csr.operand(columns), is_given ? nullptr : csc.colptr.tensor().data(),
                           row.defined() ? nullptr : csc.row.tensor().data(),
                           is_given ? nullptr : csc.csr2csc.tensor().data(), executor);
  });
  return csc;
}

DenseTensor read_dense(const Host& host, std::string_view op, std::string_view name, const Tensor& tensor,
                       int64_t rows) {
  const ScalarType dtype = tensor.scalar_type();
  const bool is_known = contains(Elements::real, dtype) && kernels::is_product_element(kernel_dtype(dtype));
  require(is_known, "{}: {} is {}; float64, float32, bfloat16, float16, int64 or int32 is needed", op, name,
          registry::to_string(dtype));
  const int64_t dims = tensor.dim();
  require(dims == 2 || dims == 3, "{}: {} has {} dimensions; [rows, width] or [batch, rows, width] is needed", op, name,
          dims);
  DenseTensor dense{without_gaps(host, tensor), dims == 3 ? tensor.size(0) : 1, tensor.size(dims - 2),
                    tensor.size(dims - 1)};
  require(rows < 0 || dense.rows == rows, "{}: {} has {} rows; {} are needed", op, name, dense.rows, rows);
  return dense;
}

std::vector<ScalarType> dtype_of_first(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }

std::vector<Size> dense_sizes(std::string_view op, const TensorSpec& dense, Size rows) {
  const size_t dims = dense.sizes.size();
  require(dims == 2 || dims == 3,
          "{}: the dense operand has {} dimensions; [rows, width] or [batch, rows, width] is needed", op, dims);
  std::vector<Size> sizes = dense.sizes;
  sizes[dims - 2] = rows;
  return sizes;
}

SpmmOperands product_operands(const Host& host, Arguments arguments, bool mean, const Tensor& result) {
  SpmmOperands operands{read_dense(host, "spmm", "mat", arguments.tensor(0), -1), {}, {}};
  operands.a.csr = read_csr(host, spmm_names, arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
                            operands.x.tensor.scalar_type());
  operands.call = spmm_call(operands.x, operands.a.csr.operand(operands.x.rows), mean, result);
  return operands;
}

SpmmOperands transposed_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const int64_t rows = arguments.tensor(1).numel() - 1;
  SpmmOperands operands{read_dense(host, "spmm", "the derivative's operand", arguments.tensor(0), rows), {}, {}};
  CsrTensors a = read_csr(host, spmm_names, arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
                          operands.x.tensor.scalar_type());
  operands.a = read_csc(host, std::move(a), arguments.optional_tensor(4), arguments.optional_tensor(5),
                        arguments.optional_tensor(6), rows_of_result(result));
  operands.call = spmm_call(operands.x, operands.a.operand(arguments.boolean(8)), false, result);
  return operands;
}

SampledOperands sampled_operands(const Host& host, Arguments arguments, const Tensor& result) {
  const char* const op = sampled_names.op;
  const int64_t rows = arguments.tensor(2).numel() - 1;
  SampledOperands operands{read_dense(host, op, "the left operand", arguments.tensor(0), rows),
                           read_dense(host, op, "the right operand", arguments.tensor(1), -1),
                           {},
                           {}};
  require_same_operands(op, operands.left, operands.right);
  const ScalarType dtype = operands.left.tensor.scalar_type();
  operands.a = read_csr(host, sampled_names, arguments.tensor(2), arguments.tensor(3), {}, dtype);
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
  operands.a = read_csr(host, spmm_names, arguments.tensor(1), arguments.tensor(2), arguments.optional_tensor(3),
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
