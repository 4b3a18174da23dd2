// Safetensors files: the whole file, or (first byte 'h') only the header, with length and data added around it.
#include <cstdint>
#include <string>

#include "spinel/base/error.h"
#include "spinel/base/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (file.starts_with('h')) {
    // Random bytes seldom guess a right length.
    std::string length(8, '\0');
    for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(uint64_t{size - 1} >> (8 * i));
    file = length + file.substr(1) + std::string(64, '\1');
  }
  try {
    const auto parsed = spinel::SafetensorsFile::parse(std::as_bytes(std::span(file)), "fuzz");
    uint64_t sum = 0;
    for (const std::string& name : parsed.names()) {
      for (const std::byte byte : parsed.tensor(name).bytes) sum += static_cast<uint64_t>(byte);
    }
    if (sum > 255 * file.size()) __builtin_trap();  // bytes that are not the file's, or some of them twice
  } catch (const spinel::Error&) {
  }
  return 0;
}
