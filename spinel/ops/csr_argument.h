// Index tensors of operators on graphs: checked, as kernels take them, and made of kernels' results.
#pragma once

#include <span>
#include <vector>

#include "spinel/kernels/cpu/csr_graph.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// `tensor` itself, or a copy without gaps. Not one-dimensional, not int32 or int64: invalid_argument naming it.
Tensor index_vector(const Host& host, const Tensor& tensor, const char* op, const char* name);
/// The same, of the index type of other tensors of the call.
Tensor index_vector(const Host& host, const Tensor& tensor, const char* op, const char* name, ScalarType dtype);

/// Calls `function` with a number of the index type.
template <typename F>
decltype(auto) by_index(ScalarType dtype, F&& function) {
  if (dtype == ScalarType::int32) return function(int32_t{});
  return function(int64_t{});
}

/// The elements of an index vector.
template <typename Index>
std::span<const Index> index_span(const Tensor& tensor) {
  return {static_cast<const Index*>(tensor.data()), static_cast<size_t>(tensor.numel())};
}

/// Row pointers and columns, or column pointers and rows, of a call.
class CsrArgument {
 public:
  /// Of one index type; at least one pointer.
  CsrArgument(const Host& host, const Tensor& pointers, const Tensor& indices, const kernels::CsrNames& names);

  ScalarType dtype() const { return pointers_.scalar_type(); }
  int64_t num_rows() const { return pointers_.numel() - 1; }
  /// `num_cols` negative: as many as rows.
  template <typename Index>
  kernels::CsrGraph<Index> graph(int64_t num_cols = -1) const {
    return {static_cast<const Index*>(pointers_.data()),
            static_cast<const Index*>(indices_.data()),
            num_rows(),
            indices_.numel(),
            num_cols < 0 ? num_rows() : num_cols,
            names_};
  }
  /// Another index tensor of the call, of the same type.
  Tensor nodes(const Host& host, const Tensor& tensor, const char* name) const {
    return index_vector(host, tensor, names_.op, name, dtype());
  }

 private:
  kernels::CsrNames names_;
  Tensor pointers_, indices_;
};

/// A vector in the host's memory.
template <typename Index>
Tensor to_tensor(const Host& host, const std::vector<Index>& values) {
  const ScalarType dtype = sizeof(Index) == 4 ? ScalarType::int32 : ScalarType::int64;
  const Tensor made = host.empty({static_cast<int64_t>(values.size())}, dtype, {});
  std::copy(values.begin(), values.end(), static_cast<Index*>(made.data()));
  return made;
}

/// The dtypes rule of `results` results that have the index type of the first argument.
template <size_t results>
std::vector<ScalarType> alike_index_dtypes(const SpecArguments& arguments) {
  return std::vector<ScalarType>(results, arguments.tensor(0).dtype);
}

}  // namespace spinel::ops
