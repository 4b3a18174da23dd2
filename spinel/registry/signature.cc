#include "spinel/registry/signature.h"

#include <mutex>
#include <set>

#include "spinel/base/format.h"

namespace spinel::registry::inline v1 {
namespace internal {

Argument inferred_argument(size_t index, Type type) {
  Argument argument;
  argument.name = "_" + std::to_string(index);
  argument.type = std::move(type);
  return argument;
}

const std::string* intern(std::string_view name) {
  static std::mutex mutex;
  static auto* const names = new std::set<std::string, std::less<>>;
  const std::lock_guard lock(mutex);
  const auto found = names->find(name);
  return found != names->end() ? &*found : &*names->emplace(name).first;
}

}  // namespace internal

namespace {

std::optional<std::string> difference_of(std::string_view what, const std::vector<Argument>& inferred,
                                         const std::vector<Argument>& declared) {
  if (inferred.size() != declared.size()) {
    return format("The number of {}s is different. {} vs {}.", what, inferred.size(), declared.size());
  }
  for (size_t i = 0; i < inferred.size(); ++i) {
    // A parameter of type Value takes whatever the schema says.
    if (inferred[i].type.kind() == TypeKind::any || declared[i].type.kind() == TypeKind::variable) continue;
    if (inferred[i].type.bound() == declared[i].type.bound()) continue;
    return format("Type mismatch in {} {}: {} vs {}.", what, i + 1, inferred[i].type.to_string(),
                  declared[i].type.to_string());
  }
  return {};
}

}  // namespace

std::optional<std::string> find_schema_difference(const FunctionSchema& inferred, const FunctionSchema& declared) {
  if (auto difference = difference_of("argument", inferred.arguments, declared.arguments)) return difference;
  return difference_of("return", inferred.returns, declared.returns);
}

}  // namespace spinel::registry::inline v1
