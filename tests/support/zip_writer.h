// Makes small zip archives of stored entries, for tests of readers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spinel {

/// The checksum of zip entries (CRC-32, reflected polynomial 0xedb88320).
inline uint32_t crc_of(std::string_view text) {
  uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/// The lowest `size` bytes of a number, lowest first.
inline std::string little(uint64_t value, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text += i < 8 ? static_cast<char>(value >> (8 * i)) : 0;
  return text;
}

/// A zip archive of stored entries.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string bytes, directory;
  for (const auto& [name, content] : entries) {
    const std::string facts = little(crc_of(content), 4) + little(content.size(), 4) + little(content.size(), 4) +
                              little(name.size(), 2) + little(0, 2);
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + little(0, 8) + facts + little(0, 2 + 2 + 2 + 4) +
                 little(bytes.size(), 4) + name;
    bytes += "PK\x03\x04" + little(20, 2) + little(0, 8) + facts + name + content;
  }
  return bytes + directory + "PK\x05\x06" + little(0, 4) + little(entries.size(), 2) + little(entries.size(), 2) +
         little(directory.size(), 4) + little(bytes.size(), 4) + little(0, 2);
}

}  // namespace spinel
