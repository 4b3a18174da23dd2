// Lists of components that can be made by name: one line per component, from which factory, help and errors come.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/options.h"
#include "spinel/base/suggest.h"

namespace spinel {

/// One component: name, a sentence, its options as data, and how it is made from its arguments.
/// `Make` is the signature of the factory: std::unique_ptr<Model>(const Config& arguments), or with more parameters.
template <typename Make>
struct Component {
  std::string name;
  std::string summary;
  std::vector<OptionDoc> options;
  std::function<Make> make;
};

/// A room's readable list of components of one kind ("model", "optimizer", "activation").
template <typename Make>
class ComponentList {
 public:
  ComponentList(std::string kind, std::vector<Component<Make>> components)
      : kind_(std::move(kind)), components_(std::move(components)) {}

  const std::string& kind() const { return kind_; }
  const std::vector<Component<Make>>& all() const { return components_; }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& component : components_) result.push_back(component.name);
    return result;
  }
  const Component<Make>* find(std::string_view name) const {
    for (const auto& component : components_) {
      if (component.name == name) return &component;
    }
    return nullptr;
  }
  /// Unknown name: not_found with the nearest known one. `where` begins the message (a place in a config).
  const Component<Make>& at(std::string_view name, std::string_view where = "") const {
    if (const auto* found = find(name)) return *found;
    fail(ErrorKind::not_found, "{}{}: no {} has this name{}", where, name, kind_, suggestion(name, names()));
  }

 private:
  std::string kind_;
  std::vector<Component<Make>> components_;
};

/// The two forms of a component in a config: `Name: {arguments}` (a map with one key) or the bare string `Name`.
struct NamedArguments {
  std::string name;
  Config arguments;   ///< a map, empty for the bare form
  std::string where;  ///< "file:line: path: " for messages, or ""
};
NamedArguments named_arguments(const Config& value);

}  // namespace spinel
