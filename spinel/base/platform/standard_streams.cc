#include "spinel/base/platform/standard_streams.h"

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#endif

namespace spinel {

void prepare_standard_streams() {
#ifndef _WIN32
  // Windows has neither SIGPIPE nor programs that start without the three handles' numbers being taken.
  std::signal(SIGPIPE, SIG_IGN);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // open() takes the lowest free number. Read-only for all three: a write to a closed stdout must fail, not vanish.
    if (open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY) < 0) return;
  }
#endif
}

}  // namespace spinel
