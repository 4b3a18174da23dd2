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
/// Null where there is no memory.
void* allocate(size_t size, size_t alignment) noexcept {
  if (fails()) return nullptr;
  if (alignment == 0) return std::malloc(size ? size : 1);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* allocate_or_throw(size_t size, size_t alignment) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}
}  // namespace
}  // namespace spinel

using std::align_val_t, std::nothrow_t;
void* operator new(size_t n) { return spinel::allocate_or_throw(n, 0); }
void* operator new[](size_t n) { return spinel::allocate_or_throw(n, 0); }
void* operator new(size_t n, align_val_t a) { return spinel::allocate_or_throw(n, static_cast<size_t>(a)); }
void* operator new[](size_t n, align_val_t a) { return spinel::allocate_or_throw(n, static_cast<size_t>(a)); }
void* operator new(size_t n, const nothrow_t&) noexcept { return spinel::allocate(n, 0); }
void* operator new[](size_t n, const nothrow_t&) noexcept { return spinel::allocate(n, 0); }
void* operator new(size_t n, align_val_t a, const nothrow_t&) noexcept {
  return spinel::allocate(n, static_cast<size_t>(a));
}
void* operator new[](size_t n, align_val_t a, const nothrow_t&) noexcept {
  return spinel::allocate(n, static_cast<size_t>(a));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
