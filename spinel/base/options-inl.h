// Implementation of OptionTable; included by options.h only.
#pragma once

#include <algorithm>
#include <cmath>

#include "spinel/base/suggest.h"

namespace spinel {

namespace options_internal {

template <typename M>
std::string type_text() {
  if constexpr (std::is_same_v<M, bool>) {
    return "bool";
  } else if constexpr (std::is_integral_v<M>) {
    return "int";
  } else if constexpr (std::is_floating_point_v<M>) {
    return "float";
  } else if constexpr (std::is_same_v<M, std::string>) {
    return "string";
  } else if constexpr (requires(M m) { m.has_value(); }) {
    return type_text<typename M::value_type>() + " or null";
  } else if constexpr (requires(M m) { m.push_back(m.front()); }) {
    return "list of " + type_text<typename M::value_type>();
  } else {
    return "object";
  }
}

/// "Model.SchNet: " or "file:3: Model.SchNet: "; falls back on the component's name.
std::string message_start(const Config& at, const std::string& component);
void check_range(const Config& value, const std::string& start, const std::string& name, double lowest, bool open,
                 double highest);
void check_choice(const Config& value, const std::string& start, const std::string& name,
                  const std::vector<std::string>& choices);

}  // namespace options_internal

template <typename T>
template <typename M>
OptionTable<T>& OptionTable<T>::add(std::string name, M T::*member, std::string text, std::string unit) {
  Option option;
  option.doc = {name, options_internal::type_text<M>(), to_json(write_config(T{}.*member), -1), std::move(unit),
                std::move(text)};
  option.read = [member](const Config& from, T& to) { read_config(from, to.*member); };
  option.write = [member](const T& from) { return write_config(from.*member); };
  options_.push_back(std::move(option));
  return *this;
}

template <typename T>
template <typename M>
OptionTable<T>& OptionTable<T>::add(std::string name, M T::*member, const OptionTable<M>& table, std::string text) {
  Option option;
  option.doc = {name, "object", to_json(table.complete(T{}.*member), -1), "", std::move(text)};
  for (OptionDoc doc : table.docs()) {
    doc.name = name + "." + doc.name;
    option.nested.push_back(std::move(doc));
  }
  option.read = [member, table](const Config& from, T& to) { to.*member = table.parse(from); };
  option.write = [member, table](const T& from) { return table.complete(from.*member); };
  options_.push_back(std::move(option));
  return *this;
}

template <typename T>
OptionTable<T>& OptionTable<T>::required() {
  options_.back().required = true;
  options_.back().doc.default_value.clear();
  return *this;
}

template <typename T>
OptionTable<T>& OptionTable<T>::range(double lowest, double highest) {
  options_.back().check = [component = component_, name = options_.back().doc.name, lowest,
                           highest](const Config& value) {
    options_internal::check_range(value, component, name, lowest, false, highest);
  };
  return *this;
}

template <typename T>
OptionTable<T>& OptionTable<T>::positive() {
  options_.back().check = [component = component_, name = options_.back().doc.name](const Config& value) {
    options_internal::check_range(value, component, name, 0, true, std::numeric_limits<double>::max());
  };
  return *this;
}

template <typename T>
OptionTable<T>& OptionTable<T>::choices(std::vector<std::string> names) {
  Option& option = options_.back();
  option.doc.text += " (";
  for (size_t i = 0; i < names.size(); ++i) option.doc.text += (i ? " | " : "") + names[i];
  option.doc.text += ")";
  option.check = [component = component_, name = option.doc.name, names](const Config& value) {
    options_internal::check_choice(value, component, name, names);
  };
  option.choices = std::move(names);
  return *this;
}

template <typename T>
T OptionTable<T>::parse(const Config& arguments) const {
  const std::string start = options_internal::message_start(arguments, component_);
  require(arguments.is_map() || arguments.is_null(), "{}: the arguments are {}; a map of options is needed", start,
          arguments.type_name());
  T result{};
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.doc.name);
  if (arguments.is_map()) {
    for (const auto& [key, value] : arguments.as_map()) {
      require(std::find(names.begin(), names.end(), key) != names.end(), "{}: {} has no option '{}'{}",
              value.where().empty() ? start : value.where(), component_, key, suggestion(key, names));
    }
  }
  for (const Option& option : options_) {
    const Config* value = arguments.is_map() ? arguments.find(option.doc.name) : nullptr;
    require(value || !option.required, "{}: {} needs the option '{}' ({})", start, component_, option.doc.name,
            option.doc.text);
    if (!value) continue;
    option.read(*value, result);
    if (option.check && !value->is_null()) option.check(*value);
  }
  return result;
}

template <typename T>
Config OptionTable<T>::complete(const T& options) const {
  Config result = Config::map();
  for (const Option& option : options_) result.set(option.doc.name, option.write(options));
  return result;
}

template <typename T>
std::vector<OptionDoc> OptionTable<T>::docs() const {
  std::vector<OptionDoc> result;
  for (const Option& option : options_) {
    result.push_back(option.doc);
    result.insert(result.end(), option.nested.begin(), option.nested.end());
  }
  return result;
}

}  // namespace spinel
