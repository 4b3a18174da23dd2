#include "spinel/ops/spmm_operands.h"
#ifdef SPINEL_CUDA
#include "spinel/kernels/cuda/spmm.h"
#include "spinel/ops/executor.h"
#endif

namespace spinel::ops {
#ifdef SPINEL_CUDA
namespace {

/// Runs `kernel` on what `operands` makes of the arguments.
template <auto operands, auto kernel>
void run_on_cuda(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  kernel(operands(host, arguments, results[0]).call, workspace);
}

void spmm_on_cuda(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  kernels::cuda::spmm(product_operands(host, arguments, arguments.boolean(7), results[0]).call, workspace);
}

void spmm_paired_on_cuda(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  kernels::cuda::spmm(product_operands(host, arguments, false, results[0]).call, workspace);
}

void select_on_cuda(const Host& host, Arguments arguments, std::span<Tensor> results) {
  CudaWorkspace workspace(host, results[0].device());
  kernels::cuda::spmm_select(select_operands(host, arguments, results).call, workspace);
}

}  // namespace

constinit const Forward spmm_cuda = spmm_on_cuda, spmm_paired_cuda = spmm_paired_on_cuda,
                        spmm_transposed_cuda = run_on_cuda<transposed_operands, kernels::cuda::spmm>,
                        sampled_product_cuda = run_on_cuda<sampled_operands, kernels::cuda::sampled_product>,
                        spmm_select_cuda = select_on_cuda,
                        selected_product_cuda = run_on_cuda<selected_product_operands, kernels::cuda::selected_product>,
                        selected_transposed_cuda =
                            run_on_cuda<selected_transposed_operands, kernels::cuda::selected_transposed>,
                        selected_sampled_cuda = run_on_cuda<selected_sampled_operands, kernels::cuda::selected_sampled>;
#else
constinit const Forward spmm_cuda = nullptr, spmm_paired_cuda = nullptr, spmm_transposed_cuda = nullptr,
                        sampled_product_cuda = nullptr, spmm_select_cuda = nullptr, selected_product_cuda = nullptr,
                        selected_transposed_cuda = nullptr, selected_sampled_cuda = nullptr;
#endif

}  // namespace spinel::ops
