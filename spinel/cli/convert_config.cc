#include "spinel/cli/convert_config.h"

#include <algorithm>

#include "spinel/base/error.h"

namespace spinel::cli {

bool is_paddle_config(const Config& config) {
  if (config.is_list()) return std::any_of(config.as_list().begin(), config.as_list().end(), is_paddle_config);
  if (!config.is_map()) return false;
  if (config.contains("__class_name__")) return true;
  return std::any_of(config.as_map().begin(), config.as_map().end(),
                     [](const auto& entry) { return is_paddle_config(entry.second); });
}

Config convert_paddle_config(const Config& config) {
  if (config.is_list()) {
    Config::List items;
    for (const Config& item : config.as_list()) items.push_back(convert_paddle_config(item));
    return Config(std::move(items));
  }
  if (!config.is_map()) return config;
  Config result = Config::map();
  const Config* name = config.find("__class_name__");
  if (!name) {
    for (const auto& [key, value] : config.as_map()) {
      require(key != "__init_params__", "{}: __init_params__ without __class_name__; both are needed", config.where());
      result.set(key, convert_paddle_config(value));
    }
    return result;
  }
  Config arguments = Config::map();
  for (const auto& [key, value] : config.as_map()) {
    if (key == "__class_name__") continue;
    require(key == "__init_params__", "{}: '{}' stands beside __class_name__; only __init_params__ can", config.where(),
            key);
    if (!value.is_null()) arguments = convert_paddle_config(value);
  }
  result.set(name->as_string(), std::move(arguments));
  return result;
}

}  // namespace spinel::cli
