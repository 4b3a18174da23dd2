#include "spinel/kernels/cuda/row_reduction.h"
#include "spinel/kernels/cuda/spmm.h"

namespace spinel::kernels::cuda {

void spmm(const SpmmCall& call, Workspace& workspace) {
  raise_pending_fault();
  if (call.batch * call.width * call.a.rows == 0) return;
  by_row_element(call.dtype, [&](auto element) {
    using S = decltype(element);
    const SumOf<S> sum{call.mean, static_cast<S*>(call.y)};
    const RowReduction<SumOf<S>> r{call.batch, call.width, static_cast<const S*>(call.x), nullptr, sum};
    reduce_rows("spmm", call.a, r, pending_fault(), workspace);
  });
  raise_pending_fault();
}

}  // namespace spinel::kernels::cuda
