#include "spinel/nn/call.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::nn {

ValueList bind_arguments(std::string_view owner, std::span<const Parameter> parameters,
                         const CallArguments& arguments) {
  require(arguments.positional.size() <= parameters.size(), "{}: {} arguments are given; it takes {}", owner,
          arguments.positional.size(), parameters.size());
  ValueList values = arguments.positional;
  std::vector<bool> given(parameters.size());
  std::fill_n(given.begin(), values.size(), true);
  for (size_t k = values.size(); k < parameters.size(); ++k) values.push_back(parameters[k].otherwise);
  for (const auto& [name, value] : arguments.named) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&, &key = name](const Parameter& parameter) { return parameter.name == key; });
    if (found == parameters.end()) {
      std::vector<std::string> known;
      for (const Parameter& parameter : parameters) known.push_back(parameter.name);
      fail(ErrorKind::invalid_argument, "{}: it takes no argument '{}'{}", owner, name, suggestion(name, known));
    }
    const auto k = static_cast<size_t>(found - parameters.begin());
    require(!given[k], "{}: {} is given twice; once is needed", owner, name);
    values[k] = value;
    given[k] = true;
  }
  for (size_t k = 0; k < parameters.size(); ++k) {
    require(given[k] || !parameters[k].is_required, "{}: {} is missing; it must be given", owner, parameters[k].name);
  }
  return values;
}

}  // namespace spinel::nn
