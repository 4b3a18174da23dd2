#include "spinel/kernels/cpu/segment.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "tests/kernels/spmm_testing.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;

/// Segments of rows and their memory.
template <typename Index>
struct Case {
  std::vector<Index> ptr, order;
  int64_t width = 1;

  int64_t rows() const { return static_cast<int64_t>(ptr.back()); }
  int64_t count() const { return static_cast<int64_t>(ptr.size()) - 1; }
  Segments<Index> segments(Dtype dtype) const {
    return {dtype, count(), ptr.data(), order.empty() ? nullptr : order.data(), width};
  }
  /// The rows of a segment.
  std::vector<int64_t> rows_of(int64_t segment) const {
    std::vector<int64_t> list;
    for (Index e = ptr[static_cast<size_t>(segment)]; e < ptr[static_cast<size_t>(segment) + 1]; ++e) {
      list.push_back(order.empty() ? e : order[static_cast<size_t>(e)]);
    }
    return list;
  }
};

/// Segments of none, of one and of many rows, one of a third of all.
template <typename Index>
Case<Index> random_case(std::mt19937& random, int64_t rows, int64_t count, int64_t width, bool with_order) {
  Case<Index> c{{}, {}, width};
  for (int64_t k = 0; k < count; ++k) {
    c.ptr.push_back(static_cast<Index>(random() % static_cast<size_t>(2 * rows / 3 + 1)));
  }
  c.ptr.push_back(static_cast<Index>(rows));
  c.ptr.front() = 0;
  std::sort(c.ptr.begin(), c.ptr.end());
  if (with_order) {
    c.order.resize(static_cast<size_t>(rows));
    std::iota(c.order.begin(), c.order.end(), Index{0});
    std::shuffle(c.order.begin(), c.order.end(), random);
  }
  return c;
}

/// An element's type and that of the indices.
template <typename S, typename I>
struct Types {
  using Element = S;
  using Index = I;
};

template <typename T>
class Segment : public testing::Test {
 protected:
  using S = typename T::Element;
  using Index = typename T::Index;
  using N = ElementNumber<S>;
  static constexpr Dtype dtype = dtype_of<S>();

  static std::vector<N> numbers(const std::vector<S>& elements) {
    std::vector<N> list;
    for (const S& x : elements) list.push_back(get_element(&x));
    return list;
  }
  static size_t size(int64_t a, int64_t b) { return static_cast<size_t>(a * b); }

  struct Reduced {
    std::vector<S> values;
    std::vector<Index> arg;
  };
  static Reduced reduce(const Case<Index>& c, SegmentReduce how, const std::vector<S>& src,
                        const ParallelFor& parallel) {
    Reduced out{std::vector<S>(size(c.count(), c.width)), std::vector<Index>(size(c.count(), c.width), -5)};
    segment_reduce(c.segments(dtype), how, c.rows(), src.data(), out.values.data(), out.arg.data(), parallel);
    return out;
  }
  static N round(N x) {
    S stored;
    put_element(&stored, x);
    return get_element(&stored);
  }
};
using AllTypes =
    testing::Types<Types<float, int64_t>, Types<float, int32_t>, Types<double, int64_t>, Types<Half, int32_t>,
                   Types<Bf16, int64_t>, Types<int32_t, int32_t>, Types<int64_t, int64_t>>;
TYPED_TEST_SUITE(Segment, AllTypes);

TYPED_TEST(Segment, SumsAndMeansAreThoseOfLoops) {
  using N = typename TestFixture::N;
  std::mt19937 random(1);
  for (const auto& [rows, count, width] : std::vector<std::tuple<int64_t, int64_t, int64_t>>{
           {0, 0, 1}, {0, 4, 3}, {9, 1, 1}, {500, 40, 70}, {3000, 700, 1}, {2000, 300, 5}}) {
    for (const bool with_order : {false, true}) {
      const auto c = random_case<typename TypeParam::Index>(random, rows, count, width, with_order && rows > 0);
      const auto src = random_elements<typename TypeParam::Element>(random, rows * width, 2);
      const auto from = this->numbers(src);
      std::vector<N> sums, means;
      for (int64_t s = 0; s < count; ++s) {
        const auto list = c.rows_of(s);
        for (int64_t f = 0; f < width; ++f) {
          N sum = 0;
          for (const int64_t row : list) sum += from[static_cast<size_t>(row * width + f)];
          sums.push_back(this->round(sum));
          means.push_back(this->round(list.empty() ? N(0) : static_cast<N>(sum / static_cast<N>(list.size()))));
        }
      }
      for (const int threads : {1, 2, 5}) {
        const PiecesInTurn parallel(threads);
        EXPECT_EQ(this->numbers(this->reduce(c, SegmentReduce::sum, src, parallel).values), sums);
        EXPECT_EQ(this->numbers(this->reduce(c, SegmentReduce::mean, src, parallel).values), means);
      }
    }
  }
}

TYPED_TEST(Segment, ExtremesAreThoseOfLoops) {
  using N = typename TestFixture::N;
  using Index = typename TypeParam::Index;
  std::mt19937 random(2);
  for (const bool with_order : {false, true}) {
    const auto c = random_case<Index>(random, 3000, 400, 3, with_order);
    const auto src = random_elements<typename TypeParam::Element>(random, 3000 * 3, 50);
    const auto from = this->numbers(src);
    for (const bool max : {false, true}) {
      std::vector<N> values;
      std::vector<Index> arg;
      for (int64_t s = 0; s < c.count(); ++s) {
        for (int64_t f = 0; f < 3; ++f) {
          int64_t best = c.rows();
          for (const int64_t row : c.rows_of(s)) {
            const N x = from[static_cast<size_t>(row * 3 + f)];
            const N held = best == c.rows() ? N(0) : from[static_cast<size_t>(best * 3 + f)];
            if (best == c.rows() || (max ? x > held : x < held)) best = row;
          }
          values.push_back(best == c.rows() ? N(0) : from[static_cast<size_t>(best * 3 + f)]);
          arg.push_back(static_cast<Index>(best));
        }
      }
      for (const int threads : {1, 2, 5}) {
        const auto found = this->reduce(c, max ? SegmentReduce::max : SegmentReduce::min, src, PiecesInTurn(threads));
        EXPECT_EQ(this->numbers(found.values), values);
        EXPECT_EQ(found.arg, arg);
      }
    }
  }
}

// Σ (reduced · g) = Σ (src · spread(g)): the spread is the transposed of the sum and of the mean.
TYPED_TEST(Segment, SpreadsToAllRows) {
  using S = typename TypeParam::Element;
  std::mt19937 random(3);
  for (const bool with_order : {false, true}) {
    const auto c = random_case<typename TypeParam::Index>(random, 2000, 300, 4, with_order);
    const auto src = random_elements<S>(random, c.count() * 4, 50);
    const auto from = this->numbers(src);
    for (const SegmentReduce reduce : {SegmentReduce::sum, SegmentReduce::mean}) {
      std::vector<typename TestFixture::N> expected(static_cast<size_t>(c.rows() * 4));
      for (int64_t s = 0; s < c.count(); ++s) {
        const auto list = c.rows_of(s);
        for (const int64_t row : list) {
          for (int64_t f = 0; f < 4; ++f) {
            const auto x = from[static_cast<size_t>(s * 4 + f)];
            const auto length = static_cast<typename TestFixture::N>(list.size());
            expected[static_cast<size_t>(row * 4 + f)] =
                reduce == SegmentReduce::sum ? x : this->round(static_cast<typename TestFixture::N>(x / length));
          }
        }
      }
      for (const int threads : {1, 2, 5}) {
        std::vector<S> out(static_cast<size_t>(c.rows() * 4));
        segment_spread(c.segments(this->dtype), reduce, src.data(), out.data(), PiecesInTurn(threads));
        EXPECT_EQ(this->numbers(out), expected);
      }
    }
  }
}

// What picks at the rows taken, and what places there, are each other's transposed.
TYPED_TEST(Segment, PicksAndPlacesAtTheRowsTaken) {
  using S = typename TypeParam::Element;
  using Index = typename TypeParam::Index;
  const std::vector<Index> arg = {2, 0, 3, 3, 0, 1};  // [3, 2], 3 is none
  const Segments<Index> segments{.dtype = this->dtype, .count = 3, .width = 2};
  const auto elements = [](const std::vector<int>& numbers) {
    std::vector<S> list(numbers.size());
    for (size_t k = 0; k < list.size(); ++k) put_element(&list[k], static_cast<ElementNumber<S>>(numbers[k]));
    return list;
  };
  std::vector<S> picked(6), placed(6);
  segment_pick(segments, 3, elements({1, 2, 3, 4, 5, 6}).data(), arg.data(), picked.data(), serial());
  EXPECT_THAT(this->numbers(picked), ElementsAre(5, 2, 0, 0, 1, 4));
  segment_place(segments, 3, elements({1, 2, 3, 4, 5, 6}).data(), arg.data(), placed.data(), serial());
  EXPECT_THAT(this->numbers(placed), ElementsAre(5, 2, 0, 6, 1, 0));
}

TYPED_TEST(Segment, PicksAndPlacesOnAnyNumberOfThreads) {
  using S = typename TypeParam::Element;
  using Index = typename TypeParam::Index;
  constexpr int64_t rows = 20'000, count = 9000, width = 3;
  std::mt19937 random(4);
  std::vector<int64_t> permutation(rows);
  std::iota(permutation.begin(), permutation.end(), 0);
  std::shuffle(permutation.begin(), permutation.end(), random);
  std::vector<Index> arg;
  for (int64_t i = 0; i < count * width; ++i) {
    arg.push_back(static_cast<Index>(random() % 10 == 0 ? rows : permutation[static_cast<size_t>(i / width)]));
  }
  const auto src = random_elements<S>(random, rows * width, 50);
  const auto from = this->numbers(src);
  std::vector<typename TestFixture::N> picked(arg.size()), placed(static_cast<size_t>(rows * width));
  for (size_t i = 0; i < arg.size(); ++i) {
    if (arg[i] == rows) continue;
    const size_t at = static_cast<size_t>(arg[i]) * width + i % width;
    picked[i] = from[at];
    placed[at] = from[i];
  }
  const Segments<Index> segments{.dtype = this->dtype, .count = count, .width = width};
  for (const int threads : {1, 2, 5}) {
    set_thread_pool_size(threads);
    std::vector<S> out(arg.size()), back(placed.size());
    segment_pick(segments, rows, src.data(), arg.data(), out.data(), thread_pool());
    EXPECT_EQ(this->numbers(out), picked);
    segment_place(segments, rows, src.data(), arg.data(), back.data(), thread_pool());
    EXPECT_EQ(this->numbers(back), placed);
  }
  set_thread_pool_size(0);
}

// As torch.amin and torch.amax: NaN is least and greatest of all, and the first of several.
TEST(SegmentExtremes, NanWinsAndTheFirstOfEqualOnes) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const std::vector<float> src = {1, nan, inf, nan, -inf, -inf, 2, 2, nan};
  const std::vector<int32_t> ptr = {0, 4, 8, 8, 9};
  for (const SegmentReduce reduce : {SegmentReduce::min, SegmentReduce::max}) {
    std::vector<float> out(4);
    std::vector<int32_t> arg(4);
    segment_reduce<int32_t>({Dtype::f32, 4, ptr.data(), nullptr, 1}, reduce, 9, src.data(), out.data(), arg.data(),
                            serial());
    EXPECT_TRUE(std::isnan(out[0]) && std::isnan(out[3]));
    EXPECT_EQ(out[1], reduce == SegmentReduce::min ? -inf : 2);
    EXPECT_EQ(out[2], 0);
    EXPECT_THAT(arg, ElementsAre(1, reduce == SegmentReduce::min ? 4 : 6, 9, 8));
  }
}

// 2049 ones are 2048 in half precision if they are added there.
TEST(SegmentSums, OfHalfPrecisionAreMadeInFloat) {
  std::vector<Half> src(2050);
  for (Half& x : src) put_element(&x, 1.f);
  const std::vector<int64_t> ptr = {0, 2050};
  Half sum;
  segment_reduce<int64_t>({Dtype::f16, 1, ptr.data(), nullptr, 1}, SegmentReduce::sum, 2050, src.data(), &sum, nullptr,
                          serial());
  EXPECT_EQ(get_element(&sum), 2050);
}

TEST(SegmentSums, OfIntegersWrapAndMeansAreCut) {
  const std::vector<int8_t> src = {127, 127, -7, -8, 0};
  const std::vector<int64_t> ptr = {0, 2, 4, 5};
  std::vector<int8_t> out(3);
  const Segments<int64_t> segments{Dtype::i8, 3, ptr.data(), nullptr, 1};
  segment_reduce<int64_t>(segments, SegmentReduce::sum, 5, src.data(), out.data(), nullptr, serial());
  EXPECT_THAT(out, ElementsAre(-2, -15, 0));
  segment_reduce<int64_t>(segments, SegmentReduce::mean, 5, src.data(), out.data(), nullptr, serial());
  EXPECT_THAT(out, ElementsAre(127, -7, 0));
  const std::vector<uint8_t> bytes = {250, 251};
  uint8_t mean = 0;
  segment_reduce<int64_t>({Dtype::u8, 1, ptr.data(), nullptr, 1}, SegmentReduce::mean, 2, bytes.data(), &mean, nullptr,
                          serial());
  EXPECT_EQ(mean, 250);
}

TEST(SegmentDtype, IsAnIntegerOrAFloat) {
  for (const Dtype dtype :
       {Dtype::u8, Dtype::i8, Dtype::i16, Dtype::i32, Dtype::i64, Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::f64}) {
    EXPECT_TRUE(is_segment_dtype(dtype));
  }
  EXPECT_FALSE(is_segment_dtype(Dtype::boolean));
  EXPECT_FALSE(is_segment_dtype(Dtype::u64));
}

}  // namespace
}  // namespace spinel::kernels
