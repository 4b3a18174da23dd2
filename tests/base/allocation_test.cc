#include "spinel/base/allocation.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace spinel {
namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

/// Page faults of the second of two blocks that are allocated, filled and freed in turn.
[[maybe_unused]] long faults_of_second_block(size_t size) {
  long faults = 0;
  for (int i = 0; i < 2; ++i) {
    const long before = page_faults();
    void* block = std::malloc(size);
    std::memset(block, 1, size);
    asm volatile("" : : "r"(block) : "memory");
    std::free(block);
    faults = page_faults() - before;
  }
  return faults;
}

/// Runs in a child, as the settings stay for the process.
int status_of(int (*action)()) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#if defined(__GLIBC__) && \
    !(defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)))
TEST(Allocation, FreedBlocksAreReusedWithoutPageFaults) {
  constexpr size_t size = 48 << 20;
  EXPECT_EQ(status_of([] { return faults_of_second_block(size) > 100 ? 0 : 1; }), 0);
  EXPECT_EQ(status_of([] {
              apply_allocation_policy();
              return faults_of_second_block(size) < 100 ? 0 : 1;
            }),
            0);
}

TEST(Allocation, TheUsersOwnSettingsWin) {
  EXPECT_EQ(status_of([] {
              setenv("MALLOC_MMAP_THRESHOLD_", "131072", 1);
              setenv("MALLOC_TRIM_THRESHOLD_", "131072", 1);
              apply_allocation_policy();
              return faults_of_second_block(48 << 20) > 100 ? 0 : 1;
            }),
            0);
}
#endif

TEST(Allocation, ThePeakGrowsWithUse) {
  EXPECT_EQ(status_of([] {
              const int64_t before = peak_memory();
              void* block = std::malloc(64 << 20);
              std::memset(block, 1, 64 << 20);
              asm volatile("" : : "r"(block) : "memory");
              std::free(block);
              release_unused_memory();
              return peak_memory() - before > 48 << 20 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace spinel
