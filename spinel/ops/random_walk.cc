#include "spinel/ops/random_walk.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/random_walk.h"
#include "spinel/ops/executor.h"
#include "spinel/ops/sparse_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/random_walk.h"
#endif

namespace spinel::ops {
namespace {

using kernels::by_index;

const TensorSpec& checked_start(const SpecArguments& arguments) {
  const TensorSpec& start = arguments.tensor(2);
  require(start.sizes.size() == 1, "random_walk: start has {} dimensions; it must have one", start.sizes.size());
  return start;
}

std::vector<TensorSpec> walk_sizes(const SpecArguments& arguments) {
  const int64_t length = arguments.integer(3);
  require(length >= 0, "random_walk: walk_length is {}; it must not be negative", length);
  require(length < INT64_MAX, "random_walk: walk_length is {}; it must be less than 2^63 - 1", length);
  const Size walks = checked_start(arguments).sizes[0];
  return {{.sizes = {walks, length + 1}}, {.sizes = {walks, length}}};
}

std::vector<TensorSpec> walked_node_sizes(const SpecArguments& arguments) {
  std::vector<TensorSpec> both = walk_sizes(arguments);
  both.pop_back();
  return both;
}

std::vector<TensorSpec> given_sizes(const SpecArguments& arguments) {
  const TensorSpec& uniform = arguments.tensor(3);
  require(uniform.sizes.size() == 2, "random_walk: uniform has {} dimensions; it must have two", uniform.sizes.size());
  const Size walks = checked_start(arguments).sizes[0], length = uniform.sizes[1];
  return {{.sizes = {walks, length + 1}}, {.sizes = {walks, length}}};
}

/// The index tensors of a call, which the problem of the kernel points to.
class Walks {
 public:
  Walks(const Host& host, Arguments arguments, std::span<Tensor> results)
      : csr_(host, arguments.tensor(0), arguments.tensor(1), {.op = "random_walk"}),
        start_(csr_.list(host, arguments.tensor(2), "start")),
        results_(results) {}

  /// Calls `function` with the kernels' problem, of the index type.
  template <typename F>
  void with_problem(F&& function) const {
    by_index(csr_.index(), [&](auto zero) {
      using Index = decltype(zero);
      kernels::WalkProblem<Index> problem{.graph = csr_.graph<Index>(),
                                          .start = start_.data<Index>(),
                                          .num_walks = start_.size(),
                                          .length = results_[0].size(1) - 1,
                                          .nodes = static_cast<Index*>(results_[0].data())};
      if (results_.size() > 1) problem.edges = static_cast<Index*>(results_[1].data());
      if (problem.num_walks > 0) function(problem);
    });
  }

 private:
  CsrArrays csr_;
  IndexArray start_;
  std::span<Tensor> results_;
};

void walk_by(const Host& host, Arguments arguments, std::span<Tensor> results, const Tensor& uniform) {
  Walks(host, arguments, results).with_problem([&](const auto& problem) {
    const auto* draws = static_cast<const float*>(uniform.data());
    on_device(host, results[0].device(), [&](auto& executor) { kernels::random_walk(problem, draws, executor); });
  });
}

void walk(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const int64_t walks = results[0].size(0), length = results[0].size(1) - 1;
  walk_by(host, arguments, results, host.uniform({walks, length}, results[0].device()));
}

void walk_by_given(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor uniform = host.contiguous(arguments.tensor(3), MemoryFormat::contiguous);
  require(uniform.scalar_type() == ScalarType::float32, "random_walk: uniform is {}; it must be float32",
          registry::to_string(uniform.scalar_type()));
  require(uniform.size(0) == results[0].size(0), "random_walk: uniform has {} rows but there are {} walks",
          uniform.size(0), results[0].size(0));
  walk_by(host, arguments, results, uniform);
}

double checked_weight(Arguments arguments, size_t index, const char* name) {
  const double value = arguments.number(index);
  require(value >= 1e-100 && value <= 1e100, "random_walk: {} is {}; it must lie in [1e-100, 1e100]", name, value);
  return value;
}

void walk_node2vec(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const kernels::Node2VecOptions options{.p = checked_weight(arguments, 4, "p"),
                                         .q = checked_weight(arguments, 5, "q"),
                                         .is_sorted = arguments.boolean(6),
                                         .seed = host.random()};
  // Then all out-edges weigh the same.
  if (options.p == 1 && options.q == 1) return walk(host, arguments, results);
  Walks(host, arguments, results).with_problem([&](const auto& problem) {
    on_device(host, results[0].device(), [&](auto& executor) { kernels::node2vec_walk(problem, options, executor); });
  });
}

}  // namespace

std::vector<OpDef> random_walk_operators() {
  return {{.schema = "random_walk(Tensor rowptr, Tensor col, Tensor start, int walk_length) -> Tensor",
           .sizes = walked_node_sizes,
           .dtypes = alike_index_dtypes<1>,
           .cpu = walk,
           .cuda = also_on_cuda(walk),
           .is_random = true},
          {.schema = "_random_walk(Tensor rowptr, Tensor col, Tensor start, Tensor uniform) -> (Tensor nodes, Tensor "
                     "edges)",
           .sizes = given_sizes,
           .dtypes = alike_index_dtypes<2>,
           .cpu = walk_by_given,
           .cuda = also_on_cuda(walk_by_given)},
          {.schema = "node2vec_walk(Tensor rowptr, Tensor col, Tensor start, int walk_length, float p=1., float q=1., "
                     "bool is_sorted=False) -> (Tensor nodes, Tensor edges)",
           .sizes = walk_sizes,
           .dtypes = alike_index_dtypes<2>,
           .cpu = walk_node2vec,
           .cuda = also_on_cuda(walk_node2vec),
           .is_random = true}};
}

}  // namespace spinel::ops
