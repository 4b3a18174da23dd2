// Configs: bytes as JSON and as YAML. What one reader takes is written and must read back as the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "spinel/base/class_params.h"
#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/interpolation.h"

namespace {

void check_round_trip(const spinel::Config& value) {
  const std::string json = spinel::to_json(value);
  // Numbers that JSON lacks become texts, so the second reading is compared with the first.
  if (spinel::to_json(spinel::parse_json(json, "written")) != json) std::abort();
  const std::string yaml = spinel::to_yaml(value);
  if (spinel::to_yaml(spinel::parse_yaml(yaml, "written")) != yaml) std::abort();
}

template <typename Action>
void accept_errors(const Action& action) {
  try {
    action();
  } catch (const spinel::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {spinel::parse_json, spinel::parse_yaml}) {
    spinel::Config value;
    bool parsed = false;
    accept_errors([&] {
      value = parse(text, "fuzz");
      parsed = true;
    });
    if (!parsed) continue;
    // Outside accept_errors: what was read must be writable and readable again.
    check_round_trip(value);
    accept_errors([&] { spinel::import_class_params(value); });
    accept_errors([&] { spinel::interpolate(value); });
  }
  return 0;
}
