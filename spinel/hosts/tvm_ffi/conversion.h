// Values of the registry as arguments and results of TVM-FFI functions.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "spinel/hosts/tvm_ffi/runtime.h"
#include "spinel/registry/value.h"

namespace spinel::hosts::tvm_ffi {

/// The arguments of one call, with what they refer to. Tensors are views (DLTensor*) of memory that they keep alive,
/// or, where `owned_tensors`, tensor objects that the function may keep.
class Arguments {
 public:
  /// `runtime` may be null: then lists, dictionaries and owned tensors, which are its objects, are refused.
  Arguments(const Runtime* runtime, bool owned_tensors) : runtime_(runtime), owned_tensors_(owned_tensors) {}

  /// Adds a value for an argument of `type`, which tells a dtype from an int. What TVM-FFI cannot hold (complex
  /// numbers, generators, objects): invalid_argument.
  void add(const registry::Value& value, const registry::Type& type) { values_.push_back(convert(value, type)); }
  const std::vector<Any>& values() const { return values_; }
  /// Of the first tensor that is not on the CPU; else the CPU.
  DLDevice device() const { return device_; }

 private:
  struct View {
    registry::Tensor tensor;
    std::vector<int64_t> sizes, strides;
    DLTensor view;
  };
  const Runtime& need_runtime() const { return runtime_ == nullptr ? Runtime::get() : *runtime_; }
  Any convert(const registry::Value& value, const registry::Type& type);
  Any tensor(const registry::Tensor& tensor);
  Any text(const std::string& text);
  Any items(const std::vector<registry::Value>& items, const registry::Type& type);
  Any dictionary(const registry::DictValue& dict, const registry::Type& type);
  /// Keeps an owned result until the call is over.
  Any keep(Any owned);

  const Runtime* runtime_;
  bool owned_tensors_;
  DLDevice device_{kDLCPU, 0};
  std::vector<Any> values_;
  std::list<View> views_;
  std::list<std::string> texts_;
  std::list<ObjectRef> objects_;
};

/// A result, which is owned and released, or, with `borrowed`, an argument, which stays its caller's. Tensors share
/// their memory. Functions, modules and other objects: invalid_argument beginning with `what`.
registry::Value to_value(const Any& any, std::string_view what, bool borrowed = false);

/// A value that the caller owns: what a function of ours returns. Several values become an array.
Any to_owned(const Runtime& runtime, const registry::Value& value, const registry::Type& type);

/// Codes of DLPack for an element type and back; what one of both lacks is an error.
DLDataType to_data_type(registry::ScalarType dtype);
registry::ScalarType to_scalar_type(DLDataType dtype);

}  // namespace spinel::hosts::tvm_ffi
