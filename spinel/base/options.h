// Options of a component declared as data: from one declaration come parsing, defaults, help, and the complete config.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/error.h"

namespace spinel {

/// What help texts and documentation print of one option.
struct OptionDoc {
  std::string name;
  std::string type;           ///< "int", "float", "bool", "string", "list of int", "object"
  std::string default_value;  ///< as JSON; empty: required
  std::string unit;           ///< "Å", "eV", …; may be empty
  std::string text;
};

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
  explicit OptionTable(std::string component) : component_(std::move(component)) {}

  template <typename M>
  OptionTable& add(std::string name, M T::*member, std::string text, std::string unit = "");
  /// A member that is itself a struct of options: its value is a map that `table` parses.
  template <typename M>
  OptionTable& add(std::string name, M T::*member, const OptionTable<M>& table, std::string text);
  /// The option added last must be given.
  OptionTable& required();
  /// The number added last must lie in [lowest, highest] (and be finite).
  OptionTable& range(double lowest, double highest = std::numeric_limits<double>::max());
  /// The number added last must be finite and > 0.
  OptionTable& positive();
  /// The string added last must be one of these; another is answered with the nearest.
  OptionTable& choices(std::vector<std::string> names);

  /// Defaults overwritten by the keys of `arguments`. Unknown key, missing key, wrong type, value out of range: one
  /// invalid_argument that names place, component, key, and the nearest right key.
  T parse(const Config& arguments) const;
  /// All options with their values, for the config written back beside a run.
  Config complete(const T& options) const;
  /// Those of nested structs follow theirs under "name.key".
  std::vector<OptionDoc> docs() const;
  const std::string& component() const { return component_; }

 private:
  struct Option {
    OptionDoc doc;
    std::vector<OptionDoc> nested;  ///< of a member that is a struct of options
    bool required = false;
    std::vector<std::string> choices;
    std::function<void(const Config&)> check;  ///< of the written value
    std::function<void(const Config&, T&)> read;
    std::function<Config(const T&)> write;
  };
  std::string component_;
  std::vector<Option> options_;
};

}  // namespace spinel

#include "spinel/base/options-inl.h"
