#include "spinel/ops/spspmm.h"

#include <array>
#include <initializer_list>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spspmm.h"
#include "spinel/ops/dtype.h"
#include "spinel/ops/executor.h"
#include "spinel/ops/spmm_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/spspmm.h"
#endif

namespace spinel::ops {
namespace {

/// Both factors of a call, checked.
struct Factors {
  CsrTensors a, b;
  int64_t columns = 0;
  ScalarType dtype = ScalarType::float32;
  kernels::SpspmmCall call() const { return {kernel_dtype(dtype), a.operand(b.rows()), b.operand(columns)}; }
};

/// The type of the values that are there; float32 where none are.
ScalarType values_dtype(std::initializer_list<Tensor> values) {
  ScalarType dtype = ScalarType::float32;
  for (const Tensor& value : values) {
    if (value.defined()) dtype = value.scalar_type();
  }
  const bool is_known = contains(Elements::real, dtype) && kernels::is_product_element(kernel_dtype(dtype));
  require(is_known, "spspmm: the values are {}; float64, float32, bfloat16, float16, int64 or int32 is needed",
          registry::to_string(dtype));
  return dtype;
}

/// The factors with rowptr and col of A and of B in the arguments `indices`.
Factors read_factors(const Host& host, Arguments arguments, const std::array<size_t, 4>& indices, const Tensor& value_a,
                     const Tensor& value_b, int64_t columns, ScalarType dtype) {
  const auto read = [&](size_t k, const Tensor& value, const kernels::CsrNames& names) {
    return read_csr(host, names, arguments.tensor(indices[k]), arguments.tensor(indices[k + 1]), value, dtype);
  };
  Factors factors{read(0, value_a, {"spspmm", "rowptrA", "colA", "columns"}),
                  read(2, value_b, {"spspmm", "rowptrB", "colB", "columns"}), columns, dtype};
  const ScalarType index = factors.a.arrays.dtype();
  require(factors.b.arrays.dtype() == index, "spspmm: colB is {} but colA is {}; all indices must have one type",
          registry::to_string(factors.b.arrays.dtype()), registry::to_string(index));
  const int64_t most = index == ScalarType::int32 ? std::numeric_limits<int32_t>::max() : int64_t{1} << 62;
  require(columns >= 0 && columns <= most, "spspmm: there are {} columns; 0 to {} are possible", columns, most);
  return factors;
}

// _spspmm(Tensor rowptrA, Tensor colA, Tensor? valueA, Tensor rowptrB, Tensor colB, Tensor? valueB, int columns)

std::vector<ScalarType> spspmm_dtypes(const SpecArguments& arguments) {
  const ScalarType index = arguments.tensor(1).dtype;
  const ScalarType value = arguments.has_tensor(2)   ? arguments.tensor(2).dtype
                           : arguments.has_tensor(5) ? arguments.tensor(5).dtype
                                                     : ScalarType::float32;
  return {value, index, index};
}

void spspmm_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor value_a = arguments.optional_tensor(2), value_b = arguments.optional_tensor(5);
  const Factors factors = read_factors(host, arguments, {0, 1, 3, 4}, value_a, value_b, arguments.integer(6),
                                       values_dtype({value_b, value_a}));
  const ScalarType index = factors.a.arrays.dtype();
  const kernels::SpspmmCall call = factors.call();
  const bool has_value = value_a.defined() || value_b.defined();
#ifdef SPINEL_CUDA
  if (const registry::Device device = factors.a.arrays.device(); device.type == registry::DeviceType::cuda) {
    CudaWorkspace workspace(host, device);
    const kernels::cuda::SpspmmProduct product(call, has_value, workspace);
    results[0] = host.empty({has_value ? product.entries() : 0}, factors.dtype, device);
    results[1] = host.empty({factors.a.rows() + 1}, index, device);
    results[2] = host.empty({product.entries()}, index, device);
    return product.write(results[1].data(), results[2].data(), has_value ? results[0].data() : nullptr);
  }
#endif
  const kernels::SpspmmPlan plan = kernels::plan_spspmm(call, host.parallel());
  const Tensor rowptr = host.empty({factors.a.rows() + 1}, index, {});
  kernels::spspmm_count(call, plan, rowptr.data(), host.parallel());
  const int64_t entries = kernels::row_pointer({.index = call.a.index, .rowptr = rowptr.data()}, factors.a.rows());
  const Tensor col = host.empty({entries}, index, {}), value = host.empty({has_value ? entries : 0}, factors.dtype, {});
  kernels::spspmm_fill(call, plan, rowptr.data(), col.data(), has_value ? value.data() : nullptr, host.parallel());
  results[0] = value, results[1] = rowptr, results[2] = col;
}

// The sums over entries of A, B and C. The pattern of C and its values, where they are summed over:

CsrTensors read_product(const Host& host, Arguments arguments, size_t rowptr, const Tensor& value,
                        const Factors& factors) {
  CsrTensors c = read_csr(host, {.op = "spspmm", .counted = "columns"}, arguments.tensor(rowptr),
                          arguments.tensor(rowptr + 1), value, factors.dtype);
  const ScalarType type = c.arrays.dtype(), type_a = factors.a.arrays.dtype();
  require(c.rows() == factors.a.rows() && type == type_a,
          "spspmm: the product has {} rows of {} but A {} of {}; both must be the same", c.rows(),
          registry::to_string(type), factors.a.rows(), registry::to_string(type_a));
  return c;
}

template <size_t col>
std::vector<TensorSpec> sizes_of_col(const SpecArguments& arguments) {
  return {{arguments.tensor(col).sizes, {}, MemoryFormat::contiguous}};
}

// _spspmm_values(Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor? valueA, Tensor rowptrB, Tensor colB,
//                Tensor? valueB, int columns)

std::vector<ScalarType> sampled_values_dtypes(const SpecArguments& arguments) {
  if (arguments.has_tensor(4)) return {arguments.tensor(4).dtype};
  return {arguments.has_tensor(7) ? arguments.tensor(7).dtype : ScalarType::float32};
}

void sampled_values_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor value_a = arguments.optional_tensor(4), value_b = arguments.optional_tensor(7);
  const Factors factors =
      read_factors(host, arguments, {2, 3, 5, 6}, value_a, value_b, arguments.integer(8), results[0].scalar_type());
  const CsrTensors c = read_product(host, arguments, 0, {}, factors);
  on_device(host, results[0].device(), [&](auto& executor) {
    kernels::sampled_spspmm(factors.call(), c.operand(factors.columns), results[0].data(), executor);
  });
}

// _spspmm_left(Tensor grad, Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor rowptrB, Tensor colB,
//              Tensor? valueB, int columns)

void sampled_left_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor grad = arguments.tensor(0);
  const Factors factors = read_factors(host, arguments, {3, 4, 5, 6}, {}, arguments.optional_tensor(7),
                                       arguments.integer(8), values_dtype({grad}));
  const CsrTensors c = read_product(host, arguments, 1, grad, factors);
  on_device(host, results[0].device(), [&](auto& executor) {
    kernels::sampled_left(factors.call(), c.operand(factors.columns), results[0].data(), executor);
  });
}

// _spspmm_right(Tensor grad, Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor? valueA, Tensor rowptrB,
//               Tensor colB, int columns)

void sampled_right_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor grad = arguments.tensor(0);
  const Factors factors = read_factors(host, arguments, {3, 4, 6, 7}, arguments.optional_tensor(5), {},
                                       arguments.integer(8), values_dtype({grad}));
  const CsrTensors c = read_product(host, arguments, 1, grad, factors);
  on_device(host, results[0].device(), [&](auto& executor) {
    kernels::sampled_right(factors.call(), c.operand(factors.columns), results[0].data(), executor);
  });
}

/// With the order of results that torch has for CSR.
Stack csr_product(Composer& composer, Arguments a) {
  Stack results = composer.call("_spspmm", {a[0], a[1], a[2], a[3], a[4], a[5], a[6]});
  return {results[1], results[2], results[0]};
}

}  // namespace

std::vector<OpDef> spspmm_operators() {
  return {
      {.schema = "_spspmm(Tensor rowptrA, Tensor colA, Tensor? valueA, Tensor rowptrB, Tensor colB, Tensor? valueB, "
                 "int columns) -> (Tensor value, Tensor rowptr, Tensor col)",
       .dtypes = spspmm_dtypes,
       .cpu = spspmm_forward,
       .cuda = also_on_cuda(spspmm_forward),
       .derivatives = {{"valueA",
                        "_spspmm_left(grad0, result1, result2, rowptrA, colA, rowptrB, colB, valueB, columns)"},
                       {"valueB",
                        "_spspmm_right(grad0, result1, result2, rowptrA, colA, valueA, rowptrB, colB, columns)"}}},
      {.schema = "_spspmm_values(Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor? valueA, "
                 "Tensor rowptrB, Tensor colB, Tensor? valueB, int columns) -> Tensor",
       .sizes = sizes_of_col<1>,
       .dtypes = sampled_values_dtypes,
       .cpu = sampled_values_forward,
       .cuda = also_on_cuda(sampled_values_forward),
       .derivatives = {{"valueA", "_spspmm_left(grad0, rowptr, col, rowptrA, colA, rowptrB, colB, valueB, columns)"},
                       {"valueB", "_spspmm_right(grad0, rowptr, col, rowptrA, colA, valueA, rowptrB, colB, columns)"}}},
      {.schema = "_spspmm_left(Tensor grad, Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor rowptrB, "
                 "Tensor colB, Tensor? valueB, int columns) -> Tensor",
       .elements = Elements::floating,
       .sizes = sizes_of_col<4>,
       .dtypes = dtype_of_first,
       .cpu = sampled_left_forward,
       .cuda = also_on_cuda(sampled_left_forward),
       .derivatives = {{"grad", "_spspmm_values(rowptr, col, rowptrA, colA, grad0, rowptrB, colB, valueB, columns)"},
                       {"valueB", "_spspmm_right(grad, rowptr, col, rowptrA, colA, grad0, rowptrB, colB, columns)"}}},
      {.schema = "_spspmm_right(Tensor grad, Tensor rowptr, Tensor col, Tensor rowptrA, Tensor colA, Tensor? valueA, "
                 "Tensor rowptrB, Tensor colB, int columns) -> Tensor",
       .elements = Elements::floating,
       .sizes = sizes_of_col<7>,
       .dtypes = dtype_of_first,
       .cpu = sampled_right_forward,
       .cuda = also_on_cuda(sampled_right_forward),
       .derivatives = {{"grad", "_spspmm_values(rowptr, col, rowptrA, colA, valueA, rowptrB, colB, grad0, columns)"},
                       {"valueA", "_spspmm_left(grad, rowptr, col, rowptrA, colA, rowptrB, colB, grad0, columns)"}}},
      {.schema = "spspmm_csr(Tensor rowptrA, Tensor colA, Tensor? valueA, Tensor rowptrB, Tensor colB, Tensor? valueB, "
                 "int columns) -> (Tensor rowptr, Tensor col, Tensor value)",
       .composite = csr_product},
  };
}

}  // namespace spinel::ops
