// Documents with crystals from bytes: an error, or frames whose properties have a value for each atom.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "spinel/atoms/pymatgen_json.h"
#include "spinel/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    auto reader = spinel::PymatgenReader::over(text, "fuzz.json");
    for (spinel::Frame frame; reader.next(frame);) {
      if (frame.positions.size() != frame.numbers.size()) std::abort();
      for (const auto& [key, property] : frame.arrays) {
        const auto& values = std::get<std::vector<double>>(property.values);
        if (values.size() != frame.numbers.size() * static_cast<size_t>(property.columns)) std::abort();
      }
    }
  } catch (const spinel::Error&) {
  }
  return 0;
}
