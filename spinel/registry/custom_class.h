// Classes that libraries register by name: their methods, static methods and attributes, callable with values.
#pragma once

#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/registry/function_schema.h"
#include "spinel/registry/value.h"

namespace spinel::registry::inline v1 {

/// A method: a schema and what runs. The stack holds `self` (but of static methods) and the arguments.
struct ClassMethod {
  FunctionSchema schema;
  std::function<void(Stack&)> run;
  std::string doc;
  bool is_static = false;
};

/// An attribute; both names are those of methods. A read-only one has no setter.
struct ClassAttribute {
  std::string getter;
  std::string setter;
};

/// One registered class. Instances hold it, so it outlives its registration where they do. Members are only added, so
/// what the find functions return stays valid as long as the class.
class CustomClass : public RefCounted {
 public:
  CustomClass(std::string name, std::string cpp_type) : name_(std::move(name)), cpp_type_(std::move(cpp_type)) {}

  /// "ns.Name"
  const std::string& name() const { return name_; }
  /// "__torch__.torch.classes.ns.Name"
  std::string qualified_name() const { return "__torch__.torch.classes." + name_; }
  Type type() const { return Type::custom_class(name_); }
  /// The name of the C++ type (std::type_info::name), which is the same in every shared library.
  const std::string& cpp_type() const { return cpp_type_; }

  /// Null if there is none.
  const ClassMethod* find_method(std::string_view name) const;
  const ClassMethod* find_static_method(std::string_view name) const;
  const ClassAttribute* find_attribute(std::string_view name) const;
  /// Names of the methods, sorted; static ones are not among them.
  std::vector<std::string> method_names() const;

  /// Names given twice: bad_class.
  void add_method(ClassMethod method);
  void add_attribute(const std::string& name, ClassAttribute attribute);

 private:
  std::string name_;
  std::string cpp_type_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, ClassMethod, std::less<>> methods_;
  std::map<std::string, ClassMethod, std::less<>> static_methods_;
  std::map<std::string, ClassAttribute, std::less<>> attributes_;
};

}  // namespace spinel::registry::inline v1
