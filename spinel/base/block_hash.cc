#include "spinel/base/block_hash.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "spinel/base/platform/file.h"

namespace spinel {

void BlockHash::add(std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t size = bytes.size(), used = length_ % 64;
  length_ += size;
  while (size > 0) {
    const size_t part = std::min(size, 64 - used);
    std::memcpy(rest_.data() + used, data, part);
    data += part;
    size -= part;
    used += part;
    if (used == 64) {
      block(rest_.data());
      used = 0;
    }
  }
}

void BlockHash::pad(ByteOrder order) {
  const uint64_t bits = 8 * length_;
  std::vector<std::byte> padding((119 - length_ % 64) % 64 + 1);
  padding[0] = std::byte{0x80};
  for (int i = 0; i < 8; ++i) {
    const int shift = 8 * (order == ByteOrder::little_endian ? i : 7 - i);
    padding.push_back(static_cast<std::byte>(bits >> shift));
  }
  add(padding);
}

void add_file(const std::string& path, std::initializer_list<BlockHash*> hashes) {
  const File file = File::open(path);
  std::vector<std::byte> buffer(1 << 20);
  for (uint64_t offset = 0;;) {
    const size_t size = file.read_at(offset, buffer);
    if (size == 0) return;
    for (BlockHash* hash : hashes) hash->add(std::span(buffer).first(size));
    offset += size;
  }
}

}  // namespace spinel
