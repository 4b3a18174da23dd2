#include "spinel/kernels/cpu/max_pool.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/max_pool_rows.h"
#include "spinel/kernels/cpu/max_pool_ways.h"

namespace spinel::kernels {

size_t pool_index_size(PoolIndex index) {
  switch (index) {
    case PoolIndex::none: return 0;
    case PoolIndex::flat64: return 8;
    case PoolIndex::flat32: return 4;
    case PoolIndex::tap8: return 1;
  }
  return 0;
}

MaxPoolPlan plan_max_pool(const MaxPoolForward& call, int num_threads) {
  MaxPoolPlan plan;
  const bool coded = call.index_type != PoolIndex::none;
  // Rows of an input with channels side by side are read so even where those of the output lie apart.
  const bool side_by_side =
      call.x_strides.at[1] == 1 &&
      (call.x_strides.at[4] != 1 || (call.y_strides.at[1] == 1 && (!coded || call.index_strides.at[1] == 1)));
  const bool known = by_pool_type(call.dtype, [&](auto zero) {
    plan = plan_max_pool(call.geometry, side_by_side, sizeof(zero), coded, num_threads);
  });
  plan.whole_windows = !plan.scan && pools_whole_windows(call);
  if (plan.whole_windows) plan.scratch_bytes = 0;
  if (!known)
    fail(ErrorKind::invalid_argument, "max_pool: the elements are {}; a real number type is needed",
         to_string(call.dtype));
  return plan;
}

void max_pool_forward(const MaxPoolForward& call, const MaxPoolPlan& plan, void* scratch, const ParallelFor& parallel) {
  if (plan.scan) return pool_by_scan(call, plan.items, parallel);
  if (plan.whole_windows) return pool_whole_windows(call, plan.slots, parallel);
  pool_by_tiles(call, plan, scratch, parallel);
}

}  // namespace spinel::kernels
