// An operator as data, from which every host makes its own: schema, shapes, forward, derivatives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/ops/host.h"
#include "spinel/ops/size.h"
#include "spinel/registry/value.h"

namespace spinel::ops {

using registry::MemoryFormat;
using registry::ScalarType;
using registry::Stack;
using registry::Tensor;
using registry::Value;

/// The arguments of a call in the order of the schema, defaults filled in. What is asked as another kind than the
/// schema says: invalid_argument.
class Arguments {
 public:
  explicit Arguments(std::span<const Value> values) : values_(values) {}
  size_t size() const { return values_.size(); }
  const Value& operator[](size_t index) const { return values_[index]; }
  Tensor tensor(size_t index) const { return values_[index].to_tensor(); }
  /// Of a `Tensor?`; None is an undefined tensor.
  Tensor optional_tensor(size_t index) const { return values_[index].is_none() ? Tensor() : tensor(index); }
  int64_t integer(size_t index) const { return values_[index].to_int(); }
  double number(size_t index) const { return values_[index].to_double(); }
  bool boolean(size_t index) const { return values_[index].to_bool(); }
  const std::string& text(size_t index) const { return values_[index].to_string(); }
  /// Of int[]; None is the empty list.
  std::vector<int64_t> integers(size_t index) const;

 private:
  std::span<const Value> values_;
};

/// A tensor without its data.
struct TensorSpec {
  std::vector<Size> sizes;
  ScalarType dtype = ScalarType::float32;
  /// The order in memory: contiguous, or channels last for 4 and 5 dimensions. Of an argument: the one that its strides
  /// follow, which results that keep the layout take over.
  MemoryFormat format = MemoryFormat::contiguous;
};

/// An argument as shape rules see it: a tensor's description, a SymInt[] as sizes, anything else as its value.
struct SpecArgument {
  std::optional<TensorSpec> tensor;
  std::optional<std::vector<Size>> sizes;
  Value value;
};

/// The arguments of a shape rule.
class SpecArguments {
 public:
  explicit SpecArguments(std::vector<SpecArgument> arguments) : arguments_(std::move(arguments)) {}
  const TensorSpec& tensor(size_t index) const;
  std::vector<Size> sizes(size_t index) const;
  std::vector<int64_t> integers(size_t index) const;
  int64_t integer(size_t index) const { return arguments_[index].value.to_int(); }
  bool boolean(size_t index) const { return arguments_[index].value.to_bool(); }
  /// Of what is neither a tensor nor a SymInt[]: lists of tensors, texts.
  const Value& value(size_t index) const { return arguments_[index].value; }
  /// Of an optional tensor: whether it is given.
  bool has_tensor(size_t index) const { return arguments_[index].tensor.has_value(); }

 private:
  std::vector<SpecArgument> arguments_;
};

/// Calls operators for a composite one, on tensors that may have no data.
class Composer {
 public:
  virtual ~Composer() = default;
  /// An operator of `spinel` by its name without namespace, with all its arguments.
  virtual Stack call(const char* op, Stack arguments) = 0;
  virtual TensorSpec spec(const Tensor& tensor) const = 0;
  /// Whether a derivative by this tensor may be asked for later.
  virtual bool needs_gradient(const Tensor& tensor) const = 0;
};

/// Sizes and orders in memory of the results; their dtypes are the other rule's business.
using SizesRule = std::vector<TensorSpec> (*)(const SpecArguments&);
/// Dtypes of the results, from the dtypes of tensors and the values of other arguments alone.
using DtypesRule = std::vector<ScalarType> (*)(const SpecArguments&);
/// Computes `results`, which the host has allocated by the shape rule; without one they are undefined and the forward
/// sets them to tensors from `host`. Tensors have memory that the kernel can reach.
using Forward = void (*)(const Host& host, Arguments arguments, std::span<Tensor> results);
using Composite = Stack (*)(Composer& composer, Arguments arguments);

/// The derivative by one tensor argument, as a call of another operator: "_f_backward(grad0, result1, sizes(x), k)".
/// Its arguments: grad<i> and result<i> of the results, names of arguments, sizes(name). Operators that it calls with
/// a gradient are linear in it; a gradient that is missing counts as zero.
struct Derivative {
  const char* argument;
  const char* call;
};

/// Which elements the tensors named in `OpDef::checked` may have.
enum class Elements { any, real, floating };
bool contains(Elements elements, ScalarType dtype);

/// An operator has a forward, or is a composite of others and has their shapes and derivatives.
struct OpDef {
  std::string schema;  ///< without the namespace, which is `spinel`
  /// Of the first argument, a tensor. Others are refused as "not implemented for" it (NotImplementedError in Python).
  Elements elements = Elements::any;
  SizesRule sizes = nullptr;  ///< null: the sizes depend on the data, so there are none without it
  DtypesRule dtypes = nullptr;
  Forward cpu = nullptr;
  Forward cuda = nullptr;  ///< null: no kernel in this build
  std::vector<Derivative> derivatives = {};
  Composite composite = nullptr;
  bool is_random = false;  ///< draws from the host's generator: equal calls differ, so hosts do not merge them
};

/// Both rules together. Only for operators that have them.
std::vector<TensorSpec> infer_results(const OpDef& op, const SpecArguments& arguments);

/// The description of a tensor with data, by its sizes and strides.
TensorSpec spec_of(const Tensor& tensor);
/// The same for each argument.
SpecArguments spec_arguments(Arguments arguments);

/// Allocates the results by the shape rule, where there is one, and runs the forward for the device of the tensors. No
/// kernel for it: unavailable. Undefined tensors, tensors on several devices: invalid_argument.
std::vector<Tensor> run_forward(const OpDef& op, const Host& host, Arguments arguments);

/// `{name}: "not implemented for '…'"` where the first argument's elements are refused; empty where they are fine.
std::string refused_elements(const OpDef& op, std::string_view name, ScalarType dtype);

}  // namespace spinel::ops
