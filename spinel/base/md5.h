// MD5 (RFC 1321), for comparing downloads with the sums that archives publish; it guards against damage, not attack.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace spinel {

/// Takes bytes piece by piece.
class Md5 {
 public:
  void add(std::span<const std::byte> bytes);
  /// 32 lower-case hexadecimal digits of all that was added. Ends the use of the object.
  std::string finish();

 private:
  void block(const uint8_t* data);
  std::array<uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<uint8_t, 64> rest_{};
  uint64_t length_ = 0;  ///< bytes
};

}  // namespace spinel
