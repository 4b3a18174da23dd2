// Archives from bytes: an error, or entries whose names stay inside and whose content stays within the limits.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "spinel/base/archive.h"
#include "spinel/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t limit = 1 << 20;
  const spinel::ArchiveLimits limits{.max_entries = 1000, .expansion_floor = limit, .expansion_ratio = 1};
  try {
    spinel::ArchiveReader archive(std::as_bytes(std::span(data, size)), "fuzz", limits);
    uint64_t total = 0;
    std::array<std::byte, 4096> buffer;
    while (archive.next()) {
      const std::string& name = archive.entry();
      if (name.empty() || name[0] == '/' || name.starts_with("../") || name.ends_with("/..")) __builtin_trap();
      while (const size_t got = archive.read(buffer)) total += got;
      if (total > std::max<uint64_t>(limit, size)) __builtin_trap();
    }
  } catch (const spinel::Error&) {
  }
  return 0;
}
