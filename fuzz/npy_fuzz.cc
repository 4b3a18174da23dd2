// NumPy arrays, and (first byte 'z') archives of them: every element of a small array is read.
#include <algorithm>
#include <cstdint>
#include <string>

#include "spinel/base/error.h"
#include "spinel/base/npy.h"
#include "spinel/base/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string file(reinterpret_cast<const char*>(data), size);
  const auto read = [](std::span<const std::byte> bytes) {
    const spinel::NpyArray array = spinel::parse_npy(bytes, "fuzz");
    if (array.num_elements() * array.size != static_cast<int64_t>(array.bytes.size())) __builtin_trap();
    double sum = 0;
    if (array.is_number()) {
      for (int64_t i = 0; i < std::min<int64_t>(array.num_elements(), 4096); ++i) sum += array.real(i);
    }
    return sum;
  };
  try {
    if (!file.starts_with('z')) {
      read(std::as_bytes(std::span(file)));
      return 0;
    }
    spinel::ZipArchive archive(std::as_bytes(std::span(file)).subspan(1), "fuzz");
    for (const std::string& name : archive.names()) read(archive.read(name));
  } catch (const spinel::Error&) {
  }
  return 0;
}
