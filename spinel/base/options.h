// Options of a component declared as data: from one declaration come parsing, defaults, help, and the complete config.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/option_list.h"

namespace spinel {

// Conversions used by OptionTable; one overload per member type. Range errors of integers that do not fit are theirs.
void read_config(const Config& from, bool& to);
void read_config(const Config& from, int& to);
void read_config(const Config& from, int64_t& to);
void read_config(const Config& from, float& to);
void read_config(const Config& from, double& to);
void read_config(const Config& from, std::string& to);
void read_config(const Config& from, Config& to);
// Declared before any is defined, so that lists of optional values and the like compose.
template <typename T>
void read_config(const Config& from, std::vector<T>& to);
template <typename T>
void read_config(const Config& from, std::optional<T>& to);
template <typename T>
Config write_config(const T& from);
template <typename T>
Config write_config(const std::vector<T>& from);
template <typename T>
Config write_config(const std::optional<T>& from);

template <typename T>
void read_config(const Config& from, std::vector<T>& to) {
  to.clear();
  for (const Config& item : from.as_list()) read_config(item, to.emplace_back());
}
template <typename T>
void read_config(const Config& from, std::optional<T>& to) {
  if (from.is_null()) {
    to.reset();
  } else {
    read_config(from, to.emplace());
  }
}
template <typename T>
Config write_config(const T& from) {
  return Config(from);
}
template <typename T>
Config write_config(const std::vector<T>& from) {
  Config::List items;
  for (const T& item : from) items.push_back(write_config(item));
  return Config(std::move(items));
}
template <typename T>
Config write_config(const std::optional<T>& from) {
  return from ? write_config(*from) : Config();
}

/// What documentation calls the type of a member.
template <typename M>
std::string option_type() {
  if constexpr (std::is_same_v<M, bool>) {
    return "bool";
  } else if constexpr (std::is_integral_v<M>) {
    return "int";
  } else if constexpr (std::is_floating_point_v<M>) {
    return "float";
  } else if constexpr (std::is_same_v<M, std::string>) {
    return "string";
  } else if constexpr (requires(M m) { m.has_value(); }) {
    return option_type<typename M::value_type>() + " or null";
  } else if constexpr (requires(M m) { m.push_back(m.front()); }) {
    return "list of " + option_type<typename M::value_type>();
  } else {
    return "object";
  }
}

/// The declared options of a plain struct `T` with default member initialisers.
///
///   struct RbfOptions { int64_t n_rbf = 20; double cutoff = 5.0; };
///   OptionTable<RbfOptions>("GaussianRBF")
///       .add("n_rbf", &RbfOptions::n_rbf, "number of Gaussians").range(1, 100000)
///       .add("cutoff", &RbfOptions::cutoff, "largest distance", "Å").positive();
template <typename T>
class OptionTable {
 public:
  /// `component` begins every message: "SchNet: n_atom_basis is -1; it must be at least 1".
  explicit OptionTable(std::string component) : list_(std::move(component)) {}

  template <typename M>
  OptionTable& add(std::string name, M T::*member, std::string text, std::string unit = "") {
    const auto read = [](const Config& from, void* to) { read_config(from, *static_cast<M*>(to)); };
    const auto write = [](const void* from) { return write_config(*static_cast<const M*>(from)); };
    return add({std::move(name), option_type<M>(), "", std::move(unit), std::move(text)}, member, {0, read, write, {}});
  }
  /// A member that is itself a struct of options: its value is a map that `table` parses.
  template <typename M>
  OptionTable& add(std::string name, M T::*member, const OptionTable<M>& table, std::string text) {
    return add({std::move(name), "object", "", "", std::move(text)}, member,
               {0, nullptr, nullptr, std::make_shared<const OptionList>(table.list_)});
  }
  /// The options of a member struct stand among those of T, not in a map of their own.
  template <typename M>
  OptionTable& include(M T::*member, const OptionTable<M>& table) {
    return list_.include(table.list_, offset_of(member)), *this;
  }
  /// The option added last must be given.
  OptionTable& required() { return list_.set_required(), *this; }
  /// The number added last must lie in [lowest, highest] (and be finite).
  OptionTable& range(double lowest, double highest = std::numeric_limits<double>::max()) {
    return list_.set_range(lowest, highest, false), *this;
  }
  /// The number added last must be finite and > 0.
  OptionTable& positive() { return list_.set_range(0, std::numeric_limits<double>::max(), true), *this; }
  /// The string added last must be one of these; another is answered with the nearest.
  OptionTable& choices(std::vector<std::string> names) { return list_.set_choices(std::move(names)), *this; }

  /// Defaults overwritten by the keys of `arguments`. Unknown key, missing key, wrong type, value out of range: one
  /// invalid_argument that names place, component, key, and the nearest right key.
  T parse(const Config& arguments) const {
    T result{};
    list_.parse(arguments, &result);
    return result;
  }
  /// All options with their values, for the config written back beside a run.
  Config complete(const T& options) const { return list_.complete(&options); }
  /// Those of nested structs follow theirs under "name.key".
  std::vector<OptionDoc> docs() const { return list_.docs(); }
  const std::string& component() const { return list_.component(); }

 private:
  template <typename>
  friend class OptionTable;

  template <typename M>
  OptionTable& add(OptionDoc doc, M T::*member, OptionMember place) {
    const T defaults{};
    place.offset = offset_of(member);
    list_.add(std::move(doc), std::move(place), &defaults);
    return *this;
  }
  template <typename M>
  static size_t offset_of(M T::*member) {
    const T object{};
    const auto address = [](const auto& part) { return reinterpret_cast<const std::byte*>(&part); };
    return static_cast<size_t>(address(object.*member) - address(object));
  }

  OptionList list_;
};

}  // namespace spinel
