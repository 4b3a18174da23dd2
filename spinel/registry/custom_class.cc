#include "spinel/registry/custom_class.h"

#include <mutex>

#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

template <typename Map>
auto* find_in(Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

const ClassMethod* CustomClass::find_method(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  return find_in(methods_, name);
}
const ClassMethod* CustomClass::find_static_method(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  return find_in(static_methods_, name);
}
const ClassAttribute* CustomClass::find_attribute(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  return find_in(attributes_, name);
}

std::vector<std::string> CustomClass::method_names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& entry : methods_) names.push_back(entry.first);
  return names;
}

void CustomClass::add_method(ClassMethod method) {
  const std::string name = method.schema.name.name;
  const std::lock_guard lock(mutex_);
  auto& methods = method.is_static ? static_methods_ : methods_;
  if (!methods.emplace(name, std::move(method)).second) {
    fail_operator(OperatorFailure::bad_class, qualified_name() + ": the method '" + name + "' is registered twice");
  }
}

void CustomClass::add_attribute(const std::string& name, ClassAttribute attribute) {
  const std::lock_guard lock(mutex_);
  if (!attributes_.emplace(name, std::move(attribute)).second) {
    fail_operator(OperatorFailure::bad_class, qualified_name() + ": the attribute '" + name + "' is registered twice");
  }
}

}  // namespace spinel::registry::inline v1
