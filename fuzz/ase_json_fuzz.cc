// Entries of ASE's databases from bytes, as text and in binary form: an error, or values that fill their shape.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "spinel/atoms/ase_json.h"
#include "spinel/base/error.h"

namespace {

void read(const spinel::ase::Encoded& encoded) {
  if (!encoded.object.is_map()) return;
  for (const auto& [key, value] : encoded.object.as_map()) {
    const auto property = spinel::ase::to_property(value, encoded.bytes, "fuzz");
    if (!property) continue;
    size_t count = 1;
    for (const int64_t size : property->shape) count *= static_cast<size_t>(size);
    const size_t values = std::visit([](const auto& items) { return items.size(); }, property->values);
    if (values != count) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    read(spinel::ase::parse_bytes(std::as_bytes(std::span(data, size)), "fuzz"));
  } catch (const spinel::Error&) {
  }
  try {
    read(spinel::ase::parse_text({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const spinel::Error&) {
  }
  return 0;
}
