// Arguments and results of the golden cases of sparse matrices.
#pragma once

#include <string>

#include "spinel/hosts/torch/golden_function.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// The arguments of a call, by position or name.
class GoldenCall {
 public:
  explicit GoldenCall(const golden::Call& call) : call_(call) {}

  /// {"sparse": name, "size": [m, n]} as a matrix of the tensors name.row, name.col and name.value.
  SparseTensor sparse(size_t position) const { return sparse(literal(position)); }
  SparseTensor sparse(const Config& argument) const;
  /// Undefined for None and what is not there.
  at::Tensor tensor(size_t position) const;
  at::Tensor tensor(const char* name) const { return call_.optional_tensor(name); }
  int64_t integer(size_t position) const { return literal(position).as_int(); }
  /// A literal argument that is no tensor.
  const Config& literal(size_t position) const;
  bool has(size_t position) const { return position < call_.positional.size(); }
  const Config* arg(const char* name) const { return call_.args.find(name); }
  int64_t integer(const char* name, int64_t otherwise) const;
  std::string text(const char* name, const char* otherwise) const;
  bool flag(const char* name) const;
  std::optional<Layout> layout() const;
  bool has_input(const std::string& name) const { return call_.optional_tensor(name).defined(); }
  const golden::Call& call() const { return call_; }

 private:
  const golden::Call& call_;
};

/// name.row, name.col and, where there are values, name.value.
golden::Outputs sparse_outputs(const char* name, const SparseTensor& a);

}  // namespace spinel::sparse
