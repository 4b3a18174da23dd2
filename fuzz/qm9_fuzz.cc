// A file of QM9 from bytes: an error, or a molecule that survives extended XYZ. Also its list of numbers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "spinel/atoms/qm9.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    spinel::parse_qm9_exclusions(text, "fuzz.txt");
  } catch (const spinel::Error&) {
  }
  spinel::Frame frame;
  try {
    frame = spinel::parse_qm9(text, "fuzz.xyz");
  } catch (const spinel::Error&) {
    return 0;
  }
  const auto again = spinel::parse_xyz(spinel::format_xyz(frame), "again.xyz", {.allow_nonfinite = true});
  if (again.size() != 1 || again[0].numbers != frame.numbers || again[0].positions != frame.positions) std::abort();
  return 0;
}
