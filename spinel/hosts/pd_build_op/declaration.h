// An operator as PD_BUILD_OP, PD_BUILD_GRAD_OP and PD_BUILD_DOUBLE_GRAD_OP declare it, on libtorch's tensors.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spinel::hosts::pd {

/// A declared input or output without its marks: "X@VECTOR@OPTIONAL" is {"X", vector, optional}; "Out@GRAD" keeps its
/// mark, as it is another tensor than "Out".
struct TensorName {
  std::string name;
  bool is_vector = false;
  bool is_optional = false;
};
TensorName parse_tensor_name(std::string_view declared);

/// The kinds of attributes by Paddle's names of their types: "a: std::vector<int64_t>".
struct Attribute {
  std::string name;
  std::string type;         ///< Paddle's: "bool", "int", "float", "int64_t", "std::string", "std::vector<…>"
  std::string schema_type;  ///< "float[]"
};
/// Malformed, or of a type that Paddle does not have: invalid_argument beginning with `op`.
Attribute parse_attribute(std::string_view declared, std::string_view op);

/// One call of a kernel: tensors by declared input and output, attributes in their order.
struct Call {
  std::vector<std::vector<at::Tensor>> inputs;  ///< one each, of a vector all; empty: an optional one that is not given
  std::vector<c10::IValue> attributes;
  std::vector<std::vector<at::Tensor>> outputs;  ///< what the kernel makes; in-place ones are there before it runs
  std::vector<bool> is_inplace;                  ///< by output; a kernel returns the others only
};
using Kernel = void (*)(Call& call);

/// What shapes are inferred from, and the shapes; -1 is a size that only the data tell.
using Shape = std::vector<int64_t>;
struct ShapeCall {
  std::vector<std::vector<Shape>> inputs;
  std::vector<c10::IValue> attributes;
};
using InferShape = std::vector<Shape> (*)(const ShapeCall& call);
struct DtypeCall {
  std::vector<std::vector<at::ScalarType>> inputs;
  std::vector<c10::IValue> attributes;
};
using InferDtype = std::vector<at::ScalarType> (*)(const DtypeCall& call);

struct Declaration {
  std::string name;  ///< of the forward operator
  int order = 0;     ///< 0: the operator, 1: its gradient, 2: the gradient's gradient
  std::vector<std::string> inputs, outputs, attributes;
  std::unordered_map<std::string, std::string> inplace;  ///< input to output that is the same memory
  Kernel kernel = nullptr;
  InferShape infer_shape = nullptr;
  InferDtype infer_dtype = nullptr;

  /// "relu", "relu_grad", "relu_grad_grad": the name of the operator that it becomes.
  std::string operator_name() const;
  /// The index of the input whose memory output `index` is, or -1.
  int inplace_input(size_t index) const;
  /// Whether the kernel writes into an input.
  bool writes_input(size_t index) const;
};

/// The schema on libtorch: inputs as `Tensor`, `Tensor?`, `Tensor[]`, `Tensor[]?`, then the attributes; in-place ones
/// with `(a!)`. "Out@GRAD" is called `Out_grad`; a name that schemas reserve gets a trailing underscore.
std::string schema_of(const Declaration& declaration);

}  // namespace spinel::hosts::pd
