#include "spinel/base/random.h"

#include <cmath>
#include <numbers>

namespace spinel {

std::array<uint32_t, 4> Philox::bits(const std::array<uint32_t, 4>& counter) const {
  std::array<uint32_t, 4> c = counter;
  std::array<uint32_t, 2> key = key_;
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return c;
}

std::array<double, 2> Philox::uniform(uint64_t high, uint64_t low) const {
  const auto b = bits({static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(high),
                       static_cast<uint32_t>(high >> 32)});
  const auto number = [](uint32_t x, uint32_t y) {
    return static_cast<double>(((uint64_t{x} << 32) | y) >> 11) * 0x1p-53;
  };
  return {number(b[0], b[1]), number(b[2], b[3])};
}

std::array<double, 2> Philox::normal(uint64_t high, uint64_t low) const {
  const auto [u, v] = uniform(high, low);
  const double radius = std::sqrt(-2 * std::log1p(-u));  // 1 − u lies in (0, 1], so the logarithm is finite
  const double angle = 2 * std::numbers::pi * v;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace spinel
