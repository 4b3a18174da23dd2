// Extended XYZ from bytes: an error, or frames that come back unchanged in size when written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spinel::XyzReadOptions options;
  options.allow_nonfinite = true;
  spinel::XyzReader reader(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.xyz", options);
  spinel::Frame frame;
  while (true) {
    try {
      if (!reader.next(frame)) return 0;
    } catch (const spinel::Error&) {
      return 0;
    }
    std::string text;
    try {
      text = spinel::format_xyz(frame);
    } catch (const spinel::Error&) {
      continue;  // for example a column name that needs quotes
    }
    const auto again = spinel::parse_xyz(text, "again.xyz", options);
    if (again.size() != 1 || again[0].numbers != frame.numbers || again[0].info.size() < frame.info.size())
      std::abort();
  }
}
