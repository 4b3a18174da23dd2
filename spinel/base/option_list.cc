#include "spinel/base/option_list.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel {
namespace {

/// "Model.SchNet" or "file:3: Model.SchNet"; falls back on the component's name.
std::string message_start(const Config& at, const std::string& component) {
  const std::string where = at.where();
  return where.empty() ? component : where;
}

void check_range(const Config& value, const std::string& component, const std::string& name, double lowest,
                 double highest, bool open) {
  if (value.is_list()) {
    for (const Config& item : value.as_list()) check_range(item, component, name, lowest, highest, open);
    return;
  }
  const double number = value.as_double();
  if (std::isfinite(number) && (open ? number > lowest : number >= lowest) && number <= highest) return;
  const std::string place = message_start(value, component);
  if (highest < std::numeric_limits<double>::max()) {
    fail(ErrorKind::invalid_argument, "{}: {} is {}; it must lie between {} and {}", place, name, number, lowest,
         highest);
  }
  fail(ErrorKind::invalid_argument, "{}: {} is {}; it must be {} {}", place, name, number,
       open ? "greater than" : "at least", lowest);
}

void check_choice(const Config& value, const std::string& component, const std::string& name,
                  const std::vector<std::string>& choices) {
  const std::string& chosen = value.as_string();
  if (std::find(choices.begin(), choices.end(), chosen) != choices.end()) return;
  fail(ErrorKind::invalid_argument, "{}: {} is '{}', which is unknown{}", message_start(value, component), name, chosen,
       suggestion(chosen, choices));
}

const void* address(const void* options, const OptionMember& member) {
  return static_cast<const std::byte*>(options) + member.offset;
}

void* address(void* options, const OptionMember& member) { return static_cast<std::byte*>(options) + member.offset; }

Config written(const OptionMember& member, const void* options) {
  const void* value = address(options, member);
  return member.table ? member.table->complete(value) : member.write(value);
}

}  // namespace

OptionList::OptionList(std::string component) : component_(std::move(component)) {}
OptionList::OptionList(const OptionList& other) = default;
OptionList::OptionList(OptionList&& other) noexcept = default;
OptionList& OptionList::operator=(const OptionList& other) = default;
OptionList& OptionList::operator=(OptionList&& other) noexcept = default;
OptionList::~OptionList() = default;

void OptionList::add(OptionDoc doc, OptionMember member, const void* defaults) {
  doc.default_value = to_json(written(member, defaults), -1);
  options_.push_back({std::move(doc), std::move(member)});
}

void OptionList::include(const OptionList& other, size_t offset) {
  for (Option option : other.options_) {
    option.member.offset += offset;
    options_.push_back(std::move(option));
  }
}

void OptionList::set_required() {
  options_.back().required = true;
  options_.back().doc.default_value.clear();
}

void OptionList::set_range(double lowest, double highest, bool open) {
  Option& option = options_.back();
  option.check = [component = component_, name = option.doc.name, lowest, highest, open](const Config& value) {
    check_range(value, component, name, lowest, highest, open);
  };
}

void OptionList::set_choices(std::vector<std::string> names) {
  Option& option = options_.back();
  option.doc.text += " (";
  for (size_t i = 0; i < names.size(); ++i) option.doc.text += (i ? " | " : "") + names[i];
  option.doc.text += ")";
  option.check = [component = component_, name = option.doc.name, names = std::move(names)](const Config& value) {
    check_choice(value, component, name, names);
  };
}

void OptionList::check_keys(const Config& arguments, const std::string& start) const {
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.doc.name);
  for (const auto& [key, value] : arguments.as_map()) {
    require(std::find(names.begin(), names.end(), key) != names.end(), "{}: {} has no option '{}'{}",
            message_start(value, start), component_, key, suggestion(key, names));
  }
}

void OptionList::parse(const Config& arguments, void* options) const {
  const std::string start = message_start(arguments, component_);
  require(arguments.is_map() || arguments.is_null(), "{}: the arguments are {}; a map of options is needed", start,
          arguments.type_name());
  if (arguments.is_map()) check_keys(arguments, start);
  for (const Option& option : options_) {
    const Config* value = arguments.is_map() ? arguments.find(option.doc.name) : nullptr;
    require(value || !option.required, "{}: {} needs the option '{}' ({})", start, component_, option.doc.name,
            option.doc.text);
    if (!value) continue;
    void* to = address(options, option.member);
    if (option.member.table) {
      option.member.table->parse(*value, to);
    } else {
      option.member.read(*value, to);
    }
    if (option.check && !value->is_null()) option.check(*value);
  }
}

Config OptionList::complete(const void* options) const {
  Config result = Config::map();
  for (const Option& option : options_) result.set(option.doc.name, written(option.member, options));
  return result;
}

std::vector<OptionDoc> OptionList::docs() const {
  std::vector<OptionDoc> result;
  for (const Option& option : options_) {
    result.push_back(option.doc);
    if (!option.member.table) continue;
    for (OptionDoc doc : option.member.table->docs()) {
      doc.name = option.doc.name + "." + doc.name;
      result.push_back(std::move(doc));
    }
  }
  return result;
}

}  // namespace spinel
