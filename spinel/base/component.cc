#include "spinel/base/component.h"

namespace spinel {

NamedArguments named_arguments(const Config& value) {
  const std::string where = value.where().empty() ? "" : value.where() + ": ";
  if (value.is_string()) return {value.as_string(), Config::map(), where};
  require(value.is_map() && value.as_map().size() == 1,
          "{}a component is needed here; write it as 'Name: {{arguments}}' or 'Name'", where);
  const auto& [name, arguments] = value.as_map().front();
  return {name, arguments.is_null() ? Config::map() : arguments, where};
}

}  // namespace spinel
