// Sets of dispatch keys under PyTorch's name.
#pragma once

#include "c10/core/DispatchKey.h"
#include "spinel/registry/dispatch_key_set.h"

namespace c10 {
inline namespace spinel_v1 {

using ::spinel::registry::DispatchKeySet;

constexpr DispatchKeySet autograd_dispatch_keyset = ::spinel::registry::autograd_keys;
constexpr DispatchKeySet autocast_dispatch_keyset = ::spinel::registry::autocast_keys;
constexpr DispatchKeySet after_autograd_keyset = ::spinel::registry::after_autograd_keys;
constexpr DispatchKeySet after_ADInplaceOrView_keyset = ::spinel::registry::after_ad_inplace_or_view_keys;

}  // namespace spinel_v1
}  // namespace c10
