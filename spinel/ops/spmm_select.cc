#include "spinel/kernels/cpu/spmm_select.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/ops/spmm.h"
#include "spinel/ops/spmm_operands.h"

namespace spinel::ops {
namespace {

/// What the second result of _spmm_select is.
enum class EntryType : int64_t { none, int32, int64 };

EntryType entry_type(int64_t code) {
  require(code >= 0 && code <= 2, "spmm: the type of entries is {}; 0 (none), 1 (int32) or 2 (int64) is needed", code);
  return static_cast<EntryType>(code);
}

/// Of tensors in argument 0 and rowptr in argument 1.
std::vector<Size> spmm_row_sizes(const SpecArguments& arguments) {
  return dense_sizes("spmm", arguments.tensor(0), pointed_rows("spmm", arguments.tensor(1)));
}

// _spmm_select(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, bool largest, int entry_type)

std::vector<TensorSpec> spmm_select_sizes(const SpecArguments& arguments) {
  const TensorSpec values{spmm_row_sizes(arguments), {}, MemoryFormat::contiguous};
  if (entry_type(arguments.integer(5)) == EntryType::none) return {values, {{0}, {}, MemoryFormat::contiguous}};
  return {values, values};
}

std::vector<ScalarType> spmm_select_dtypes(const SpecArguments& arguments) {
  const bool is_short = entry_type(arguments.integer(5)) == EntryType::int32;
  return {arguments.tensor(0).dtype, is_short ? ScalarType::int32 : ScalarType::int64};
}

void spmm_select_forward(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const SelectOperands operands = select_operands(host, arguments, results);
  const kernels::SpmmPlan plan = kernels::plan_spmm_select(operands.call, host.parallel().num_threads());
  const Tensor scratch = host.empty({plan.scratch_bytes}, ScalarType::uint8, {});
  kernels::spmm_select(operands.call, plan, scratch.data(), host.parallel());
}

/// Runs `kernel` on what `operands` makes of the arguments.
template <auto operands, auto kernel>
void run_selected(const Host& host, Arguments arguments, std::span<Tensor> results) {
  kernel(operands(host, arguments, results[0]).call, host.parallel());
}

// _selected_product(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor entries)

std::vector<TensorSpec> selected_product_sizes(const SpecArguments& arguments) {
  return {{spmm_row_sizes(arguments), {}, MemoryFormat::contiguous}};
}

// _selected_transposed(Tensor grad, Tensor rowptr, Tensor col, Tensor? value, Tensor entries, SymInt[] sizes)

std::vector<TensorSpec> selected_transposed_sizes(const SpecArguments& arguments) {
  const std::vector<Size> sizes = arguments.sizes(5);
  require(sizes.size() == arguments.tensor(0).sizes.size(),
          "spmm: the derivative's operand has {} dimensions but sizes {}; both must be the same",
          arguments.tensor(0).sizes.size(), sizes.size());
  return {{dense_sizes("spmm", arguments.tensor(0), sizes[sizes.size() - 2]), {}, MemoryFormat::contiguous}};
}

// _selected_sampled(Tensor left, Tensor right, Tensor rowptr, Tensor col, Tensor entries)

std::vector<TensorSpec> selected_sampled_sizes(const SpecArguments& arguments) {
  return {{arguments.tensor(3).sizes, {}, MemoryFormat::contiguous}};
}

// What users call.

template <bool largest>
Stack spmm_extremum(Composer& composer, Arguments a) {
  return composer.call("_spmm_select", {a[3], a[0], a[1], a[2], largest, static_cast<int64_t>(EntryType::int64)});
}

/// The shortest numbers of entries that the derivative can do with, where there will be one.
EntryType entries_for_gradient(Composer& composer, const Tensor& col, const Tensor& value, const Tensor& mat) {
  if (!composer.needs_gradient(mat) && !(value.defined() && composer.needs_gradient(value))) return EntryType::none;
  const std::vector<Size> entries = composer.spec(col).sizes;
  const bool is_short =
      entries.size() == 1 && entries[0].is_number() && entries[0].value() <= std::numeric_limits<int32_t>::max();
  return is_short ? EntryType::int32 : EntryType::int64;
}

/// (rowptr, col, value?, mat, reduce, row?, colptr?, csr2csc?)
Stack spmm_reduce(Composer& composer, Arguments a) {
  const std::string& name = a.text(4);
  if (name == "sum" || name == "add" || name == "mean") {
    return composer.call("_spmm", {a[3], a[0], a[1], a[2], a[5], a[6], a[7], name == "mean"});
  }
  if (name != "min" && name != "max") {
    fail(ErrorKind::invalid_argument, "spmm: there is no reduction '{}'{}", name,
         suggestion(name, {"sum", "add", "mean", "min", "max"}));
  }
  const EntryType type = entries_for_gradient(composer, a.tensor(1), a.optional_tensor(2), a.tensor(3));
  Stack results = composer.call("_spmm_select", {a[3], a[0], a[1], a[2], name == "max", static_cast<int64_t>(type)});
  results.pop_back();
  return results;
}

}  // namespace

std::vector<OpDef> spmm_select_operators() {
  return {
      {.schema = "_spmm_select(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, bool largest, int entry_type) -> "
                 "(Tensor values, Tensor entries)",
       .elements = Elements::real,
       .sizes = spmm_select_sizes,
       .dtypes = spmm_select_dtypes,
       .cpu = spmm_select_forward,
       .cuda = spmm_select_cuda,
       .derivatives = {{"mat", "_selected_transposed(grad0, rowptr, col, value, result1, sizes(mat))"},
                       {"value", "_selected_sampled(grad0, mat, rowptr, col, result1)"}}},
      {.schema = "_selected_product(Tensor mat, Tensor rowptr, Tensor col, Tensor? value, Tensor entries) -> Tensor",
       .elements = Elements::floating,
       .sizes = selected_product_sizes,
       .dtypes = dtype_of_first,
       .cpu = run_selected<selected_product_operands, kernels::selected_product>,
       .cuda = selected_product_cuda,
       .derivatives = {{"mat", "_selected_transposed(grad0, rowptr, col, value, entries, sizes(mat))"},
                       {"value", "_selected_sampled(grad0, mat, rowptr, col, entries)"}}},
      {.schema = "_selected_transposed(Tensor grad, Tensor rowptr, Tensor col, Tensor? value, Tensor entries, "
                 "SymInt[] sizes) -> Tensor",
       .elements = Elements::floating,
       .sizes = selected_transposed_sizes,
       .dtypes = dtype_of_first,
       .cpu = run_selected<selected_transposed_operands, kernels::selected_transposed>,
       .cuda = selected_transposed_cuda,
       .derivatives = {{"grad", "_selected_product(grad0, rowptr, col, value, entries)"},
                       {"value", "_selected_sampled(grad, grad0, rowptr, col, entries)"}}},
      {.schema = "_selected_sampled(Tensor left, Tensor right, Tensor rowptr, Tensor col, Tensor entries) -> Tensor",
       .elements = Elements::floating,
       .sizes = selected_sampled_sizes,
       .dtypes = dtype_of_first,
       .cpu = run_selected<selected_sampled_operands, kernels::selected_sampled>,
       .cuda = selected_sampled_cuda,
       .derivatives = {{"left", "_selected_product(right, rowptr, col, grad0, entries)"},
                       {"right", "_selected_transposed(left, rowptr, col, grad0, entries, sizes(right))"}}},
      {.schema = "spmm_min(Tensor rowptr, Tensor col, Tensor? value, Tensor mat) -> (Tensor values, Tensor entries)",
       .composite = spmm_extremum<false>},
      {.schema = "spmm_max(Tensor rowptr, Tensor col, Tensor? value, Tensor mat) -> (Tensor values, Tensor entries)",
       .composite = spmm_extremum<true>},
      {.schema = "spmm(Tensor rowptr, Tensor col, Tensor? value, Tensor mat, str reduce=\"sum\", Tensor? row=None, "
                 "Tensor? colptr=None, Tensor? csr2csc=None) -> Tensor",
       .composite = spmm_reduce},
  };
}

}  // namespace spinel::ops
