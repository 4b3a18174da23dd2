// What the processor and the system offer to this process.
#pragma once

namespace spinel {

/// Cores that the process may run on: its affinity mask, which batch systems and taskset set; at least 1.
int available_cores();

}  // namespace spinel
