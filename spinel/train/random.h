// Random numbers of a run: the Mersenne Twister as Python and NumPy seed it, and the state of libtorch's generator.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace spinel::train {

/// MT19937 (Matsumoto and Nishimura 1998) with the seedings of Python's `random` and of NumPy's RandomState, so that
/// published splits come out bit for bit. (std::mt19937 knows neither seeding by array nor their ways to draw.)
class MersenneTwister {
 public:
  /// random.seed(seed): any magnitude, the sign does not count.
  static MersenneTwister python(int64_t seed);
  /// numpy.random.RandomState(seed): 0 ≤ seed < 2^32, else invalid_argument.
  static MersenneTwister numpy(int64_t seed);

  uint32_t next();
  /// random._randbelow(n) of Python: uniform in [0, n), 1 ≤ n < 2^32.
  uint32_t python_below(uint32_t n);
  /// random_interval(max) of NumPy's legacy generator: uniform in [0, max].
  uint32_t numpy_interval(uint32_t max);

 private:
  static constexpr size_t kSize = 624;
  void seed(uint32_t value);
  void seed_by_array(const std::vector<uint32_t>& key);
  void refill();
  std::array<uint32_t, kSize> state_{};
  size_t next_ = kSize;
};

/// random.shuffle(list(range(n))) after random.seed(seed). n < 2^32 here and below.
std::vector<int64_t> python_shuffle(int64_t n, int64_t seed);
/// numpy.random.RandomState(seed).permutation(n), and equally .shuffle of 0 … n−1.
std::vector<int64_t> numpy_permutation(int64_t n, int64_t seed);

/// The state of libtorch's global CPU generator as bytes [k] uint8; setting it continues the same stream.
at::Tensor generator_state();
/// A state of the wrong form: corrupt.
void set_generator_state(const at::Tensor& state);
/// torch.manual_seed(seed) for all devices.
void manual_seed(int64_t seed);

}  // namespace spinel::train
