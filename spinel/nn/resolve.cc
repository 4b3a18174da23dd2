#include "spinel/nn/resolve.h"

#include <cctype>

namespace spinel::nn {
namespace {

std::string plain(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != ' ') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

}  // namespace

std::string resolve_name(std::string_view name, const std::vector<std::string>& known, std::string_view ending) {
  const std::string wanted = plain(name), suffix = plain(ending);
  for (const std::string& one : known) {
    const std::string full = plain(one);
    const bool has_ending = full.size() > suffix.size() && full.ends_with(suffix);
    if (wanted == full || (has_ending && wanted == full.substr(0, full.size() - suffix.size()))) return one;
  }
  return "";
}

}  // namespace spinel::nn
