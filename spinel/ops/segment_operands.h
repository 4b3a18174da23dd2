// The arguments of the operators on segments of rows as their kernels take them.
#pragma once

#include <vector>

#include "spinel/kernels/cpu/segment.h"
#include "spinel/ops/op_def.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {

/// Numbers of a row.
int64_t width_of(registry::IntArrayRef sizes);
/// The kernels' name of a tensor's type; one without kernel: invalid_argument.
Dtype segment_dtype(const Tensor& tensor, const char* op);

/// Pointers and an optional order, `perm`, over `rows` rows of the type and width of `like`.
class SegmentOperands {
 public:
  /// perm must hold each row once: what an operator writes, and what its derivative adds up, is right only then.
  SegmentOperands(const Host& host, const Tensor& ptr, const Tensor& perm, const Tensor& like, int64_t rows,
                  const char* op);
  Dtype index() const { return ptr_.index(); }
  int64_t count() const { return ptr_.rows(); }
  int64_t width() const { return width_; }
  template <typename Index>
  kernels::Segments<Index> segments() const {
    return {dtype_, count(), ptr_.data<Index>(), order_.is_given() ? order_.data<Index>() : nullptr, width_};
  }

 private:
  Dtype dtype_;
  int64_t width_;
  PointerArray ptr_;
  IndexArray order_;
};

/// `sizes` with another first one.
std::vector<Size> with_first(const Size& first, const std::vector<Size>& sizes, const char* op);

}  // namespace spinel::ops
