// How CUDA kernels report indices that lead out of their arrays: they do not read there, and leave a note.
#pragma once

#include "spinel/kernels/cpu/csr_check.h"
#include "spinel/kernels/cuda/launch.h"

namespace spinel::kernels::cuda {

/// What is out of place; each operator says which of them it knows.
enum class FaultKind : int { none, row, column, entry, selected, node };

/// The first note of a kernel; others are dropped.
struct Fault {
  int claimed = 0;
  FaultKind kind = FaultKind::none;
  long long place = 0, found = 0, other = 0, bound = 0;
  CsrNames names;  ///< of messages
};

__device__ inline void report(Fault* fault, FaultKind kind, int64_t place, int64_t found, int64_t other = 0,
                              int64_t bound = 0, const CsrNames* names = nullptr) {
  if (atomicCAS(&fault->claimed, 0, 1) != 0) return;
  fault->place = place;
  fault->found = found;
  fault->other = other;
  fault->bound = bound;
  if (names) fault->names = *names;
  __threadfence_system();
  *static_cast<volatile FaultKind*>(&fault->kind) = kind;
}

/// The notes of a call that waits for its kernels.
class AwaitedFault {
 public:
  AwaitedFault(const char* op, Workspace& workspace);
  Fault* get() const { return fault_; }
  /// Waits for all that is queued; kind none: nothing was out of place.
  Fault wait() const;

 private:
  const char* op_;
  Workspace& workspace_;
  Fault* fault_;
};

/// Notes of calls that do not wait, in memory that the host reads without asking the device: one for each device, the
/// current one's here.
Fault* pending_fault();
/// Throws what kernels of earlier calls on the current device have noted, once: `rowptr`, `col`, `csr2csc` or selected
/// entries out of range, as the CPU's kernels say it.
void raise_pending_fault();

/// One number of the device's memory, once all that is queued is done.
template <typename Number>
Number read_index(const char* op, const Workspace& workspace, const Number* from) {
  Number number = 0;
  check_cuda(cudaMemcpyAsync(&number, from, sizeof number, cudaMemcpyDeviceToHost, queue_of(workspace)), op);
  check_cuda(cudaStreamSynchronize(queue_of(workspace)), op);
  return number;
}

}  // namespace spinel::kernels::cuda
