#include "spinel/kernels/cpu/max_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/max_pool_rows.h"
#include "tests/kernels/max_pool_testing.h"

namespace spinel::kernels {
namespace {

using namespace testing;

/// 16-bit floats as the tests hold them: bits with an order.
struct Bf16 {
  uint16_t bits;
  float value() const {
    const uint32_t wide = uint32_t{bits} << 16;
    float f;
    std::memcpy(&f, &wide, 4);
    return f;
  }
  friend bool operator>(Bf16 a, Bf16 b) { return a.value() > b.value(); }
  friend bool operator==(Bf16 a, Bf16 b) { return a.value() == b.value(); }
};
struct F16 {
  uint16_t bits;
  float value() const {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    float f = exponent == 31 ? (mantissa ? NAN : INFINITY)
              : exponent     ? std::ldexp(float(1024 + mantissa), exponent - 25)
                             : std::ldexp(float(mantissa), -24);
    return bits >> 15 ? -f : f;
  }
  friend bool operator>(F16 a, F16 b) { return a.value() > b.value(); }
  friend bool operator==(F16 a, F16 b) { return a.value() == b.value(); }
};

template <typename T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  else if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  else if constexpr (std::is_same_v<T, Bf16>) return Dtype::bf16;
  else if constexpr (std::is_same_v<T, F16>) return Dtype::f16;
  else if constexpr (std::is_same_v<T, uint8_t>) return Dtype::u8;
  else if constexpr (std::is_same_v<T, int8_t>) return Dtype::i8;
  else if constexpr (std::is_same_v<T, uint16_t>) return Dtype::u16;
  else if constexpr (std::is_same_v<T, int16_t>) return Dtype::i16;
  else if constexpr (std::is_same_v<T, uint32_t>) return Dtype::u32;
  else if constexpr (std::is_same_v<T, int32_t>) return Dtype::i32;
  else if constexpr (std::is_same_v<T, uint64_t>) return Dtype::u64;
  else return Dtype::i64;
}

/// What a tensor holds: the quick loops are left for the exact ones where a NaN, infinities of both signs or −0 turn
/// up.
enum class Values { finite, with_minus_zero, with_infinities, with_few_nan, with_many_nan };

/// Values with many ties.
template <typename T>
T draw_value(std::mt19937& random, Values values) {
  const int nan_percent = values == Values::with_few_nan ? 3 : values == Values::with_many_nan ? 25 : 0;
  int kind = int(random() % 100);
  if (values < Values::with_infinities && kind < 32) kind = 50;
  if (values == Values::finite && kind < 50) kind |= 1;
  if constexpr (std::is_integral_v<T>) {
    if (kind < 30) return std::numeric_limits<T>::lowest();
    if (kind < 40) return std::numeric_limits<T>::max();
    return static_cast<T>(random() % 7 - 3);
  } else {
    constexpr bool wide = std::is_floating_point_v<T>;
    constexpr bool bf16 = std::is_same_v<T, Bf16>;
    if constexpr (wide) {
      if (kind < nan_percent) return std::numeric_limits<T>::quiet_NaN();
      if (kind < 30) return -std::numeric_limits<T>::infinity();
      if (kind < 32) return std::numeric_limits<T>::infinity();
      if (kind < 50) return kind % 2 ? T(0) : -T(0);
      return T(int(random() % 9) - 4) / 2;
    } else {
      if (kind < nan_percent) return T{uint16_t(bf16 ? 0x7fc1 : 0x7e01)};
      if (kind < 30) return T{uint16_t(bf16 ? 0xff80 : 0xfc00)};
      if (kind < 50) return T{uint16_t(kind % 2 ? 0 : 0x8000)};
      return T{uint16_t((bf16 ? 0x3f00 : 0x3800) + random() % 5 * 64 + random() % 2 * 0x8000)};
    }
  }
}

constexpr PoolIndex kIndexTypes[] = {PoolIndex::none, PoolIndex::flat64, PoolIndex::flat32, PoolIndex::tap8};

int64_t read_index(const void* data, PoolIndex type, int64_t at) {
  if (type == PoolIndex::flat64) return static_cast<const int64_t*>(data)[at];
  if (type == PoolIndex::flat32) return static_cast<const int32_t*>(data)[at];
  return static_cast<const uint8_t*>(data)[at];
}

template <typename T>
class MaxPool : public ::testing::Test {
 protected:
  /// Runs the kernel on a random input and compares it with the definition bit by bit.
  void compare(const PoolGeometry& g, Layout in, Layout out, PoolIndex type, Values values, int threads,
               bool scan = false) {
    SCOPED_TRACE(describe(g) + format(" layouts {} {} index {} scan {}", int(in), int(out), int(type), scan));
    const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
    const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
    const PoolStrides xs = strides_of(x_sizes, in), ys = strides_of(y_sizes, out);
    std::vector<T> x(size_t(extent_of(x_sizes, xs))), wanted;
    for (T& v : x) v = draw_value<T>(random, values);
    std::vector<int64_t> wanted_index;
    define_max_pool(g, x.data(), xs, wanted, wanted_index);

    std::vector<T> y(size_t(extent_of(y_sizes, ys)));
    std::vector<char> index(y.size() * pool_index_size(type));
    const MaxPoolForward call{g, dtype_of<T>(), x.data(), xs, y.data(), ys, type, index.data(), ys};
    MaxPoolPlan plan = plan_max_pool(call, threads);
    if (scan) {
      plan = {.scan = true, .items = g.batch * g.channels * g.out[0] * g.out[1]};
    }
    set_thread_pool_size(threads);
    std::vector<char> scratch(size_t(plan.scratch_bytes) + 64, char(0x7f));
    max_pool_forward(call, plan, scratch.data(), threads > 1 ? thread_pool() : serial());
    const int64_t count = int64_t(wanted.size());
    for (int64_t k = 0; k < count; ++k) {
      const PoolPosition p = pool_position(&g, k, 0);
      const int64_t at = pool_offset(&ys, p.n, p.c, p.at[0], p.at[1], p.at[2]);
      ASSERT_EQ(std::memcmp(&y[size_t(at)], &wanted[size_t(k)], sizeof(T)), 0) << "output " << k;
      if (type == PoolIndex::none) continue;
      int64_t found = read_index(index.data(), type, at);
      if (type == PoolIndex::tap8) found = pool_tap_position(&g, &p, found);
      ASSERT_EQ(found, wanted_index[size_t(k)]) << "output " << k;
    }
  }
  std::mt19937 random{7};
};
using Types = ::testing::Types<float, double, Bf16, F16, uint8_t, int8_t, uint16_t, int16_t, uint32_t, int32_t,
                               uint64_t, int64_t>;
TYPED_TEST_SUITE(MaxPool, Types);

TYPED_TEST(MaxPool, AgreesWithTheDefinitionOnRandomWindows) {
  for (int k = 0; k < 150; ++k) {
    const PoolGeometry g = random_geometry(this->random, 40);
    PoolIndex type = kIndexTypes[this->random() % 4];
    if (type == PoolIndex::tap8 && g.taps[0] * g.taps[1] * g.taps[2] > 256) type = PoolIndex::flat64;
    const auto in = Layout(this->random() % 4), out = this->random() % 2 ? in : Layout(this->random() % 4);
    this->compare(g, in, out, type, Values(k % 5), 1 + k % 2, k % 10 == 9);
    if (this->HasFatalFailure()) return;
  }
}

// Few taps are read in place: whole windows where channels lie side by side, rows of values where columns do.
TYPED_TEST(MaxPool, AgreesWhereTheInputIsReadInPlace) {
  for (int k = 0; k < 80; ++k) {
    const Values values = k % 4 == 3 ? Values::with_few_nan : Values(k % 4);
    const int threads = 1 + k % 2;
    const PoolGeometry channels = random_channels_geometry(this->random, 13);
    const PoolIndex type = kIndexTypes[this->random() % 4];
    this->compare(channels, Layout::channels_last, Layout::channels_last, type, values, threads);
    this->compare(channels, Layout::channels_last, Layout::channels_first, type, values, threads);
    const PoolGeometry columns = random_geometry(this->random, 90);
    this->compare(columns, Layout::channels_first, Layout::channels_first, PoolIndex::none, values, threads);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(MaxPool, AgreesOnRowsLongerThanATile) {
  PoolWindow window;
  for (const auto& [kernel, stride, dilation] : {std::array<int64_t, 3>{3, 1, 1},
                                                 {2, 2, 1},
                                                 {3, 2, 2},
                                                 {5, 3, 1},
                                                 {4, 4, 1},
                                                 {13, 1, 3},
                                                 {40, 2, 1},
                                                 {3, 9, 2}}) {
    window.axis[0] = {kernel, stride, dilation, kernel / 2, kernel / 2};
    for (const Values values : {Values::with_minus_zero, Values::with_infinities}) {
      window.dims = 1;
      for (int64_t channels : {1, 70}) {
        this->compare(pool_geometry(window, std::vector<int64_t>{1, channels, 5003}), Layout::channels_first,
                      Layout::channels_first, PoolIndex::flat64, values, 2);
        this->compare(pool_geometry(window, std::vector<int64_t>{1, channels, 503}), Layout::channels_last,
                      Layout::channels_last, PoolIndex::none, Values::with_few_nan, 2);
      }
      this->compare(pool_geometry(window, std::vector<int64_t>{2, 3, 5003}), Layout::channels_first,
                    Layout::channels_first, PoolIndex::none, values, 2);
      window.dims = 2;
      // Wide squares would take the definition minutes under a sanitizer.
      if (kernel <= 5) window.axis[1] = window.axis[0];
      else window.axis[1] = {3, stride, 1, 1, 1};
      this->compare(pool_geometry(window, std::vector<int64_t>{1, 1, 211, 190}), Layout::channels_first,
                    Layout::channels_first, PoolIndex::flat32, values, 2);
      this->compare(pool_geometry(window, std::vector<int64_t>{1, 1, 211, 190}), Layout::channels_first,
                    Layout::channels_first, PoolIndex::none, Values::finite, 2);
    }
    if (this->HasFatalFailure()) return;
  }
}

// Four to sixteen taps with stride 1: windows that share rows are combined together, along W where columns are whole
// vectors of channels.
TYPED_TEST(MaxPool, AgreesWhereWindowsOverlap) {
  const auto draw = [&](int64_t low, int64_t high) { return low + int64_t(this->random() % uint64_t(high - low + 1)); };
  for (int k = 0; k < 32; ++k) {
    PoolWindow window;
    window.dims = k % 8 == 7 ? 3 : 2;
    window.ceil_mode = draw(0, 1);
    std::vector<int64_t> sizes{1, draw(0, 3) ? 16 * draw(1, 5) : draw(1, 20)};
    for (int a = 0; a < window.dims; ++a) {
      PoolAxis& axis = window.axis[a];
      axis = {draw(4, window.dims == 3 ? 5 : 16), 1, draw(0, 2) ? 1 : draw(2, 3), 0, 0};
      axis.pad_before = draw(0, axis.kernel / 2);
      axis.pad_after = draw(0, axis.kernel / 2);
      sizes.push_back(axis.extent() + draw(0, window.dims == 3 ? 4 : 9));
    }
    const PoolGeometry g = pool_geometry(window, sizes);
    PoolIndex type = kIndexTypes[k % 4];
    if (type == PoolIndex::tap8 && g.taps[0] * g.taps[1] * g.taps[2] > 256) type = PoolIndex::flat32;
    const Layout in = k % 3 ? Layout::channels_last : Layout::channels_first;
    this->compare(g, in, draw(0, 2) ? in : Layout::padded, type, Values(draw(0, 4)), 1 + k % 2);
    if (this->HasFatalFailure()) return;
  }
}

// Two and three columns with stride 2, of all lengths about those of vectors, with and without the columns beside them.
TYPED_TEST(MaxPool, AgreesOnPairsOfColumns) {
  for (int64_t width = 1; width < 75; width += width < 40 ? 1 : 3) {
    PoolWindow window;
    window.ceil_mode = width % 2;
    const int64_t kernel = 2 + width / 2 % 2, rows = 1 + width % 4;
    window.axis[0] = {rows, 2, 1, 0, 0};
    for (int64_t pad = 0; pad < 2; ++pad) {
      window.axis[1] = {kernel, 2, 1, pad, width % 3 ? pad : 0};
      if (width + 2 * pad < kernel + 1) continue;
      const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 2, rows + 3, width});
      for (const Values values : {Values::finite, Values::finite, Values::with_minus_zero, Values::with_few_nan}) {
        this->compare(g, Layout::channels_first, Layout::channels_first, PoolIndex::none, values, 1);
      }
      if (this->HasFatalFailure()) return;
    }
  }
}

float as_float(float x) { return x; }
float as_float(Bf16 x) { return x.value(); }
float as_float(F16 x) { return x.value(); }
double as_float(double x) { return x; }

/// Small integers, whose sums are exact in every floating type.
template <typename T>
T small(int value) {
  if constexpr (std::is_floating_point_v<T>) {
    return T(value);
  } else {
    T t{};
    while (t.value() != float(value)) ++t.bits;
    return t;
  }
}

template <typename T>
class MaxPoolGradient : public ::testing::Test {
 protected:
  void compare(const PoolGeometry& g, Layout layout, PoolIndex type, int threads) {
    SCOPED_TRACE(describe(g) + format(" layout {} index {}", int(layout), int(type)));
    const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
    const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
    const PoolStrides xs = strides_of(x_sizes, layout), ys = strides_of(y_sizes, layout);
    const size_t outputs = size_t(extent_of(y_sizes, ys)), inputs = size_t(extent_of(x_sizes, xs));
    std::vector<T> dy(outputs), dx(inputs, values[3]), back(outputs);
    for (T& v : dy) v = values[random() % values.size()];
    std::vector<int64_t> flat(outputs);
    std::vector<int32_t> flat32(outputs);
    std::vector<uint8_t> tap(outputs);
    std::vector<double> wanted(inputs);
    for (int64_t k = 0; k < int64_t(outputs); ++k) {
      const PoolPosition p = pool_position(&g, k, layout == Layout::channels_last);
      const int64_t at = pool_offset(&ys, p.n, p.c, p.at[0], p.at[1], p.at[2]);
      const int64_t t = draw_tap(g, p);
      tap[size_t(at)] = uint8_t(t);
      const int64_t position = flat[size_t(at)] = pool_tap_position(&g, &p, t);
      flat32[size_t(at)] = int32_t(position);
      wanted[size_t(pool_offset(&xs, p.n, p.c, 0, 0, 0) + position * xs.at[4])] += as_float(dy[size_t(at)]);
    }
    const void* index = type == PoolIndex::flat64   ? static_cast<const void*>(flat.data())
                        : type == PoolIndex::flat32 ? static_cast<const void*>(flat32.data())
                                                    : tap.data();
    MaxPoolBackward call{g, dtype_of<T>(), dy.data(), ys, type, index, ys, dx.data(), xs};
    set_thread_pool_size(threads);
    const ParallelFor& parallel = threads > 1 ? thread_pool() : serial();
    std::vector<char> scratch(size_t(max_pool_backward_scratch(call, parallel.num_threads())) + 64);
    ASSERT_EQ(max_pool_backward(call, scratch.data(), parallel), 0);
    for (size_t k = 0; k < inputs; ++k) ASSERT_EQ(as_float(dx[k]), wanted[k]) << k;
    // The derivative by dy reads where the gradient was added.
    for (size_t k = 0; k < inputs; ++k) dx[k] = values[k * 7 % values.size()];
    call.dy = back.data();
    ASSERT_EQ(max_pool_gather(call, parallel), 0);
    for (int64_t k = 0; k < int64_t(outputs); ++k) {
      const PoolPosition p = pool_position(&g, k, 0);
      const int64_t at = pool_offset(&ys, p.n, p.c, p.at[0], p.at[1], p.at[2]);
      const int64_t from = pool_offset(&xs, p.n, p.c, 0, 0, 0) + flat[size_t(at)] * xs.at[4];
      ASSERT_EQ(as_float(back[size_t(at)]), as_float(dx[size_t(from)])) << k;
    }
  }

  /// A tap of the window inside the input.
  int64_t draw_tap(const PoolGeometry& g, const PoolPosition& p) {
    int64_t t[3];
    for (int a = 0; a < 3; ++a) {
      const int64_t start = pool_start(&g, a, p.at[a]), first = pool_first_tap(&g, a, start);
      t[a] = first + int64_t(random() % uint64_t(pool_last_tap(&g, a, start) - first));
    }
    return (t[0] * g.taps[1] + t[1]) * g.taps[2] + t[2];
  }
  std::mt19937 random{11};
  const std::vector<T> values{small<T>(0), small<T>(1), small<T>(-2), small<T>(3), small<T>(5)};
};
using Floats = ::testing::Types<float, double, Bf16, F16>;
TYPED_TEST_SUITE(MaxPoolGradient, Floats);

TYPED_TEST(MaxPoolGradient, AddsUpWhereTheIndicesPoint) {
  for (int k = 0; k < 200; ++k) {
    const PoolGeometry g = random_geometry(this->random, 30);
    if (g.taps[0] * g.taps[1] * g.taps[2] > 256) continue;
    this->compare(g, Layout(k % 2), kIndexTypes[1 + k % 3], 1 + k % 2);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(MaxPoolGradient, IsGatheredWhereChannelsLieSideBySide) {
  for (int k = 0; k < 120; ++k) {
    const PoolGeometry g = random_channels_geometry(this->random, 20);
    this->compare(g, Layout::channels_last, PoolIndex::tap8, 1 + k % 2);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(MaxPoolGradient, OfOneLargePlaneIsSharedByThreads) {
  PoolWindow window;
  window.dims = 3;
  for (PoolAxis& axis : window.axis) axis = {3, 1, 2, 2, 2};
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 1, 30, 41, 50});
  for (PoolIndex type : {PoolIndex::flat64, PoolIndex::tap8}) this->compare(g, Layout::channels_first, type, 2);
  const PoolGeometry wide = pool_geometry(window, std::vector<int64_t>{1, 70, 7, 15, 11});
  for (PoolIndex type : {PoolIndex::flat32, PoolIndex::tap8}) this->compare(wide, Layout::channels_last, type, 2);
}

// Rows that are cut into pieces, strides beyond those with lists of their own, slabs of what is summed in float.
TYPED_TEST(MaxPoolGradient, OfLongRowsAndLargeStrides) {
  PoolWindow window;
  window.dims = 1;
  for (const auto& [kernel, stride, dilation] :
       {std::array<int64_t, 3>{3, 1, 2}, {2, 2, 1}, {3, 2, 1}, {4, 8, 1}, {5, 9, 2}, {9, 11, 1}, {31, 7, 1}}) {
    window.axis[0] = {kernel, stride, dilation, kernel / 2, kernel / 2};
    const PoolGeometry row = pool_geometry(window, std::vector<int64_t>{1, 2, 3001});
    const PoolGeometry wide = pool_geometry(window, std::vector<int64_t>{1, 40, 1803});
    for (const int threads : {1, 2}) {
      this->compare(row, Layout::channels_first, PoolIndex::tap8, threads);
      this->compare(row, Layout::channels_first, PoolIndex::flat32, threads);
      this->compare(wide, Layout::channels_last, PoolIndex::tap8, threads);
    }
    if (this->HasFatalFailure()) return;
  }
  window.dims = 2;
  window.axis[0] = window.axis[1] = {7, 3, 1, 2, 3};
  const PoolGeometry plane = pool_geometry(window, std::vector<int64_t>{1, 1, 410, 390});
  for (const int threads : {1, 2}) this->compare(plane, Layout::channels_first, PoolIndex::tap8, threads);
}

/// Memory for n elements that begins `offset` bytes behind a multiple of 64.
template <typename T>
T* aligned(std::vector<char>& memory, int64_t n, size_t offset) {
  memory.assign(size_t(n) * sizeof(T) + 128, char(0x55));
  const size_t begin = (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64 + offset;
  return reinterpret_cast<T*>(memory.data() + begin);
}

// A large gradient is written past the caches where it is aligned, which must not change a bit of it.
TEST(MaxPoolBackward, WritesTheSameGradientPastTheCaches) {
  PoolWindow window;
  window.axis[0] = window.axis[1] = {3, 2, 1, 1, 1};
  std::mt19937 random(9);
  for (const auto& [dtype, side] : {std::pair{Dtype::f32, 258}, {Dtype::bf16, 364}}) {
    const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 64, side, side});
    const int64_t inputs = 64 * g.in[1] * g.in[2], outputs = 64 * g.out[1] * g.out[2];
    const int64_t bytes = inputs * int64_t(element_size(dtype));
    ASSERT_GE(bytes, 16 << 20);
    std::vector<uint8_t> taps(static_cast<size_t>(outputs));
    for (uint8_t& tap : taps) tap = uint8_t(4 + random() % 2 + random() % 2 * 3);  // inside every window
    std::vector<char> dy(size_t(outputs) * element_size(dtype));
    for (size_t b = 0; b < dy.size(); ++b) dy[b] = b % 2 ? char(0x3e | (random() & 0x81)) : char(random());
    const PoolStrides xs{{0, 1, 0, g.in[2] * 64, 64}}, ys{{0, 1, 0, g.out[2] * 64, 64}};
    std::vector<char> memory[2];
    char* dx[2];
    for (size_t k = 0; k < 2; ++k) {
      dx[k] = aligned<char>(memory[k], bytes, k * 16);
      const MaxPoolBackward call{g, dtype, dy.data(), ys, PoolIndex::tap8, taps.data(), ys, dx[k], xs};
      set_thread_pool_size(2);
      ASSERT_EQ(max_pool_backward(call, nullptr, thread_pool()), 0);
    }
    EXPECT_EQ(std::memcmp(dx[0], dx[1], size_t(bytes)), 0);
    EXPECT_EQ(*(dx[0] + bytes), char(0x55));
  }
}

TEST(MaxPoolBackward, LeavesOutAndCountsIndicesOutsideThePlane) {
  PoolWindow window;
  window.axis[0] = window.axis[1] = {2, 2, 1, 0, 0};
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 4, 4});
  const PoolStrides xs{{16, 16, 16, 4, 1}}, ys{{4, 4, 4, 2, 1}};
  std::vector<float> dy{1, 2, 3, 4}, dx(16, 9.f);
  std::vector<int64_t> index{0, 16, -1, 15};
  MaxPoolBackward call{g, Dtype::f32, dy.data(), ys, PoolIndex::flat64, index.data(), ys, dx.data(), xs};
  std::vector<char> scratch(size_t(max_pool_backward_scratch(call, 1)));
  EXPECT_EQ(max_pool_backward(call, scratch.data(), serial()), 2);
  std::vector<float> wanted(16);
  wanted[0] = 1;
  wanted[15] = 4;
  EXPECT_EQ(dx, wanted);
  EXPECT_EQ(max_pool_gather(call, serial()), 2);
  EXPECT_EQ(dy, (std::vector<float>{1, 0, 0, 4}));
  std::vector<uint8_t> taps{0, 4, 255, 3};
  call.index_type = PoolIndex::tap8;
  call.index = taps.data();
  dy = {1, 2, 3, 4};
  EXPECT_EQ(max_pool_backward(call, scratch.data(), serial()), 2);  // taps 4 and 255 of four
  call.dtype = Dtype::i32;
  EXPECT_THROW(max_pool_backward(call, scratch.data(), serial()), Error);
}

TEST(MaxPoolBackward, CountsTapsOutsideThePlaneOfManyChannels) {
  PoolWindow window;
  window.axis[0] = window.axis[1] = {3, 2, 1, 1, 1};
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 40, 6, 6});
  ASSERT_EQ(g.out[1], 3);
  const PoolStrides xs{{1440, 1, 1440, 240, 40}}, ys{{360, 1, 360, 120, 40}};
  const std::vector<float> dy(360, 1.f);
  std::vector<float> dx(1440, 9.f);
  std::vector<uint8_t> taps(360, 8);  // the last tap of every window
  taps[0] = 3;                        // in the padding on the left
  taps[1] = 2;                        // in the padding above
  taps[180] = 9;                      // of nine
  taps[181] = 255;
  const MaxPoolBackward call{g, Dtype::f32, dy.data(), ys, PoolIndex::tap8, taps.data(), ys, dx.data(), xs};
  EXPECT_EQ(max_pool_backward_scratch(call, 2), 0);
  EXPECT_EQ(max_pool_backward(call, nullptr, serial()), 4);
  float sum = 0;
  for (float v : dx) sum += v;
  EXPECT_EQ(sum, 356);
  EXPECT_EQ(dx[size_t(240 + 40 + 2)], 1);
  EXPECT_EQ(dx[size_t(240 + 40 + 1)], 0);
}

// Broadcast tensors: one element stands for more than 2³¹, so that the arithmetic is tested without the memory.
TEST(MaxPoolIndices, AreRightBeyondTwoToTheThirtyOne) {
  const int64_t width = int64_t{3} << 31;
  PoolWindow window;
  window.dims = 1;
  window.axis[0] = {2, width / 2, width / 2 - 1, 0, 0};
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, width});
  ASSERT_EQ(g.out[2], 2);
  const float x = 3;
  float y[2] = {};
  int64_t index[2] = {};
  const MaxPoolForward call{g, Dtype::f32, &x, {}, y, {{2, 2, 2, 2, 1}}, PoolIndex::flat64, index, {{2, 2, 2, 2, 1}}};
  const MaxPoolPlan plan = plan_max_pool(call, 2);
  EXPECT_TRUE(plan.scan);
  EXPECT_EQ(plan.scratch_bytes, 0);
  max_pool_forward(call, plan, nullptr, serial());
  EXPECT_EQ(y[1], 3);
  EXPECT_EQ(index[0], 0);
  EXPECT_EQ(index[1], width / 2);
}

TEST(MaxPoolIndices, OfTilesAreRightBeyondTwoToTheThirtyOne) {
  // A plane of 2³³ positions of which the windows see the first and the last rows only.
  const int64_t height = int64_t{1} << 23, width = 1024;
  PoolGeometry g{1, 1, {1, height, width}, {1, 2, 3}, {1, 2, 2}, {1, height - 3, 500}, {1, 2, 3}, {0, 0, 0}};
  const MaxPoolForward shape{g, Dtype::f32, nullptr, {}, nullptr, {}, PoolIndex::flat64, nullptr, {}};
  const MaxPoolPlan plan = plan_max_pool(shape, 1);
  ASSERT_FALSE(plan.scan);
  const float x[] = {1};
  float y[6];
  int64_t index[6];
  const PoolStrides out{{6, 6, 6, 3, 1}};
  const MaxPoolForward call{g, Dtype::f32, x, {}, y, out, PoolIndex::flat64, index, out};
  std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
  max_pool_forward(call, plan, scratch.data(), serial());
  for (int64_t k = 0; k < 6; ++k) EXPECT_EQ(index[k], k / 3 * (height - 3) * width + k % 3 * 500);
  EXPECT_GT(index[5], int64_t{1} << 32);

  const PoolRows<float> rows = pool_rows<float>(Dtype::f32);
  const int32_t codes[] = {5, 7};
  int64_t stored[2];
  rows.store_index64(codes, 2, int64_t{5} << 32, 1, stored, 1);
  EXPECT_EQ(stored[1], (int64_t{5} << 32) + 8);
}

// Taps 2³² positions apart: their distance does not fit the 32 bits that a tile carries beside a value.
TEST(MaxPoolIndices, OfTapsFarApartAreRight) {
  const int64_t width = int64_t{1} << 20;
  const PoolGeometry g{1, 1, {1, 4099, width}, {1, 3, 2}, {1, 2, 1}, {1, 1, 500}, {1, 4096, 1}, {0, 0, 0}};
  std::vector<float> x(4099);
  for (size_t h = 0; h < x.size(); ++h) x[h] = h == 1 ? 1e6F : float(h);  // one element stands for each row
  const PoolStrides rows{{0, 0, 0, 1, 0}}, out{{6, 6, 6, 2, 1}};
  float y[6];
  int64_t index[6];
  const MaxPoolForward call{g, Dtype::f32, x.data(), rows, y, out, PoolIndex::flat64, index, out};
  const MaxPoolPlan plan = plan_max_pool(call, 1);
  ASSERT_FALSE(plan.scan);
  std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
  max_pool_forward(call, plan, scratch.data(), serial());
  for (int64_t k = 0; k < 6; ++k) EXPECT_EQ(index[k], (k / 2 == 1 ? 1 : k / 2 + 4096) * width + k % 2 * 500);
}

TEST(MaxPoolPlan, KeepsScratchSmallAndSharesOneImage) {
  PoolWindow window;
  window.axis[0] = window.axis[1] = {3, 2, 1, 1, 1};
  const MaxPoolPlan image =
      plan_max_pool(pool_geometry(window, std::vector<int64_t>{1, 1, 4096, 4096}), false, 4, true, 8);
  EXPECT_GE(image.items, 8);
  EXPECT_LE(image.scratch_bytes, 8 * (1 << 20));
  const MaxPoolPlan many =
      plan_max_pool(pool_geometry(window, std::vector<int64_t>{64, 64, 14, 14}), false, 4, false, 8);
  EXPECT_EQ(many.items, 64 * 64);
  const MaxPoolPlan tiny = plan_max_pool(pool_geometry(window, std::vector<int64_t>{1, 1, 4, 4}), false, 4, false, 8);
  EXPECT_EQ(tiny.slots, 1);
  window.axis[0] = window.axis[1] = {13, 1, 1, 6, 6};
  const MaxPoolPlan spp = plan_max_pool(pool_geometry(window, std::vector<int64_t>{1, 512, 20, 20}), true, 4, true, 2);
  EXPECT_TRUE(spp.overlap[1] && spp.overlap[2]);
  EXPECT_EQ(spp.inner, 64);
}

TEST(MaxPoolPlan, RefusesElementsWithoutOrder) {
  const PoolGeometry g{1, 1, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  EXPECT_THROW(plan_max_pool(MaxPoolForward{.geometry = g, .dtype = Dtype::boolean}, 1), Error);
}

}  // namespace
}  // namespace spinel::kernels
