// MD5 (RFC 1321), for comparing downloads with the sums that archives publish; it guards against damage, not attack.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "spinel/base/block_hash.h"

namespace spinel {

class Md5 : public BlockHash {
 public:
  /// 32 lower-case hexadecimal digits of all that was added. Ends the use of the object.
  std::string finish();

 private:
  void block(const uint8_t* data) override;
  std::array<uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
};

}  // namespace spinel
