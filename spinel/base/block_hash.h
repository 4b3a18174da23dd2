// What the hash functions that take 64 bytes at a time share: cutting into blocks, padding, reading files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace spinel {

/// Takes bytes piece by piece (Merkle and Damgård's construction, as in RFC 1321 and FIPS 180-4).
class BlockHash {
 public:
  virtual ~BlockHash() = default;
  void add(std::span<const std::byte> bytes);

 protected:
  enum class ByteOrder { little_endian, big_endian };
  /// Adds what ends a message: a bit, zeros, and the number of bits so far in `order`.
  void pad(ByteOrder order);
  /// Takes the next 64 bytes.
  virtual void block(const uint8_t* data) = 0;

 private:
  std::array<uint8_t, 64> rest_{};
  uint64_t length_ = 0;  ///< bytes
};

/// Adds a file's content to each of the hashes; the file is read once, in pieces.
void add_file(const std::string& path, std::initializer_list<BlockHash*> hashes);

}  // namespace spinel
