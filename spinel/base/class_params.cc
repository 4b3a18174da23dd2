#include "spinel/base/class_params.h"

#include "spinel/base/config_text.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

constexpr std::string_view class_key = "__class_name__";
constexpr std::string_view params_key = "__init_params__";

Config import_value(const Config& value);

Config import_component(const Config& value) {
  for (const auto& [key, item] : value.as_map()) {
    require(key == class_key || key == params_key, "{}: the key '{}' stands beside {}; only {} can", item.where(), key,
            class_key, params_key);
  }
  const std::string& name = value.at(class_key).as_string();
  const Config* params = value.find(params_key);
  Config arguments = Config::map();
  if (params && !params->is_null()) {
    require(params->is_map(), "{}: the parameters of {} are {}; a map is needed", params->where(), name,
            params->type_name());
    arguments = import_value(*params);
  }
  Config component = Config::map();
  component.set(name, std::move(arguments));
  return component;
}

Config import_value(const Config& value) {
  Config result = value;
  if (value.is_map() && value.contains(class_key)) {
    result = import_component(value);
  } else if (value.is_map()) {
    for (auto& entry : result.as_map()) entry.second = import_value(entry.second);
  } else if (value.is_list()) {
    for (Config& item : result.as_list()) item = import_value(item);
  }
  result.set_location(value.location());
  return result;
}

}  // namespace

Config import_class_params(const Config& config) {
  Config result = import_value(config);
  config_text::set_paths(result, config.path());
  return result;
}

}  // namespace spinel
