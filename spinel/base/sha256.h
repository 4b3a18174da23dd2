// SHA-256 of files (FIPS 180-4), for checking downloads.
// Written here because the function is small and fixed, and a cryptographic library would be a dependency of base.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace spinel {

/// Takes bytes piece by piece.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits of all that was added. Ends the use of the object.
  std::string finish();

 private:
  void block(const uint8_t* data);
  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> rest_{};
  uint64_t length_ = 0;  ///< bytes
};

/// Of a file's content, read in pieces.
std::string sha256_of_file(const std::string& path);

}  // namespace spinel
