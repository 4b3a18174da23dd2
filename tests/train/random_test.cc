#include "spinel/train/random.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"
#include "tests/train/reference.h"

namespace spinel::train {
namespace {

TEST(Random, ShufflesAgreeWithPythonAndNumPy) {
  for (const Config& entry : reference().at("shuffles").as_list()) {
    const int64_t n = entry.at("n").as_int(), seed = entry.at("seed").as_int();
    if (entry.contains("python")) EXPECT_EQ(python_shuffle(n, seed), entry.at("python").as_ints()) << seed;
    if (entry.contains("numpy")) EXPECT_EQ(numpy_permutation(n, seed), entry.at("numpy").as_ints()) << seed;
  }
}

TEST(Random, ShufflesArePermutations) {
  for (const int64_t n : {0, 1, 2, 1000}) {
    std::vector<int64_t> order = numpy_permutation(n, 3), sorted(n);
    std::iota(sorted.begin(), sorted.end(), int64_t{0});
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, sorted);
  }
  EXPECT_ERROR(python_shuffle(-1, 0), ErrorKind::invalid_argument, "-1");
  EXPECT_ERROR(numpy_permutation(3, -1), ErrorKind::invalid_argument, "-1");
  EXPECT_ERROR(numpy_permutation(3, int64_t{1} << 32), ErrorKind::invalid_argument, "2^32");
}

TEST(Random, FirstNumbersOfTheMersenneTwister) {
  // The standard fixes the 10000th value of std::mt19937 with its default seed 5489.
  MersenneTwister generator = MersenneTwister::numpy(5489);
  for (int i = 1; i < 10000; ++i) generator.next();
  EXPECT_EQ(generator.next(), 4123659995u);
}

TEST(Random, TheGeneratorGoesOnFromItsState) {
  manual_seed(12);
  at::randn({3});
  const at::Tensor state = generator_state().clone();
  const at::Tensor expected = at::randn({5});
  set_generator_state(state);
  EXPECT_TRUE(at::equal(at::randn({5}), expected));
  manual_seed(12);
  EXPECT_TRUE(at::equal(generator_state(), [] {
    manual_seed(12);
    return generator_state();
  }()));
}

TEST(Random, AStateOfTheWrongFormIsRefused) {
  const at::Tensor before = generator_state().clone();
  EXPECT_ERROR(set_generator_state({}), ErrorKind::corrupt, "0 bytes");
  EXPECT_ERROR(set_generator_state(at::zeros({3}, at::kByte)), ErrorKind::corrupt, "3 bytes");
  EXPECT_ERROR(set_generator_state(at::zeros({before.numel()})), ErrorKind::corrupt, "uint8");
  EXPECT_TRUE(at::equal(generator_state(), before));
}

}  // namespace
}  // namespace spinel::train
