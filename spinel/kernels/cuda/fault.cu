#include <array>
#include <mutex>

#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cuda/fault.h"

namespace spinel::kernels::cuda {

DeviceScope::DeviceScope(int device) {
  if (device < 0) return;
  check_cuda(cudaGetDevice(&before_), "device");
  if (before_ != device) check_cuda(cudaSetDevice(device), "device");
}
DeviceScope::~DeviceScope() {
  if (before_ >= 0) static_cast<void>(cudaSetDevice(before_));
}

AwaitedFault::AwaitedFault(const char* op, Workspace& workspace)
    : op_(op), workspace_(workspace), fault_(workspace.array<Fault>(1)) {
  check_cuda(cudaMemsetAsync(fault_, 0, sizeof(Fault), queue_of(workspace)), op);
}

Fault AwaitedFault::wait() const {
  Fault found;
  check_cuda(cudaMemcpyAsync(&found, fault_, sizeof(Fault), cudaMemcpyDeviceToHost, queue_of(workspace_)), op_);
  check_cuda(cudaStreamSynchronize(queue_of(workspace_)), op_);
  return found;
}

Fault* pending_fault() {
  static std::mutex mutex;
  static std::array<Fault*, 64> faults{};
  int device = 0;
  check_cuda(cudaGetDevice(&device), "device");
  const std::lock_guard lock(mutex);
  Fault*& fault = faults[static_cast<size_t>(device) % faults.size()];
  if (fault == nullptr) {
    check_cuda(cudaHostAlloc(&fault, sizeof(Fault), cudaHostAllocMapped | cudaHostAllocPortable), "device");
    *fault = Fault{};
  }
  return fault;
}

void raise_pending_fault() {
  Fault* const fault = pending_fault();
  const FaultKind kind = *static_cast<volatile FaultKind*>(&fault->kind);
  if (kind == FaultKind::none) return;
  const Fault found = *fault;
  *fault = Fault{};
  if (kind == FaultKind::row) fail_row(found.names, found.place, {found.found, found.other}, found.bound);
  if (kind == FaultKind::column) fail_column(found.names, found.place, found.found, found.other);
  if (kind == FaultKind::selected) {
    fail(ErrorKind::invalid_argument, "{}: entries[{}] is {}; it must be an entry of its row, or {} for none",
         found.names.op, found.place, found.found, found.other);
  }
  fail_index(found.names.op, "csr2csc", found.place, found.found, found.other, "entries");
}

}  // namespace spinel::kernels::cuda
