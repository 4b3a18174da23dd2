#include "spinel/registry/thread_state.h"

#include <chrono>
#include <mutex>
#include <thread>

#include "spinel/base/platform/process_barrier.h"

namespace spinel::registry::inline v1 {
namespace internal {

constinit std::atomic<uint64_t> current_epoch{1};
#if SPINEL_EXPORTED_THREAD_LOCAL
SPINEL_THREAD_LOCAL_POINTER ThreadState* thread_state_pointer = nullptr;
#else
static constinit thread_local ThreadState* thread_state_pointer = nullptr;
#endif

namespace {

/// All states ever made; only added to.
constinit std::atomic<ThreadState*> all_states{nullptr};

/// Gives the state back when the thread ends. A call in a later thread-local destructor takes another one, which then
/// stays taken.
struct Detach {
  ThreadState* state = nullptr;
  ~Detach() {
    if (state == nullptr) return;
    thread_state_pointer = nullptr;
    state->included = default_included_keys;
    state->excluded = default_excluded_keys;
    state->in_use.store(false, std::memory_order_release);
  }
};

ThreadState* take_state() {
  for (ThreadState* state = all_states.load(std::memory_order_acquire); state != nullptr; state = state->next) {
    bool free = false;
    if (state->in_use.compare_exchange_strong(free, true, std::memory_order_acquire)) return state;
  }
  static const bool barrier_works = process_barrier();
  auto* state = new ThreadState;
  state->needs_fence = !barrier_works;
  state->in_use.store(true, std::memory_order_relaxed);
  state->next = all_states.load(std::memory_order_relaxed);
  while (!all_states.compare_exchange_weak(state->next, state, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return state;
}

/// The epoch before which no running call began.
uint64_t oldest_running_epoch() {
  uint64_t oldest = ~uint64_t{0};
  for (ThreadState* state = all_states.load(std::memory_order_acquire); state != nullptr; state = state->next) {
    const uint64_t epoch = state->epoch.load(std::memory_order_acquire);
    if (epoch != 0 && epoch < oldest) oldest = epoch;
  }
  return oldest;
}

/// Begins a new epoch and returns the old one. Afterwards each call that began in the old one shows it.
uint64_t end_epoch() {
  const uint64_t ended = current_epoch.fetch_add(1, std::memory_order_seq_cst);
  if (!process_barrier()) std::atomic_thread_fence(std::memory_order_seq_cst);
  return ended;
}

}  // namespace

ThreadState* attach_thread() {
  if (thread_state_pointer != nullptr) return thread_state_pointer;
  static thread_local Detach detach;
  ThreadState* state = take_state();
  detach.state = state;
  thread_state_pointer = state;
  return state;
}

}  // namespace internal

void GarbageBin::add(Garbage* garbage) noexcept {
  garbage->next_garbage_ = new_;
  new_ = garbage;
}

Garbage* GarbageBin::collect() noexcept {
  if (new_ != nullptr) {
    const uint64_t ended = internal::end_epoch();
    while (new_ != nullptr) {
      Garbage* one = new_;
      new_ = one->next_garbage_;
      one->retired_at_ = ended;
      one->next_garbage_ = waiting_;
      waiting_ = one;
    }
  }
  if (waiting_ == nullptr) return nullptr;
  const uint64_t oldest = internal::oldest_running_epoch();
  Garbage* dead = nullptr;
  for (Garbage** link = &waiting_; *link != nullptr;) {
    Garbage* one = *link;
    if (one->retired_at_ < oldest) {
      *link = one->next_garbage_;
      one->next_garbage_ = dead;
      dead = one;
    } else {
      link = &one->next_garbage_;
    }
  }
  return dead;
}

void GarbageBin::free(Garbage* list) noexcept {
  while (list != nullptr) {
    Garbage* next = list->next_garbage_;
    delete list;
    list = next;
  }
}

bool wait_for_running_calls() {
  if (thread_state().depth != 0) return false;
  const uint64_t ended = internal::end_epoch();
  for (int tries = 0; internal::oldest_running_epoch() <= ended; ++tries) {
    if (tries < 64) std::this_thread::yield();
    else std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

}  // namespace spinel::registry::inline v1
