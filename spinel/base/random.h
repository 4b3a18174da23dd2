// Counter-based random numbers: the value depends on seed and counter only, so a stream can be continued from anywhere.
#pragma once

#include <array>
#include <cstdint>

namespace spinel {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
/// The same counter gives the same numbers on every machine and in every order of calls.
class Philox {
 public:
  explicit Philox(uint64_t seed) : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)} {}

  /// 128 random bits of a counter.
  std::array<uint32_t, 4> bits(const std::array<uint32_t, 4>& counter) const;
  /// Two numbers in [0, 1) with 53 random bits each.
  std::array<double, 2> uniform(uint64_t high, uint64_t low) const;
  /// Two independent numbers of the standard normal distribution (Box and Muller 1958).
  std::array<double, 2> normal(uint64_t high, uint64_t low) const;

 private:
  std::array<uint32_t, 2> key_;
};

}  // namespace spinel
