#include "spinel/base/md5.h"

#include <bit>
#include <cmath>

#include "spinel/base/format.h"

namespace spinel {
namespace {

/// The table T of RFC 1321, section 3.4: the first 32 bits behind the point of |sin(i + 1)|.
std::array<uint32_t, 64> sines() {
  std::array<uint32_t, 64> table;
  for (int i = 0; i < 64; ++i) table[i] = static_cast<uint32_t>(std::floor(std::abs(std::sin(i + 1.0)) * 4294967296.0));
  return table;
}

constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

}  // namespace

void Md5::block(const uint8_t* data) {
  static const std::array<uint32_t, 64> table = sines();
  uint32_t words[16];
  for (int i = 0; i < 16; ++i) {
    words[i] = data[4 * i] | uint32_t{data[4 * i + 1]} << 8 | uint32_t{data[4 * i + 2]} << 16 |
               uint32_t{data[4 * i + 3]} << 24;
  }
  auto [a, b, c, d] = state_;
  for (int i = 0; i < 64; ++i) {
    const int round = i / 16;
    const uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                           : round == 1 ? (d & b) | (~d & c)
                           : round == 2 ? b ^ c ^ d
                                        : c ^ (b | ~d);
    const int word = round == 0 ? i : round == 1 ? (5 * i + 1) % 16 : round == 2 ? (3 * i + 5) % 16 : 7 * i % 16;
    const uint32_t turned = std::rotl(a + mixed + table[i] + words[word], kShifts[round][i % 4]);
    a = d;
    d = c;
    c = b;
    b += turned;
  }
  const uint32_t sums[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i) state_[i] += sums[i];
}

std::string Md5::finish() {
  pad(ByteOrder::little_endian);
  std::string text;
  for (const uint32_t word : state_) {
    for (int i = 0; i < 4; ++i) text += format("{:02x}", (word >> (8 * i)) & 0xff);
  }
  return text;
}

}  // namespace spinel
