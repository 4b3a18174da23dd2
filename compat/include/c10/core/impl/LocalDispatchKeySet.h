// Guards of the thread's dispatch keys under PyTorch's names.
#pragma once

#include "c10/core/DispatchKeySet.h"
#include "spinel/registry/dispatch_guards.h"

namespace c10 {
inline namespace spinel_v1 {
namespace impl {

using ::spinel::registry::ExcludeDispatchKeyGuard;
using ::spinel::registry::IncludeDispatchKeyGuard;

struct LocalDispatchKeySet {
  DispatchKeySet included_, excluded_;
};
inline LocalDispatchKeySet tls_local_dispatch_key_set() {
  const auto& state = ::spinel::registry::thread_state();
  return {state.included, state.excluded};
}
inline bool tls_is_dispatch_key_excluded(DispatchKey key) { return tls_local_dispatch_key_set().excluded_.has(key); }
inline bool tls_is_dispatch_key_included(DispatchKey key) { return tls_local_dispatch_key_set().included_.has(key); }

}  // namespace impl

/// Tensors made meanwhile and all calls stay outside autograd.
class InferenceMode {
 public:
  explicit InferenceMode(bool enabled = true) {
    if (enabled) guard_.emplace();
  }

 private:
  std::optional<::spinel::registry::AutoDispatchBelowADInplaceOrView> guard_;
};

}  // namespace spinel_v1
}  // namespace c10
