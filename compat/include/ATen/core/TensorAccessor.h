// Elements of a tensor by index, for kernels: accessor<float, 2>()[i][j].
#pragma once

#include <cstddef>
#include <cstdint>

#include "c10/util/ArrayRef.h"

namespace at {
inline namespace spinel_v1 {

using c10::ArrayRef;
using c10::IntArrayRef;

template <typename T>
struct DefaultPtrTraits {
  using PtrType = T*;
};

/// Points into the tensor's memory; valid as long as the tensor. Nothing is checked against the sizes.
template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits, typename Index = int64_t>
class TensorAccessor {
 public:
  using PtrType = typename PtrTraits<T>::PtrType;

  TensorAccessor(PtrType data, const int64_t* sizes, const int64_t* strides)
      : data_(data), sizes_(sizes), strides_(strides) {}

  decltype(auto) operator[](Index index) const {
    if constexpr (N == 1) return (data_[strides_[0] * index]);
    else return TensorAccessor<T, N - 1, PtrTraits, Index>(data_ + strides_[0] * index, sizes_ + 1, strides_ + 1);
  }
  Index size(Index dimension) const { return static_cast<Index>(sizes_[dimension]); }
  Index stride(Index dimension) const { return static_cast<Index>(strides_[dimension]); }
  IntArrayRef sizes() const { return {sizes_, N}; }
  IntArrayRef strides() const { return {strides_, N}; }
  PtrType data() const { return data_; }

 private:
  PtrType data_;
  const int64_t* sizes_;
  const int64_t* strides_;
};

}  // namespace spinel_v1
}  // namespace at
