#include "spinel/base/allocation.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifndef _WIN32
#include <sys/resource.h>
#endif

#include <cstdlib>

namespace spinel {

#ifdef __GLIBC__
namespace {
constexpr int reuse_below = 1 << 30;
constexpr int growth = 64 << 20;  // bytes by which the heap grows at least: fewer calls of brk
}  // namespace

void apply_allocation_policy() {
  // glibc maps blocks above 128 KiB one by one and unmaps them at free, so that each new tensor starts with page
  // faults. Writing to 64 MiB blocks, allocated and freed in turn: 0.6 GB/s by default, 3.4 GB/s with huge pages asked
  // for by madvise, 8.9 GB/s with these settings (best of 8, glibc 2.36, two shared cores). Huge pages on top are left
  // to the variable GLIBC_TUNABLES=glibc.malloc.hugetlb=1, as they cannot be asked for after the start. A fixed
  // threshold also switches off glibc's own adjustment, which stops at 32 MiB.
  if (!std::getenv("MALLOC_MMAP_THRESHOLD_")) mallopt(M_MMAP_THRESHOLD, reuse_below);
  if (!std::getenv("MALLOC_TRIM_THRESHOLD_")) mallopt(M_TRIM_THRESHOLD, reuse_below);
  if (!std::getenv("MALLOC_TOP_PAD_")) mallopt(M_TOP_PAD, growth);
}

void release_unused_memory() { malloc_trim(0); }
#else
void apply_allocation_policy() {}
void release_unused_memory() {}
#endif

int64_t peak_memory() {
#ifdef _WIN32
  return 0;
#else
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return usage.ru_maxrss;
#else
  return int64_t{usage.ru_maxrss} * 1024;
#endif
#endif
}

}  // namespace spinel
