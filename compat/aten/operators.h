// PyTorch's own operators, as far as libraries on the layer call them, for hosts without libtorch.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinel/registry/tensor_functions.h"
#include "spinel/registry/value.h"

namespace spinel::aten {

/// Defines them in the registry, until the process ends; more calls do nothing. An operator that somebody else has
/// defined stays his. Kernels read and write CPU memory, in any strides, of real element types; what they cannot do is
/// an error that names the operator. Gradients stop at them, as the host tells.
void register_operators();

/// The values of one call, in the order of the schema.
class Arguments {
 public:
  explicit Arguments(const registry::Value* values) : values_(values) {}
  bool has(size_t i) const { return !values_[i].is_none(); }
  registry::Tensor tensor(size_t i) const { return values_[i].to_tensor(); }
  std::vector<registry::Tensor> tensors(size_t i) const;
  int64_t integer(size_t i) const { return values_[i].to_int(); }
  std::optional<int64_t> maybe_integer(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;
  double floating(size_t i) const { return values_[i].to_double(); }
  registry::Scalar number(size_t i) const { return values_[i].to_scalar(); }
  bool flag(size_t i) const { return has(i) && values_[i].to_bool(); }
  const std::string& text(size_t i) const { return values_[i].to_string(); }
  registry::MemoryFormat format(size_t i, registry::MemoryFormat otherwise) const;
  /// The element type at `first`, and the layout (strided alone), device and pinning (no) that follow it.
  registry::TensorKind kind(size_t first) const;

 private:
  const registry::Value* values_;
};

struct Operator {
  const char* schema;
  registry::Stack (*run)(const Arguments&);
};

// One list a source.
std::span<const Operator> factories();
std::span<const Operator> views();
std::span<const Operator> arithmetic();
std::span<const Operator> indexing();
std::span<const Operator> reductions();

}  // namespace spinel::aten
