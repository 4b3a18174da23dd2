// Tensor functions of every host, made of the few that a host supplies: views, copies, conversions, factories.
#pragma once

#include <optional>
#include <vector>

#include "spinel/registry/tensor_methods.h"

namespace spinel::registry::inline v1 {

/// What a new tensor is made of; absent parts are float32 and the CPU, or those of the tensor it is made like.
struct TensorKind {
  std::optional<ScalarType> dtype;
  std::optional<Device> device;
};

/// Strides of row-major compact memory, or of a channels-last order of 4 or 5 dimensions (another number of
/// dimensions: invalid_argument).
std::vector<int64_t> compact_strides(IntArrayRef sizes, MemoryFormat format = MemoryFormat::contiguous);
/// Whether the elements lie one behind the other in this order. Tensors without elements always do.
bool is_contiguous(const Tensor& tensor, MemoryFormat format = MemoryFormat::contiguous);
/// `dimension` counted from the end where negative; outside [-dims, dims): IndexError.
int64_t wrap_dimension(int64_t dimension, int64_t dims);

// Made by the default host.
Tensor empty(IntArrayRef sizes, TensorKind kind = {}, MemoryFormat format = MemoryFormat::contiguous);
Tensor full(IntArrayRef sizes, const Scalar& value, TensorKind kind = {});

// Made by the host of `tensor`; `MemoryFormat::preserve` keeps the strides of tensors without gaps.
Tensor empty_like(const Tensor& tensor, TensorKind kind = {}, MemoryFormat format = MemoryFormat::preserve);
Tensor full_like(const Tensor& tensor, const Scalar& value, TensorKind kind = {});
Tensor new_empty(const Tensor& tensor, IntArrayRef sizes, TensorKind kind = {});
Tensor new_full(const Tensor& tensor, IntArrayRef sizes, const Scalar& value, TensorKind kind = {});
Tensor clone(const Tensor& tensor, MemoryFormat format = MemoryFormat::preserve);
/// The tensor itself where it is contiguous already.
Tensor contiguous(const Tensor& tensor, MemoryFormat format = MemoryFormat::contiguous);
/// The tensor itself where nothing changes and `copy` is not asked for.
Tensor to(const Tensor& tensor, TensorKind kind, bool copy = false);
/// Copies with broadcasting of `from` to the sizes of `to`.
void copy(const Tensor& from, const Tensor& to);

// Views. Sizes and dimensions that do not fit: invalid_argument, or IndexError as in PyTorch.
Tensor as_strided(const Tensor& tensor, IntArrayRef sizes, IntArrayRef strides, int64_t offset = 0);
Tensor select(const Tensor& tensor, int64_t dimension, int64_t index);
/// Elements [start, end) with a step; bounds are clamped, negative ones count from the end.
Tensor slice(const Tensor& tensor, int64_t dimension, std::optional<int64_t> start, std::optional<int64_t> end,
             int64_t step = 1);
Tensor narrow(const Tensor& tensor, int64_t dimension, int64_t start, int64_t length);
Tensor permute(const Tensor& tensor, IntArrayRef dimensions);
Tensor transpose(const Tensor& tensor, int64_t a, int64_t b);
Tensor unsqueeze(const Tensor& tensor, int64_t dimension);
Tensor squeeze(const Tensor& tensor, std::optional<int64_t> dimension = {});
Tensor expand(const Tensor& tensor, IntArrayRef sizes);
/// One of the sizes may be -1. Strides that allow no view: invalid_argument.
Tensor view(const Tensor& tensor, IntArrayRef sizes);
/// A view where the strides allow one, else a copy.
Tensor reshape(const Tensor& tensor, IntArrayRef sizes);
Tensor flatten(const Tensor& tensor, int64_t start = 0, int64_t end = -1);

}  // namespace spinel::registry::inline v1
