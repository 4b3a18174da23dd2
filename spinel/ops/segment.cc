#include "spinel/ops/segment.h"

#include "spinel/base/error.h"
#include "spinel/ops/dtype.h"
#include "spinel/ops/executor.h"
#include "spinel/ops/segment_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/segment.h"
#endif

namespace spinel::ops {
namespace {

using kernels::SegmentReduce;

std::vector<TensorSpec> reduced_sizes(const SpecArguments& arguments) {
  const Size count = pointed_rows("segment_csr", arguments.tensor(1), "ptr");
  return {{with_first(count, arguments.tensor(0).sizes, "segment_csr"), {}, MemoryFormat::contiguous}};
}

std::vector<TensorSpec> extreme_sizes(const SpecArguments& arguments) {
  std::vector<TensorSpec> specs = reduced_sizes(arguments);
  specs.push_back(specs[0]);
  return specs;
}

template <SegmentReduce reduce>
void reduce_segments(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const char* const names[] = {"segment_sum_csr", "segment_mean_csr", "segment_min_csr", "segment_max_csr"};
  const Tensor src = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const SegmentOperands operands(host, arguments.tensor(1), arguments.optional_tensor(2), src, src.size(0),
                                 names[static_cast<int>(reduce)]);
  run_kernels(host, src.device(), operands.index(), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    auto* arg = results.size() > 1 ? index_data<Index>(results[1]) : nullptr;
    kernels::segment_reduce(operands.segments<Index>(), reduce, src.size(0), src.data(), results[0].data(), arg,
                            executor);
  });
}

// gather_csr(Tensor src, Tensor ptr, Tensor? perm, SymInt[] sizes) -> Tensor

/// Sizes among the arguments, none of them negative.
std::vector<Size> checked_sizes(std::vector<Size> sizes, const char* op) {
  for (const Size& size : sizes) {
    require(!size.is_number() || size.value() >= 0, "{}: sizes has {}; it must not be negative", op,
            size.is_number() ? size.value() : 0);
  }
  return sizes;
}

std::vector<TensorSpec> spread_sizes(const SpecArguments& arguments) {
  const std::vector<Size> sizes = arguments.sizes(3);
  require(sizes.size() == arguments.tensor(0).sizes.size() && !sizes.empty(),
          "gather_csr: src has {} dimensions and sizes {}; they must be as many", arguments.tensor(0).sizes.size(),
          sizes.size());
  return {{checked_sizes(sizes, "gather_csr"), {}, MemoryFormat::contiguous}};
}

template <SegmentReduce reduce>
void spread_segments(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const char* const op = "gather_csr";
  const Tensor src = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const Tensor& out = results[0];
  const SegmentOperands operands(host, arguments.tensor(1), arguments.optional_tensor(2), src, out.size(0), op);
  require(src.size(0) == operands.count() && width_of(out.sizes()) == operands.width(),
          "{}: src has {} rows of {} numbers, the result {} of {}; ptr has {} segments", op, src.size(0),
          operands.width(), out.size(0), width_of(out.sizes()), operands.count());
  run_kernels(host, src.device(), operands.index(), [&](auto zero, auto& executor) {
    kernels::segment_spread(operands.segments<decltype(zero)>(), reduce, src.data(), out.data(), executor);
  });
}

/// arg of a call as a list: as many as `like` has, each in [0, rows].
Tensor read_arg(const Host& host, const Tensor& arg, registry::IntArrayRef like, int64_t rows, const char* op) {
  const ScalarType dtype = arg.scalar_type();
  require(dtype == ScalarType::int32 || dtype == ScalarType::int64, "{}: arg is {}; indices are int32 or int64", op,
          registry::to_string(dtype));
  int64_t count = 1;
  for (const int64_t size : like) count *= size;
  require(arg.numel() == count, "{}: arg has {} numbers; {} are needed", op, arg.numel(), count);
  const Tensor list = host.contiguous(arg, MemoryFormat::contiguous);
  run_kernels(host, arg.device(), kernel_dtype(dtype), [&](auto zero, auto& executor) {
    const auto* data = index_data<decltype(zero)>(list);
    const int64_t bad = kernels::first_outside(count, data, rows + 1, executor);
    require(bad == kernels::all_sound, "{}: arg holds {}; it must lie in [0, {}]", op,
            bad == kernels::all_sound ? 0 : number_at(data, bad, executor), rows);
  });
  return list;
}

// _segment_place(Tensor grad, Tensor arg, SymInt[] sizes) -> Tensor

/// Rows of one operand that become rows of another: of as many dimensions, and at least one.
void check_rank(const char* op, const char* name, const std::vector<Size>& sizes, const std::vector<Size>& other) {
  require(!sizes.empty() && sizes.size() == other.size(),
          "{}: {} has {} dimensions and the other operand {}; they must be as many, and at least 1", op, name,
          sizes.size(), other.size());
}

std::vector<TensorSpec> place_sizes(const SpecArguments& arguments) {
  check_rank("_segment_place", "sizes", arguments.sizes(2), arguments.tensor(0).sizes);
  return {{checked_sizes(arguments.sizes(2), "_segment_place"), {}, MemoryFormat::contiguous}};
}

void place_segments(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor grad = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const int64_t rows = results[0].size(0);
  const Tensor arg = read_arg(host, arguments.tensor(1), grad.sizes(), rows, "_segment_place");
  require(width_of(results[0].sizes()) == width_of(grad.sizes()), "_segment_place: rows of {} numbers become {}",
          width_of(grad.sizes()), width_of(results[0].sizes()));
  run_kernels(host, arg.device(), kernel_dtype(arg.scalar_type()), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const kernels::Segments<Index> segments{
        .dtype = segment_dtype(grad, "_segment_place"), .count = grad.size(0), .width = width_of(grad.sizes())};
    kernels::segment_place(segments, rows, grad.data(), index_data<Index>(arg), results[0].data(), executor);
  });
}

// _segment_pick(Tensor src, Tensor arg) -> Tensor

std::vector<TensorSpec> pick_sizes(const SpecArguments& arguments) {
  check_rank("_segment_pick", "arg", arguments.tensor(1).sizes, arguments.tensor(0).sizes);
  return {{arguments.tensor(1).sizes, {}, MemoryFormat::contiguous}};
}

void pick_segments(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor src = host.contiguous(arguments.tensor(0), MemoryFormat::contiguous);
  const Tensor& out = results[0];
  const Tensor arg = read_arg(host, arguments.tensor(1), out.sizes(), src.size(0), "_segment_pick");
  require(width_of(src.sizes()) == width_of(out.sizes()), "_segment_pick: rows of {} numbers become {}",
          width_of(src.sizes()), width_of(out.sizes()));
  run_kernels(host, arg.device(), kernel_dtype(arg.scalar_type()), [&](auto zero, auto& executor) {
    using Index = decltype(zero);
    const kernels::Segments<Index> segments{
        .dtype = segment_dtype(src, "_segment_pick"), .count = out.size(0), .width = width_of(src.sizes())};
    kernels::segment_pick(segments, src.size(0), src.data(), index_data<Index>(arg), out.data(), executor);
  });
}

std::vector<ScalarType> own_dtype(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }
std::vector<ScalarType> extreme_dtypes(const SpecArguments& arguments) {
  return {arguments.tensor(0).dtype, arguments.tensor(1).dtype};
}

OpDef segment_op(std::string schema, SizesRule sizes, Forward cpu, const char* derivative) {
  const char* const argument = schema.find("(Tensor grad") != std::string::npos ? "grad" : "src";
  return {.schema = std::move(schema),
          .elements = Elements::real,
          .sizes = sizes,
          .dtypes = sizes == extreme_sizes ? extreme_dtypes : own_dtype,
          .cpu = cpu,
          .cuda = also_on_cuda(cpu),
          .derivatives = {{argument, derivative}}};
}

}  // namespace

std::vector<OpDef> segment_operators() {
  const std::string arguments = "(Tensor src, Tensor ptr, Tensor? perm=None) -> ";
  const std::string spread = "(Tensor src, Tensor ptr, Tensor? perm, SymInt[] sizes) -> Tensor";
  return {
      segment_op("segment_sum_csr" + arguments + "Tensor", reduced_sizes, reduce_segments<SegmentReduce::sum>,
                 "gather_csr(grad0, ptr, perm, sizes(src))"),
      segment_op("segment_mean_csr" + arguments + "Tensor", reduced_sizes, reduce_segments<SegmentReduce::mean>,
                 "_gather_mean_csr(grad0, ptr, perm, sizes(src))"),
      segment_op("segment_min_csr" + arguments + "(Tensor values, Tensor arg)", extreme_sizes,
                 reduce_segments<SegmentReduce::min>, "_segment_place(grad0, result1, sizes(src))"),
      segment_op("segment_max_csr" + arguments + "(Tensor values, Tensor arg)", extreme_sizes,
                 reduce_segments<SegmentReduce::max>, "_segment_place(grad0, result1, sizes(src))"),
      segment_op("gather_csr" + spread, spread_sizes, spread_segments<SegmentReduce::sum>,
                 "segment_sum_csr(grad0, ptr, perm)"),
      segment_op("_gather_mean_csr" + spread, spread_sizes, spread_segments<SegmentReduce::mean>,
                 "segment_mean_csr(grad0, ptr, perm)"),
      segment_op("_segment_place(Tensor grad, Tensor arg, SymInt[] sizes) -> Tensor", place_sizes, place_segments,
                 "_segment_pick(grad0, arg)"),
      segment_op("_segment_pick(Tensor src, Tensor arg) -> Tensor", pick_sizes, pick_segments,
                 "_segment_place(grad0, arg, sizes(src))"),
  };
}

}  // namespace spinel::ops
