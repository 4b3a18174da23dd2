// The tags that a definition may carry, under PyTorch's names.
#pragma once

#include <string_view>

#define SPINEL_COMPAT_FOR_EACH_TAG(X) \
  X(core)                             \
  X(cudagraph_unsafe)                 \
  X(data_dependent_output)            \
  X(dynamic_output_shape)             \
  X(flexible_layout)                  \
  X(generated)                        \
  X(inplace)                          \
  X(inplace_view)                     \
  X(maybe_aliasing_or_mutating)       \
  X(needs_contiguous_strides)         \
  X(needs_exact_strides)              \
  X(needs_fixed_stride_order)         \
  X(nondeterministic_bitwise)         \
  X(nondeterministic_seeded)          \
  X(out)                              \
  X(out_variant)                      \
  X(pointwise)                        \
  X(pt2_compliant_tag)                \
  X(reduction)                        \
  X(view_copy)

namespace at {
inline namespace spinel_v1 {

enum class Tag {
#define SPINEL_COMPAT_TAG(name) name,
  SPINEL_COMPAT_FOR_EACH_TAG(SPINEL_COMPAT_TAG)
#undef SPINEL_COMPAT_TAG
};

inline std::string_view tag_name(Tag tag) {
  constexpr std::string_view names[] = {
#define SPINEL_COMPAT_TAG(name) #name,
      SPINEL_COMPAT_FOR_EACH_TAG(SPINEL_COMPAT_TAG)
#undef SPINEL_COMPAT_TAG
  };
  return names[static_cast<size_t>(tag)];
}

}  // namespace spinel_v1
}  // namespace at
