#include "spinel/train/random.h"

#include <ATen/Context.h>

#include <bit>
#include <exception>
#include <mutex>
#include <numeric>

#include "spinel/base/error.h"

namespace spinel::train {

void MersenneTwister::seed(uint32_t value) {
  state_[0] = value;
  for (uint32_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
  next_ = kSize;
}

void MersenneTwister::seed_by_array(const std::vector<uint32_t>& key) {
  seed(19650218u);
  size_t i = 1, j = 0;
  const auto wrap = [&] {
    if (++i < kSize) return;
    state_[0] = state_[kSize - 1];
    i = 1;
  };
  for (size_t k = std::max(kSize, key.size()); k > 0; --k) {
    const uint32_t mixed = state_[i - 1] ^ (state_[i - 1] >> 30);
    state_[i] = (state_[i] ^ (mixed * 1664525u)) + key[j] + static_cast<uint32_t>(j);
    wrap();
    if (++j == key.size()) j = 0;
  }
  for (size_t k = kSize - 1; k > 0; --k) {
    const uint32_t mixed = state_[i - 1] ^ (state_[i - 1] >> 30);
    state_[i] = (state_[i] ^ (mixed * 1566083941u)) - static_cast<uint32_t>(i);
    wrap();
  }
  state_[0] = 0x80000000u;
}

void MersenneTwister::refill() {
  constexpr size_t kShift = 397;
  for (size_t k = 0; k < kSize; ++k) {
    const uint32_t y = (state_[k] & 0x80000000u) | (state_[(k + 1) % kSize] & 0x7fffffffu);
    state_[k] = state_[(k + kShift) % kSize] ^ (y >> 1) ^ ((y & 1u) ? 0x9908b0dfu : 0u);
  }
  next_ = 0;
}

uint32_t MersenneTwister::next() {
  if (next_ == kSize) refill();
  uint32_t y = state_[next_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

MersenneTwister MersenneTwister::python(int64_t seed) {
  const uint64_t magnitude = seed < 0 ? -static_cast<uint64_t>(seed) : static_cast<uint64_t>(seed);
  std::vector<uint32_t> key{static_cast<uint32_t>(magnitude)};
  if (magnitude >> 32) key.push_back(static_cast<uint32_t>(magnitude >> 32));
  MersenneTwister generator;
  generator.seed_by_array(key);
  return generator;
}

MersenneTwister MersenneTwister::numpy(int64_t seed) {
  require(seed >= 0 && seed <= 0xffffffffll, "seed: {} is no seed of NumPy's RandomState; it must lie in [0, 2^32)",
          seed);
  MersenneTwister generator;
  generator.seed(static_cast<uint32_t>(seed));
  return generator;
}

uint32_t MersenneTwister::python_below(uint32_t n) {
  const int bits = std::bit_width(n);
  uint32_t value;
  do {
    value = next() >> (32 - bits);
  } while (value >= n);
  return value;
}

uint32_t MersenneTwister::numpy_interval(uint32_t max) {
  if (max == 0) return 0;  // without a draw, as there
  const uint32_t mask = 0xffffffffu >> std::countl_zero(max);
  uint32_t value;
  do {
    value = next() & mask;
  } while (value > max);
  return value;
}

namespace {

/// 0 … n−1, each entry from the last down to the second exchanged with entry draw(i), 0 ≤ draw(i) ≤ i.
template <typename Draw>
std::vector<int64_t> fisher_yates(int64_t n, Draw draw) {
  require(n >= 0 && n <= 0xffffffffll, "shuffle: {} entries; there must be fewer than 2^32", n);
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[draw(static_cast<uint32_t>(i))]);
  return order;
}

}  // namespace

std::vector<int64_t> python_shuffle(int64_t n, int64_t seed) {
  MersenneTwister generator = MersenneTwister::python(seed);
  return fisher_yates(n, [&](uint32_t i) { return generator.python_below(i + 1); });
}

std::vector<int64_t> numpy_permutation(int64_t n, int64_t seed) {
  MersenneTwister generator = MersenneTwister::numpy(seed);
  return fisher_yates(n, [&](uint32_t i) { return generator.numpy_interval(i); });
}

at::Tensor generator_state() {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void set_generator_state(const at::Tensor& state) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
  std::lock_guard<std::mutex> lock(generator.mutex());
  const bool bytes = state.defined() && state.scalar_type() == at::kByte && state.dim() == 1;
  const int64_t size = generator.get_state().numel();
  if (!bytes || state.numel() != size) {
    fail(ErrorKind::corrupt, "generator state: {} bytes; it must be uint8 [{}]", state.defined() ? state.numel() : 0,
         size);
  }
  try {
    generator.set_state(state.contiguous());
  } catch (const std::exception&) {
    fail(ErrorKind::corrupt, "generator state: libtorch refuses the bytes; they must come from the same libtorch");
  }
}

void manual_seed(int64_t seed) { at::manual_seed(static_cast<uint64_t>(seed)); }

}  // namespace spinel::train
