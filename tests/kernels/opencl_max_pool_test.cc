// The OpenCL kernels against those of the CPU, on whatever platform there is (PoCL in CI).
#ifdef SPINEL_OPENCL
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/kernels/opencl/max_pool.h"
#include "tests/kernels/max_pool_testing.h"

namespace spinel::kernels {
namespace {

using namespace testing;

constexpr Dtype kTypes[] = {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::u8,  Dtype::i8,
                            Dtype::u16, Dtype::i16, Dtype::u32, Dtype::i32,  Dtype::u64, Dtype::i64};

class OpenclMaxPool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (opencl::device_names().empty()) {
      GTEST_SKIP() << "no OpenCL platform on this machine; tools/setup.sh test installs PoCL";
    }
    static opencl::Device shared;
    device = &shared;
  }
  opencl::Buffer upload(const std::vector<char>& bytes) {
    opencl::Buffer buffer(*device, int64_t(bytes.size()));
    buffer.write(bytes.data(), int64_t(bytes.size()));
    return buffer;
  }
  /// Random bytes: every value of the type, NaN of all kinds, infinities and subnormals among them, and ties.
  std::vector<char> draw(int64_t elements, Dtype dtype) {
    const size_t size = element_size(dtype);
    std::vector<char> bytes(size_t(elements) * size);
    for (size_t k = 0; k < bytes.size(); k += size) {
      const bool copy = k >= 8 * size && random() % 3 == 0;
      for (size_t b = 0; b < size; ++b) bytes[k + b] = copy ? bytes[k - 7 * size + b] : char(random());
    }
    return bytes;
  }
  opencl::Device* device = nullptr;
  std::mt19937 random{21};
};

TEST_F(OpenclMaxPool, GivesTheBitsOfTheCpu) {
  for (int k = 0; k < 60; ++k) {
    const PoolGeometry g = random_geometry(random, 16);
    const Dtype dtype = kTypes[k % 12];
    auto type = PoolIndex(random() % 4);
    if (type == PoolIndex::tap8 && g.taps[0] * g.taps[1] * g.taps[2] > 256) type = PoolIndex::flat64;
    const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
    const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
    const auto layout = Layout(random() % 4);
    const PoolStrides xs = strides_of(x_sizes, layout), ys = strides_of(y_sizes, layout);
    SCOPED_TRACE(describe(g) + format(" type {} index {} layout {}", to_string(dtype), int(type), int(layout)));
    const std::vector<char> x = draw(extent_of(x_sizes, xs), dtype);
    const int64_t outputs = extent_of(y_sizes, ys);
    std::vector<char> y(size_t(outputs) * element_size(dtype)), other = y;
    std::vector<char> index(size_t(outputs) * pool_index_size(type)), other_index = index;
    const MaxPoolForward call{g, dtype, x.data(), xs, y.data(), ys, type, index.data(), ys};
    const MaxPoolPlan plan = plan_max_pool(call, 1);
    std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
    max_pool_forward(call, plan, scratch.data(), serial());

    const opencl::Buffer on_device = upload(other),
                         indices = type == PoolIndex::none ? opencl::Buffer() : upload(index);
    opencl::max_pool_forward(*device, call, upload(x), on_device, indices);
    on_device.read(other.data(), int64_t(other.size()));
    // Gaps between rows hold what was there before on both sides.
    ASSERT_EQ(y, other);
    if (type == PoolIndex::none) continue;
    indices.read(other_index.data(), int64_t(other_index.size()));
    ASSERT_EQ(index, other_index);
  }
}

TEST_F(OpenclMaxPool, GradientsHaveTheBitsOfTheCpu) {
  for (int k = 0; k < 40; ++k) {
    const PoolGeometry g = random_geometry(random, 16);
    const Dtype dtype = kTypes[k % 4];
    const auto layout = Layout(random() % 2);
    const int64_t x_sizes[] = {g.batch, g.channels, g.in[0], g.in[1], g.in[2]};
    const int64_t y_sizes[] = {g.batch, g.channels, g.out[0], g.out[1], g.out[2]};
    const PoolStrides xs = strides_of(x_sizes, layout), ys = strides_of(y_sizes, layout);
    SCOPED_TRACE(describe(g) + format(" type {} layout {}", to_string(dtype), int(layout)));
    const int64_t inputs = extent_of(x_sizes, xs), outputs = extent_of(y_sizes, ys);
    const size_t size = element_size(dtype);
    std::vector<char> x = draw(inputs, dtype), y(size_t(outputs) * size), dy = y, dx(size_t(inputs) * size), other = dx;
    // Gradients of moderate size: the upper byte of a float of about one.
    for (size_t b = 0; b < dy.size(); ++b)
      dy[b] = b % size == size - 1 ? char(0x3e | (random() & 0x81)) : char(random());
    std::vector<int64_t> index(static_cast<size_t>(outputs));
    const MaxPoolForward forward{g, dtype, x.data(), xs, y.data(), ys, PoolIndex::flat64, index.data(), ys};
    const MaxPoolPlan plan = plan_max_pool(forward, 1);
    std::vector<char> scratch(size_t(plan.scratch_bytes) + 64);
    max_pool_forward(forward, plan, scratch.data(), serial());

    MaxPoolBackward call{g, dtype, dy.data(), ys, PoolIndex::flat64, index.data(), ys, dx.data(), xs};
    scratch.resize(size_t(max_pool_backward_scratch(call, 1)) + 64);
    ASSERT_EQ(max_pool_backward(call, scratch.data(), serial()), 0);
    const opencl::Buffer gradient = upload(dy), where(*device, outputs * 8), result = upload(other);
    opencl::Buffer(where).write(index.data(), outputs * 8);
    opencl::max_pool_backward(*device, call, gradient, where, result);
    result.read(other.data(), int64_t(other.size()));
    ASSERT_EQ(dx, other);
    opencl::max_pool_gather(*device, call, result, where, gradient);
    std::vector<char> gathered(dy.size());
    gradient.read(gathered.data(), int64_t(gathered.size()));
    ASSERT_EQ(max_pool_gather(call, serial()), 0);
    ASSERT_EQ(dy, gathered);
  }
}

TEST_F(OpenclMaxPool, OfAnEmptyBatchDoesNothing) {
  PoolWindow window;
  window.dims = 1;
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{0, 1, 4});
  const opencl::Buffer none;
  opencl::max_pool_forward(*device, {.geometry = g, .dtype = Dtype::f32}, none, none, none);
  opencl::max_pool_backward(*device, {.geometry = g, .dtype = Dtype::f32}, none, none, none);
  opencl::max_pool_gather(*device, {.geometry = g, .dtype = Dtype::f32}, none, none, none);
}

TEST_F(OpenclMaxPool, SaysWhatIsWrong) {
  EXPECT_THROW(opencl::Device(1000), Error);
  PoolWindow window;
  window.dims = 1;
  const PoolGeometry g = pool_geometry(window, std::vector<int64_t>{1, 4});
  const opencl::Buffer memory(*device, 64);
  EXPECT_THROW(opencl::max_pool_forward(*device, {.geometry = g, .dtype = Dtype::boolean}, memory, memory, {}), Error);
  EXPECT_THROW(opencl::max_pool_backward(*device, {.geometry = g, .dtype = Dtype::i32}, memory, memory, memory), Error);
  EXPECT_THROW(device->run("__kernel void broken(", "", "broken", {}, 1), Error);
}

}  // namespace
}  // namespace spinel::kernels
#endif
