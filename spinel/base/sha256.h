// SHA-256 of files (FIPS 180-4), for checking downloads.
// Written here because the function is small and fixed, and a cryptographic library would be a dependency of base.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "spinel/base/block_hash.h"

namespace spinel {

class Sha256 : public BlockHash {
 public:
  /// 64 lower-case hexadecimal digits of all that was added. Ends the use of the object.
  std::string finish();

 private:
  void block(const uint8_t* data) override;
  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};

/// Of a file's content, read in pieces.
std::string sha256_of_file(const std::string& path);

}  // namespace spinel
