#include "tests/support/allocation_fault.h"

#include <cstdlib>

namespace spinel {
namespace {
thread_local bool active = false;
thread_local bool persistent_fault = false;
thread_local int64_t remaining = 0;
thread_local bool has_fired = false;

bool fails() {
  if (!active || (remaining > 0 && --remaining > 0)) return false;
  if (has_fired && !persistent_fault) return false;
  return has_fired = true;
}
}  // namespace

FailingAllocation::FailingAllocation(int64_t k, bool persistent) {
  remaining = k;
  persistent_fault = persistent;
  has_fired = false;
  active = true;
}
FailingAllocation::~FailingAllocation() { active = false; }
bool FailingAllocation::fired() const { return has_fired; }

AllocationsSucceed::AllocationsSucceed() : active_(active) { active = false; }
AllocationsSucceed::~AllocationsSucceed() { active = active_; }

namespace {
void* allocate(size_t size, size_t alignment) {
  if (fails()) throw std::bad_alloc();
  void* memory = alignment == 0 ? std::malloc(size ? size : 1)
                                : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}
}  // namespace
}  // namespace spinel

void* operator new(size_t size) { return spinel::allocate(size, 0); }
void* operator new[](size_t size) { return spinel::allocate(size, 0); }
void* operator new(size_t size, std::align_val_t alignment) {
  return spinel::allocate(size, static_cast<size_t>(alignment));
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return spinel::allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
