#include "spinel/base/platform/process_barrier.h"

#ifdef _WIN32
#include <windows.h>
#elif defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spinel {

bool process_barrier() noexcept {
#ifdef _WIN32
  FlushProcessWriteBuffers();
  return true;
#elif defined(__linux__) && defined(SYS_membarrier)
  // A process says once that it wants expedited barriers. Kernels before 4.14 and some sandboxes refuse.
  static const bool registered = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
#else
  return false;
#endif
}

}  // namespace spinel
