#include "spinel/ops/spmm.h"

#include "spinel/base/error.h"
#include "spinel/ops/spmm_operands.h"

namespace spinel::ops {
namespace {

void run_spmm(const Host& host, const SpmmOperands& operands) {
  const kernels::SpmmPlan plan = kernels::plan_spmm(operands.call, host.parallel().num_threads());
  const Tensor scratch = host.empty({plan.scratch_bytes}, ScalarType::uint8, {});
  kernels::spmm(operands.call, plan, scratch.data(), host.parallel());
}

// _spmm(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor? row, Tensor? colptr, Tensor? csr2csc, bool mean)

std::vector<TensorSpec> spmm_sizes(const SpecArguments& arguments) {
  return {{dense_sizes("spmm", arguments.tensor(0), pointed_rows("spmm", arguments.tensor(1))),
           {},
           MemoryFormat::contiguous}};
}

void spmm_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  run_spmm(host, product_operands(host, arguments, arguments.boolean(7), results[0]));
}

// _spmm_transposed(Tensor grad, Tensor rowptr, Tensor col, Tensor? value, Tensor? row, Tensor? colptr,
//                  Tensor? csr2csc, SymInt[] sizes, bool mean)

std::vector<TensorSpec> spmm_transposed_sizes(const SpecArguments& arguments) {
  const std::vector<Size> sizes = arguments.sizes(7);
  require(sizes.size() == arguments.tensor(0).sizes.size(),
          "spmm: the derivative's operand has {} dimensions but sizes {}; both must be the same",
          arguments.tensor(0).sizes.size(), sizes.size());
  return {{dense_sizes("spmm", arguments.tensor(0), sizes[sizes.size() - 2]), {}, MemoryFormat::contiguous}};
}

void spmm_transposed_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  run_spmm(host, transposed_operands(host, arguments, results[0]));
}

// _sampled_product(Tensor left, Tensor right, Tensor rowptr, Tensor col, Tensor? row, Tensor? colptr, Tensor? csr2csc,
//                  bool mean)

std::vector<TensorSpec> sampled_product_sizes(const SpecArguments& arguments) {
  return {{arguments.tensor(3).sizes, {}, MemoryFormat::contiguous}};
}

void sampled_product_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  kernels::sampled_product(sampled_operands(host, arguments, results[0]).call, host.parallel());
}

// _spmm_paired(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor rowptr_t, Tensor col_t, Tensor? value_t)

void spmm_paired_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  run_spmm(host, product_operands(host, arguments, false, results[0]));
}

// What users call.

Stack spmm_sum(Composer& composer, Arguments a) {
  return composer.call("_spmm", {a[6], a[1], a[2], a[3], a[0], a[4], a[5], false});
}

Stack spmm_mean(Composer& composer, Arguments a) {
  return composer.call("_spmm", {a[7], a[1], a[2], a[3], a[0], a[5], a[6], true});
}

Stack sample_entries(Composer& composer, Arguments a) {
  return composer.call("_sampled_product", {a[2], a[3], a[0], a[1], a[4], a[5], a[6], false});
}

}  // namespace

std::vector<OpDef> spmm_operators() {
  return {
      {.schema = "_spmm(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor? row, Tensor? colptr, "
                 "Tensor? csr2csc, bool mean=False) -> Tensor",
       .elements = Elements::real,
       .sizes = spmm_sizes,
       .dtypes = dtype_of_first,
       .cpu = spmm_forward,
       .cuda = spmm_cuda,
       .derivatives = {{"mat", "_spmm_transposed(grad0, rowptr, col, value, row, colptr, csr2csc, sizes(mat), mean)"},
                       {"value", "_sampled_product(grad0, mat, rowptr, col, row, colptr, csr2csc, mean)"}}},
      {.schema = "_spmm_transposed(Tensor grad, Tensor rowptr, Tensor col, Tensor? value, Tensor? row, Tensor? colptr, "
                 "Tensor? csr2csc, SymInt[] sizes, bool mean=False) -> Tensor",
       .elements = Elements::real,
       .sizes = spmm_transposed_sizes,
       .dtypes = dtype_of_first,
       .cpu = spmm_transposed_forward,
       .cuda = spmm_transposed_cuda,
       .derivatives = {{"grad", "_spmm(grad0, rowptr, col, value, row, colptr, csr2csc, mean)"},
                       {"value", "_sampled_product(grad, grad0, rowptr, col, row, colptr, csr2csc, mean)"}}},
      {.schema = "_spmm_paired(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor rowptr_t, Tensor col_t, "
                 "Tensor? value_t) -> Tensor",
       .elements = Elements::real,
       .sizes = spmm_sizes,
       .dtypes = dtype_of_first,
       .cpu = spmm_paired_forward,
       .cuda = spmm_paired_cuda,
       .derivatives = {{"mat", "_spmm_paired(grad0, rowptr_t, col_t, value_t, rowptr, col, value)"}}},
      {.schema = "_sampled_product(Tensor left, Tensor right, Tensor rowptr, Tensor col, Tensor? row, Tensor? colptr, "
                 "Tensor? csr2csc, bool mean=False) -> Tensor",
       .elements = Elements::real,
       .sizes = sampled_product_sizes,
       .dtypes = dtype_of_first,
       .cpu = sampled_product_forward,
       .cuda = sampled_product_cuda,
       .derivatives = {{"left", "_spmm(right, rowptr, col, grad0, row, colptr, csr2csc, mean)"},
                       {"right",
                        "_spmm_transposed(left, rowptr, col, grad0, row, colptr, csr2csc, sizes(right), mean)"}}},
      {.schema = "spmm_sum(Tensor? row, Tensor rowptr, Tensor col, Tensor? value, Tensor? colptr, Tensor? csr2csc, "
                 "Tensor mat) -> Tensor",
       .composite = spmm_sum},
      {.schema = "spmm_mean(Tensor? row, Tensor rowptr, Tensor col, Tensor? value, Tensor? rowcount, Tensor? colptr, "
                 "Tensor? csr2csc, Tensor mat) -> Tensor",
       .composite = spmm_mean},
      {.schema =
           "sampled_product(Tensor rowptr, Tensor col, Tensor a, Tensor b, Tensor? row=None, Tensor? colptr=None, "
           "Tensor? csr2csc=None) -> Tensor",
       .composite = sample_entries},
  };
}

}  // namespace spinel::ops
