#include "spinel/base/format.h"

#include <fmt/args.h>
#include <fmt/format.h>

namespace spinel::format_internal {

std::string format(std::string_view text, const FormatArgument* arguments, size_t count) {
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  for (size_t i = 0; i < count; ++i) {
    std::visit([&](const auto& value) { store.push_back(value); }, arguments[i].value());
  }
  return fmt::vformat(text, store);
}

}  // namespace spinel::format_internal
