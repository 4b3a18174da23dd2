#include "spinel/kernels/cpu/simd_level.h"

#include <hwy/highway.h>

#include <cstdlib>

#include "spinel/base/error.h"
#include "spinel/base/format.h"

namespace spinel::kernels {
namespace {

/// Bits of all targets, found before any of them is forced. Highway gives the better ones the lower bits.
const std::vector<int64_t>& targets() {
  static const std::vector<int64_t> all = hwy::SupportedAndGeneratedTargets();
  return all;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');  // not toupper: the locale must not matter
  }
  return result;
}

void use(int64_t mask) {
  hwy::SetSupportedTargetsForTest(mask);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

const std::vector<std::string>& simd_levels() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const int64_t target : targets()) result.push_back(hwy::TargetName(target));
    return result;
  }();
  return names;
}

std::string simd_level() { return hwy::TargetName(hwy::SupportedAndGeneratedTargets().front()); }

void force_simd_level(std::string_view name) {
  const std::vector<std::string>& names = simd_levels();
  const std::string wanted = upper_case(name);
  if (wanted == "BEST") return use(0);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return use(targets()[i]);
  }
  std::string known = "best";
  for (const std::string& each : names) known += ", " + each;
  fail(ErrorKind::invalid_argument, "SIMD level '{}': is none of this build and processor; known: {}", name, known);
}

void apply_simd_environment() {
  const char* level = std::getenv("SPINEL_SIMD");
  if (level != nullptr && *level != '\0') force_simd_level(level);
}

}  // namespace spinel::kernels
