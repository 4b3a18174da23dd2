// Elements of a tensor by index, for sources that use headers of PyTorch alone.
#pragma once

#include "ATen/core/TensorAccessor.h"

namespace torch {
namespace headeronly {
inline namespace spinel_v1 {
using at::DefaultPtrTraits;
template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits, typename Index = int64_t>
using HeaderOnlyTensorAccessor = at::TensorAccessor<T, N, PtrTraits, Index>;
}  // namespace spinel_v1
}  // namespace headeronly
}  // namespace torch
