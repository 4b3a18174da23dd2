// Makes small tar archives (POSIX ustar), also packed as gzip, for tests of readers.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/zip_writer.h"

namespace spinel {

/// One header with its content. Types: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe.
struct TarEntry {
  std::string name, content;
  char type = '0';
  std::string link = "";
  int64_t size = -1;  ///< what the header says; -1: what is true
};

inline std::string tar_block(const TarEntry& entry) {
  std::string header(512, '\0');
  const auto put = [&](size_t at, std::string_view text) { header.replace(at, text.size(), text); };
  const auto octal = [](uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return std::string(text);
  };
  put(0, entry.name);
  put(100, "0004755");  // setuid, which readers must not honour
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(entry.size < 0 ? entry.content.size() : static_cast<uint64_t>(entry.size), 11));
  put(136, "00000000000");
  put(148, "        ");  // the checksum is taken with blanks in its place
  header[156] = entry.type;
  put(157, entry.link);
  put(257, std::string_view("ustar\00000", 8));
  uint64_t sum = 0;
  for (const char c : header) sum += static_cast<uint8_t>(c);
  put(148, octal(sum, 6) + std::string("\0 ", 2));
  return header + entry.content + std::string((512 - entry.content.size() % 512) % 512, '\0');
}

inline std::string tar_of(const std::vector<TarEntry>& entries) {
  std::string bytes;
  for (const TarEntry& entry : entries) bytes += tar_block(entry);
  return bytes + std::string(1024, '\0');
}

/// A gzip file whose deflate blocks are stored as they are (RFC 1951, section 3.2.4).
inline std::string gzip_of(std::string_view content) {
  std::string bytes("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (size_t at = 0; at == 0 || at < content.size();) {
    const std::string_view block = content.substr(at, 65535);
    at += std::max<size_t>(1, block.size());
    bytes += little(at >= content.size(), 1) + little(block.size(), 2) + little(~block.size(), 2);
    bytes += block;
  }
  return bytes + little(crc_of(content), 4) + little(content.size(), 4);
}

}  // namespace spinel
