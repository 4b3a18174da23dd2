// Guards that change, for the calling thread and their own lifetime, which dispatch keys calls carry.
#pragma once

#include "spinel/registry/thread_state.h"

namespace spinel::registry::inline v1 {

/// Adds keys to every call of the thread. Keys that are excluded stay so.
class IncludeDispatchKeyGuard {
 public:
  explicit IncludeDispatchKeyGuard(DispatchKeySet keys) : saved_(thread_state().included) {
    thread_state().included = saved_ | keys;
  }
  ~IncludeDispatchKeyGuard() { thread_state().included = saved_; }
  IncludeDispatchKeyGuard(const IncludeDispatchKeyGuard&) = delete;
  IncludeDispatchKeyGuard& operator=(const IncludeDispatchKeyGuard&) = delete;

 private:
  DispatchKeySet saved_;
};

/// Takes keys out of every call of the thread. Excluding one backend's autograd key excludes autograd altogether.
class ExcludeDispatchKeyGuard {
 public:
  explicit ExcludeDispatchKeyGuard(DispatchKeySet keys) : saved_(thread_state().excluded) {
    thread_state().excluded = saved_ | keys;
  }
  ~ExcludeDispatchKeyGuard() { thread_state().excluded = saved_; }
  ExcludeDispatchKeyGuard(const ExcludeDispatchKeyGuard&) = delete;
  ExcludeDispatchKeyGuard& operator=(const ExcludeDispatchKeyGuard&) = delete;

 private:
  DispatchKeySet saved_;
};

/// Whether the thread's calls skip autograd.
inline bool is_below_autograd() { return thread_state().excluded.has(DispatchKey::AutogradFunctionality); }

/// For the inside of an Autograd kernel that calls its operator again: autograd is skipped.
struct AutoDispatchBelowAutograd {
  ExcludeDispatchKeyGuard guard{autograd_keys};
};

/// The same for kernels of ADInplaceOrView: that key and autograd are skipped.
struct AutoDispatchBelowADInplaceOrView {
  ExcludeDispatchKeyGuard guard{autograd_keys | DispatchKeySet(DispatchKey::ADInplaceOrView)};
};

}  // namespace spinel::registry::inline v1
