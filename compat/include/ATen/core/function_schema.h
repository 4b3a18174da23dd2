// Schemas of operators with PyTorch's members.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "ATen/core/ivalue.h"
#include "spinel/registry/function_schema.h"

namespace c10 {
inline namespace spinel_v1 {

/// What an operator may do with memory beyond what its schema says. Here the schema alone counts.
enum class AliasAnalysisKind : uint8_t { INTERNAL_SPECIAL_CASE, CONSERVATIVE, FROM_SCHEMA, PURE_FUNCTION };

/// A type as schemas name it.
class Type {
 public:
  Type(::spinel::registry::Type type) : type_(std::move(type)) {}
  std::string str() const { return type_.to_string(); }
  std::string repr_str() const { return str(); }
  ::spinel::registry::TypeKind kind() const { return type_.kind(); }
  bool isSubtypeOf(const Type& other) const { return type_.is_subtype_of(other.type_); }
  const Type* operator->() const { return this; }
  const Type& operator*() const { return *this; }
  friend bool operator==(const Type&, const Type&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Type& type) { return out << type.str(); }

 private:
  ::spinel::registry::Type type_;
};
using TypePtr = Type;

class Argument {
 public:
  Argument(const ::spinel::registry::Argument& argument) : argument_(argument) {}
  const std::string& name() const { return argument_.name; }
  TypePtr type() const { return argument_.type.bound(); }
  TypePtr real_type() const { return argument_.type; }
  std::optional<int32_t> N() const { return argument_.size; }
  bool kwarg_only() const { return argument_.kwarg_only; }
  bool is_out() const { return kwarg_only() && argument_.is_write(); }
  const ::spinel::registry::AliasInfo* alias_info() const { return argument_.alias.get(); }
  std::optional<IValue> default_value() const {
    if (!argument_.default_value) return std::nullopt;
    return IValue(::spinel::registry::Value(*argument_.default_value));
  }
  friend std::ostream& operator<<(std::ostream& out, const Argument& argument) {
    return out << argument.argument_.to_string();
  }

 private:
  ::spinel::registry::Argument argument_;
};

struct OperatorName {
  std::string name, overload_name;
  OperatorName(std::string operator_name, std::string overload)
      : name(std::move(operator_name)), overload_name(std::move(overload)) {}
  std::optional<std::string_view> getNamespace() const {
    const size_t colons = name.find("::");
    if (colons == std::string::npos) return std::nullopt;
    return std::string_view(name).substr(0, colons);
  }
  ::spinel::registry::OperatorName core() const { return {name, overload_name}; }
  friend bool operator==(const OperatorName&, const OperatorName&) = default;
  friend std::ostream& operator<<(std::ostream& out, const OperatorName& op) { return out << op.core().to_string(); }
};
inline std::string toString(const OperatorName& name) { return name.core().to_string(); }

class FunctionSchema {
 public:
  FunctionSchema(::spinel::registry::FunctionSchema schema) : schema_(std::move(schema)) {}
  const ::spinel::registry::FunctionSchema& core() const { return schema_; }
  const std::string& name() const { return schema_.name.name; }
  const std::string& overload_name() const { return schema_.name.overload; }
  OperatorName operator_name() const { return {name(), overload_name()}; }
  std::vector<Argument> arguments() const { return {schema_.arguments.begin(), schema_.arguments.end()}; }
  std::vector<Argument> returns() const { return {schema_.returns.begin(), schema_.returns.end()}; }
  bool is_vararg() const { return schema_.is_vararg; }
  bool is_varret() const { return schema_.is_varret; }
  bool is_mutable() const { return schema_.is_mutable(); }
  std::optional<int> argumentIndexWithName(std::string_view argument) const {
    const auto index = schema_.argument_index(argument);
    return index ? std::optional<int>(static_cast<int>(*index)) : std::nullopt;
  }
  void setAliasAnalysis(AliasAnalysisKind) {}
  friend bool operator==(const FunctionSchema&, const FunctionSchema&) = default;
  friend std::ostream& operator<<(std::ostream& out, const FunctionSchema& schema) {
    return out << schema.schema_.to_string();
  }

 private:
  ::spinel::registry::FunctionSchema schema_;
};
inline std::string toString(const FunctionSchema& schema) { return schema.core().to_string(); }

}  // namespace spinel_v1
}  // namespace c10
