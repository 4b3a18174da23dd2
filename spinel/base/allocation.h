// The allocation policy of our programs, decided once: how malloc gets and keeps memory.
#pragma once

#include <cstdint>

namespace spinel {

/// Called at the start of main. Blocks below 1 GiB are reused by the process instead of going back to the system at
/// each free, because the first touch of fresh pages costs more than most operators do with them (figures in
/// allocation.cc). Variables of glibc that the user has set (MALLOC_TRIM_THRESHOLD_ and the like) win.
/// Does nothing where the C library has no such settings.
void apply_allocation_policy();

/// Gives what the process keeps but does not use back to the system.
void release_unused_memory();

/// The most memory that the process has held so far, bytes; 0 where the system does not tell.
int64_t peak_memory();

}  // namespace spinel
