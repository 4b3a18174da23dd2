// What the dispatcher keeps for each thread: included and excluded keys, and whether the thread is inside a call.
#pragma once

#include <atomic>
#include <cstdint>

#include "spinel/base/platform/exported_thread_local.h"
#include "spinel/registry/dispatch_key_set.h"

namespace spinel::registry::inline v1 {

/// One per thread, never freed: a thread that ends leaves its state to a later one.
struct ThreadState {
  DispatchKeySet included = default_included_keys;
  DispatchKeySet excluded = default_excluded_keys;
  uint32_t depth = 0;  ///< how many calls the thread is inside
  bool needs_fence = false;
  std::atomic<bool> in_use{false};
  std::atomic<uint64_t> epoch{0};  ///< that at which the outermost call began; 0 outside
  ThreadState* next = nullptr;
};

namespace internal {
/// Gives the calling thread its state.
ThreadState* attach_thread();
extern std::atomic<uint64_t> current_epoch;
#if SPINEL_EXPORTED_THREAD_LOCAL
extern SPINEL_THREAD_LOCAL_POINTER ThreadState* thread_state_pointer;
#endif
}  // namespace internal

inline ThreadState& thread_state() {
#if SPINEL_EXPORTED_THREAD_LOCAL
  ThreadState* state = internal::thread_state_pointer;
  if (state == nullptr) [[unlikely]]
    state = internal::attach_thread();
  return *state;
#else
  return *internal::attach_thread();
#endif
}

/// While one lives, nothing that the thread may have read from the registry is freed and no library is closed.
class ReadSection {
 public:
  explicit ReadSection(ThreadState& state) noexcept : state_(state) {
    if (state.depth++ != 0) return;
    state.epoch.store(internal::current_epoch.load(std::memory_order_relaxed), std::memory_order_relaxed);
    // The store must be visible before what follows is read. A writer makes it so with a barrier on all threads.
    if (state.needs_fence) [[unlikely]]
      std::atomic_thread_fence(std::memory_order_seq_cst);
    else std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~ReadSection() {
    if (--state_.depth == 0) state_.epoch.store(0, std::memory_order_release);
  }
  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;

 private:
  ThreadState& state_;
};

/// What was taken out of the registry and may still be read by calls that run. Freed by its virtual destructor.
class Garbage {
 public:
  virtual ~Garbage() = default;

 private:
  friend class GarbageBin;
  Garbage* next_garbage_ = nullptr;
  uint64_t retired_at_ = 0;
};

/// Keeps garbage until no call that began before it was thrown away still runs (epoch-based reclamation). Not locked:
/// the registry's lock guards it.
class GarbageBin {
 public:
  /// Takes ownership. Whoever calls has already unlinked it from all that calls can reach.
  void add(Garbage* garbage) noexcept;
  /// What no call can reach any more, as a list for free(); call this under the lock and free() outside it, since
  /// destructors of kernels may do anything.
  Garbage* collect() noexcept;
  static void free(Garbage* list) noexcept;

 private:
  Garbage* new_ = nullptr;  ///< since the last collect()
  Garbage* waiting_ = nullptr;
};

/// Waits until all calls that run now have ended. False at once if the calling thread is inside a call itself.
bool wait_for_running_calls();

}  // namespace spinel::registry::inline v1
