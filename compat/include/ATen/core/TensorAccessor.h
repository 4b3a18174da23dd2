// Elements of a tensor by index, for kernels: accessor<float, 2>()[i][j].
#pragma once

#include <cstddef>
#include <cstdint>

#include "c10/macros/Macros.h"
#include "c10/util/ArrayRef.h"

namespace at {
inline namespace spinel_v1 {

using c10::ArrayRef;
using c10::IntArrayRef;

template <typename T>
struct DefaultPtrTraits {
  using PtrType = T*;
};
#if defined(__CUDACC__) || defined(__HIPCC__)
template <typename T>
struct RestrictPtrTraits {
  using PtrType = T* __restrict__;
};
#endif

/// Points into the tensor's memory and sizes; valid as long as the tensor. Nothing is checked against the sizes.
template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits, typename Index = int64_t>
class TensorAccessor {
 public:
  using PtrType = typename PtrTraits<T>::PtrType;

  C10_HOST_DEVICE TensorAccessor(PtrType data, const Index* sizes, const Index* strides)
      : data_(data), sizes_(sizes), strides_(strides) {}

  C10_HOST_DEVICE decltype(auto) operator[](Index index) const {
    if constexpr (N == 1) return (data_[strides_[0] * index]);
    else return TensorAccessor<T, N - 1, PtrTraits, Index>(data_ + strides_[0] * index, sizes_ + 1, strides_ + 1);
  }
  C10_HOST_DEVICE Index size(Index dimension) const { return sizes_[dimension]; }
  C10_HOST_DEVICE Index stride(Index dimension) const { return strides_[dimension]; }
  ArrayRef<Index> sizes() const { return {sizes_, N}; }
  ArrayRef<Index> strides() const { return {strides_, N}; }
  C10_HOST_DEVICE PtrType data() const { return data_; }

 private:
  PtrType data_;
  const Index* sizes_;
  const Index* strides_;
};

/// The same with sizes and strides of its own, so that it can be handed to a kernel of a device.
template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits, typename Index = int64_t>
class GenericPackedTensorAccessor {
 public:
  using PtrType = typename PtrTraits<T>::PtrType;

  GenericPackedTensorAccessor(PtrType data, const int64_t* sizes, const int64_t* strides) : data_(data) {
    for (size_t d = 0; d < N; ++d) {
      sizes_[d] = static_cast<Index>(sizes[d]);
      strides_[d] = static_cast<Index>(strides[d]);
    }
  }

  C10_HOST_DEVICE decltype(auto) operator[](Index index) const {
    return TensorAccessor<T, N, PtrTraits, Index>(data_, sizes_, strides_)[index];
  }
  C10_HOST_DEVICE Index size(Index dimension) const { return sizes_[dimension]; }
  C10_HOST_DEVICE Index stride(Index dimension) const { return strides_[dimension]; }
  C10_HOST_DEVICE PtrType data() const { return data_; }

 private:
  PtrType data_;
  Index sizes_[N];
  Index strides_[N];
};

template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits>
using PackedTensorAccessor32 = GenericPackedTensorAccessor<T, N, PtrTraits, int32_t>;
template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits>
using PackedTensorAccessor64 = GenericPackedTensorAccessor<T, N, PtrTraits, int64_t>;

}  // namespace spinel_v1
}  // namespace at
