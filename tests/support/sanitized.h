// Whether this build has a sanitizer's run-time, which changes what the system sees of a program.
#pragma once

namespace spinel {

#if defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

}  // namespace spinel
