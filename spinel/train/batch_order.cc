#include "spinel/train/batch_order.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace spinel::train {
namespace {

/// Fisher–Yates with a generator whose output the standard fixes; std::shuffle differs between libraries.
void shuffle(std::vector<int64_t>& items, uint64_t seed, uint64_t epoch) {
  std::seed_seq sequence{seed & 0xffffffff, seed >> 32, epoch & 0xffffffff, epoch >> 32};
  std::mt19937_64 generator(sequence);
  for (uint64_t left = items.size(); left > 1; --left) {
    const uint64_t limit = UINT64_MAX - UINT64_MAX % left;  // reject the rest, which would favour small numbers
    uint64_t draw = generator();
    while (draw >= limit) draw = generator();
    std::swap(items[left - 1], items[draw % left]);
  }
}

}  // namespace

BatchOrder::BatchOrder(const BatchOrderOptions& options, int64_t epoch) : options_(options) {
  order_.resize(static_cast<size_t>(options.samples));
  std::iota(order_.begin(), order_.end(), 0);
  if (options.shuffle) shuffle(order_, options.seed, static_cast<uint64_t>(epoch));
  const int64_t joint = options.batch_size * options.size;
  batches_ = options.drop_last ? options.samples / joint : (options.samples + joint - 1) / joint;
}

int64_t BatchOrder::joint_size(int64_t batch) const {
  const int64_t joint = options_.batch_size * options_.size;
  return std::min(joint, options_.samples - batch * joint);
}

std::vector<int64_t> BatchOrder::samples(int64_t batch, int rank) const {
  const int64_t count = joint_size(batch);
  const auto begin = order_.begin() + batch * options_.batch_size * options_.size;
  return {begin + count * rank / options_.size, begin + count * (rank + 1) / options_.size};
}

}  // namespace spinel::train
