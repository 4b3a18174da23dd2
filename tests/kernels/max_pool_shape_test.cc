#include "spinel/kernels/max_pool_shape.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <random>
#include <string>

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace {

using List = std::vector<int64_t>;

struct Call {
  List kernel_size, stride, padding = {0}, dilation = {1};
  bool ceil_mode = false;
  PoolArguments arguments() const { return {kernel_size, stride, padding, dilation, ceil_mode}; }
};

List torch_sizes(int dims, const Call& call, const List& sizes) {
  return pooled_sizes(torch_pool_window(dims, int64_t(sizes.size()), call.arguments()), sizes);
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    return error.what();
  }
  return "no error";
}

TEST(TorchPoolShape, FollowsTheFormula) {
  EXPECT_EQ(torch_sizes(2, {{3}, {2}, {1}}, {8, 64, 112, 112}), (List{8, 64, 56, 56}));
  EXPECT_EQ(torch_sizes(2, {{3}, {2}, {1}, {2}}, {1, 2, 9, 8}), (List{1, 2, 4, 3}));
  EXPECT_EQ(torch_sizes(1, {{3}, {}, {0}, {2}}, {2, 12}), (List{2, 3}));  // the default stride is the kernel size
  EXPECT_EQ(torch_sizes(3, {{2, 3, 2}, {2, 1, 1}, {1, 1, 0}, {1, 2, 1}}, {0, 2, 6, 8, 6}), (List{0, 2, 4, 6, 5}));
  EXPECT_EQ(torch_sizes(2, {{2}, {2}, {1}, {2}, true}, {1, 1, 6, 6}), (List{1, 1, 4, 4}));
  // Rounded up, the last window would begin in the padding: it is dropped.
  EXPECT_EQ(torch_sizes(1, {{2}, {2}, {1}, {1}, true}, {1, 3}), (List{1, 2}));
  EXPECT_EQ(torch_sizes(1, {{1}, {3}, {0}, {1}, true}, {1, 4}), (List{1, 2}));
}

struct Wrong {
  int dims;
  Call call;
  List sizes;
  const char* text;
};

TEST(TorchPoolShape, SaysWhatIsWrongInTorchsWords) {
  const List l8{1, 2, 8}, i8{1, 2, 8, 8}, v8{1, 2, 8, 8, 8};
  const Wrong cases[] = {
      {1,
       {{2}},
       {8},
       "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
       "got:[8]"},
      {1,
       {{2}},
       {1, 0, 8},
       "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
       "input, but got:[1, 0, 8]"},
      {1, {{0}}, l8, "max_pool1d() kernel_size must be greater than zero, but got 0"},
      {1, {{2}, {0}}, l8, "max_pool1d() stride must be greater than zero, but got 0"},
      {1, {{2}, {-1}}, l8, "max_pool1d() stride must be greater than zero, but got -1"},
      {1, {{2}, {}, {-1}}, l8, "max_pool1d() padding must be non-negative, but got -1"},
      {1,
       {{2}, {}, {2}},
       l8,
       "max_pool1d() padding should be at most half of kernel size, but got padding=2 and "
       "kernel_size=2"},
      {1,
       {{3}, {}, {2}, {2}},
       l8,
       "max_pool1d() padding should be at most half of kernel size, but got padding=2 and "
       "kernel_size=3"},
      {1, {{2}, {}, {0}, {0}}, l8, "max_pool1d() dilation must be greater than zero, but got 0"},
      {1, {{9}}, l8, "max_pool1d() Invalid computed output size: 0"},
      {1,
       {{2, 2}},
       l8,
       "max_pool1d() kernel_size must be an int, list of ints or tuple of ints of size 1 but got size 2"},
      {1,
       {{2}, {1, 1}},
       l8,
       "max_pool1d() stride must be None, an int, list of ints, or tuple of ints of size 1 but got "
       "size 2"},
      {1,
       {{2}, {}, {}},
       l8,
       "max_pool1d() padding must be an int, list of ints, or tuple of ints of size 1 but got size "
       "0"},
      {1,
       {{2}, {}, {0}, {1, 1}},
       l8,
       "max_pool1d() dilation must be an int, list of ints or tuple of ints of size 1 but "
       "got size 2"},
      {2, {{2}}, {8}, "max_pool2d: non-empty 3D or 4D (batch mode) tensor expected for input"},
      {2,
       {{2}},
       {0, 8, 8},
       "max_pool2d: Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, "
       "but got:[0, 8, 8]"},
      {2, {{0}, {1}}, i8, "max_pool2d: kernel size should be greater than zero, but got kH: 0 kW: 0"},
      {2, {{-1}}, i8, "max_pool2d: kernel size should be greater than zero, but got kH: -1 kW: -1"},
      {2, {{2}, {0}}, i8, "max_pool2d: stride should not be zero"},
      {2, {{2}, {-1}}, i8, "max_pool2d: stride should be greater than zero, but got dH: -1 dW: -1"},
      {2, {{2}, {}, {-1}}, i8, "max_pool2d: pad must be non-negative, but got pad: -1"},
      {2,
       {{2}, {}, {2}},
       i8,
       "max_pool2d: pad should be at most half of effective kernel size, but got pad=2, "
       "kernel_size=2 and dilation=1"},
      {2,
       {{3}, {}, {2}, {2}},
       i8,
       "max_pool2d: pad should be smaller than or equal to half of kernel size, but got padW "
       "= 2, padH = 2, kW = 3, kH = 3"},
      {2,
       {{2}, {}, {0}, {0}},
       i8,
       "max_pool2d: dilation should be greater than zero, but got dilationH: 0 dilationW: 0"},
      {2,
       {{5}, {}, {0}, {2}},
       i8,
       "max_pool2d: Given input size: (2x8x8). Calculated output size: (2x0x0). Output size "
       "is too small"},
      {2, {{2, 2, 2}}, i8, "max_pool2d: kernel_size must either be a single int, or a tuple of two ints"},
      {2, {{2}, {1, 1, 1}}, i8, "max_pool2d: stride must either be omitted, a single int, or a tuple of two ints"},
      {2, {{2}, {}, {}}, i8, "max_pool2d: padding must either be a single int, or a tuple of two ints"},
      {2, {{2}, {}, {0}, {}}, i8, "max_pool2d: dilation must be either a single int, or a tuple of two ints"},
      {3, {{2}}, {1, 2, 8}, "max_pool3d: non-empty 4D or 5D (batch mode) tensor expected for input"},
      {3, {{0}, {1}}, v8, "max_pool3d: kernel size should be greater than zero, but got kT: 0 kH: 0 kW: 0"},
      {3, {{2}, {-1}}, v8, "max_pool3d: stride should be greater than zero, but got dT: -1 dH: -1 dW: -1"},
      {3,
       {{2}, {}, {0}, {0}},
       v8,
       "max_pool3d: dilation should be greater than zero, but got dilationT: 0 dilationH: 0 "
       "dilationW: 0"},
      {3,
       {{3}, {}, {2}, {2}},
       v8,
       "max_pool3d: pad should be smaller than or equal to half of kernel size, but got kT: "
       "3 kW: 3 kH: 3 padT: 2 padW: 2 padH: 2"},
      {3, {{2, 2}}, v8, "max_pool3d: kernel_size must either be a single int, or a tuple of three ints"},
  };
  for (const Wrong& wrong : cases) {
    EXPECT_EQ(message([&] { torch_sizes(wrong.dims, wrong.call, wrong.sizes); }), wrong.text);
  }
  // torch speaks of the stride here, since its default is the kernel size; both are named.
  const std::string both = message([&] { torch_sizes(2, {{0}}, i8); });
  EXPECT_NE(both.find("kernel size should be greater than zero, but got kH: 0 kW: 0"), std::string::npos);
  EXPECT_NE(both.find("stride should not be zero"), std::string::npos);
  EXPECT_EQ(message([] { fail_pool_dtype(2, "Bool"); }), "\"max_pool2d\" not implemented for 'Bool'");
}

TEST(TorchPoolShape, DoesNotOverflow) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_NE(message([&] {
              torch_sizes(2, {{huge}, {1}, {0}, {4}}, {1, 1, 8, 8});
            }).find("overflows"),
            std::string::npos);
  EXPECT_NE(message([&] { torch_sizes(1, {{2}, {huge}}, {1, 8}); }).find("overflows"), std::string::npos);
  EXPECT_NE(message([&] { torch_sizes(1, {{2}}, {1, huge}); }).find("overflows"), std::string::npos);
  const int64_t large = int64_t{1} << 40;
  EXPECT_NE(message([&] { torch_sizes(2, {{2}}, {1, 1, large, large}); }).find("64 bits"), std::string::npos);
  EXPECT_EQ(torch_sizes(2, {{large}, {1}, {large / 2}}, {1, 1, 8, 8}), (List{1, 1, 9, 9}));
}

TEST(TorchPoolShape, RefusesAWindowInThePaddingAlone) {
  // Taps at -1 and 5 of an input of 5: torch would read neither.
  EXPECT_NE(message([] {
              torch_sizes(1, {{2}, {}, {1}, {6}}, {1, 5});
            }).find("in the padding alone"),
            std::string::npos);
  EXPECT_EQ(torch_sizes(1, {{2}, {}, {1}, {5}}, {1, 5}), (List{1, 1}));
  // Very long windows are judged without looking at each.
  const int64_t k = int64_t{1} << 40;
  EXPECT_EQ(torch_sizes(1, {{k}, {9}, {k / 2}, {9}}, {1, 9 * k}).size(), 2U);
}

/// Says whether some window has no position inside, and leaves the number of windows in `count`, by trying them all.
bool some_window_misses(const PoolAxis& a, int64_t length, bool ceil_mode, int64_t& count) {
  bool misses = false;
  for (count = 0;; ++count) {
    const int64_t start = count * a.stride - a.pad_before, end = start + a.extent();
    const int64_t most = length + a.pad_after + (ceil_mode ? a.stride - 1 : 0);
    if (end > most || (ceil_mode && count > 0 && start >= length)) return misses;
    bool touches = false;
    for (int64_t t = 0; t < a.kernel; ++t) {
      const int64_t x = start + t * a.dilation;
      touches |= x >= 0 && x < length;
    }
    misses |= !touches;
  }
}

TEST(PoolShape, AgreesWithTryingEveryWindow) {
  std::mt19937 random(5);
  const auto draw = [&](int64_t low, int64_t high) { return low + int64_t(random() % uint64_t(high - low + 1)); };
  int with_output = 0, in_padding = 0;
  for (int k = 0; k < 20000; ++k) {
    PoolWindow window;
    window.dims = 1;
    window.ceil_mode = draw(0, 1);
    PoolAxis& a = window.axis[0];
    a = {draw(1, 5), draw(1, 9), draw(1, 12), 0, 0};
    a.pad_before = draw(0, a.extent() - 1);
    a.pad_after = draw(0, a.extent() - 1);
    const int64_t length = draw(1, 14);
    if (length + a.pad_before + a.pad_after < a.extent()) continue;
    int64_t count = 0;
    const bool misses = some_window_misses(a, length, window.ceil_mode, count);
    const std::string text = message([&] {
      EXPECT_EQ(pooled_sizes(window, List{2, length})[1], count);
      ++with_output;
    });
    in_padding += misses;
    ASSERT_EQ(text.find("padding alone") != std::string::npos, misses)
        << length << " kernel " << a.kernel << " stride " << a.stride << " dilation " << a.dilation << " padding "
        << a.pad_before << " " << a.pad_after << " ceil " << window.ceil_mode;
  }
  EXPECT_GT(with_output, 1000);
  EXPECT_GT(in_padding, 1000);
}

TEST(PoolShape, TakesPaddingBelowTheExtent) {
  PoolWindow window;
  window.dims = 1;
  window.axis[0] = {3, 1, 2, 4, 0};
  EXPECT_EQ(pooled_sizes(window, List{1, 8}), (List{1, 8}));
  window.axis[0].pad_before = 5;
  EXPECT_NE(message([&] { pooled_sizes(window, List{1, 8}); }).find("in the padding alone"), std::string::npos);
}

TEST(PoolShape, MakesTheGeometryOfTheKernels) {
  PoolWindow window;
  window.axis[0] = {3, 2, 1, 1, 0};
  window.axis[1] = {2, 1, 3, 0, 2};
  const PoolGeometry alone = pool_geometry(window, List{5, 9, 8}), many = pool_geometry(window, List{4, 5, 9, 8});
  EXPECT_EQ(alone.batch, 1);
  EXPECT_EQ(many.batch, 4);
  const int64_t in[] = {1, 9, 8}, out[] = {1, 4, 7}, taps[] = {1, 3, 2}, stride[] = {1, 2, 1}, dilation[] = {1, 1, 3},
                pad[] = {0, 1, 0};
  for (int a = 0; a < 3; ++a) {
    EXPECT_EQ(many.in[a], in[a]);
    EXPECT_EQ(many.out[a], out[a]);
    EXPECT_EQ(many.taps[a], taps[a]);
    EXPECT_EQ(many.stride[a], stride[a]);
    EXPECT_EQ(many.dilation[a], dilation[a]);
    EXPECT_EQ(many.pad[a], pad[a]);
    EXPECT_EQ(alone.out[a], out[a]);
  }
  EXPECT_EQ(many.channels, 5);
}

TEST(TorchPoolShape, NamesTheFiguresOfEachDimension) {
  const List image{1, 2, 40, 41}, volume{1, 2, 40, 41, 42};
  EXPECT_EQ(message([&] {
              torch_sizes(2, {{3, 5}, {}, {1, 4}, {9}}, image);
            }),
            "max_pool2d: pad should be smaller than or equal to half of kernel size, but got padW = 4, padH = 1, "
            "kW = 5, kH = 3");
  EXPECT_EQ(message([&] {
              torch_sizes(3, {{3, 5, 7}, {}, {1, 2, 4}, {9}}, volume);
            }),
            "max_pool3d: pad should be smaller than or equal to half of kernel size, but got kT: 3 kW: 7 kH: 5 "
            "padT: 1 padW: 4 padH: 2");
  EXPECT_EQ(message([&] {
              torch_sizes(2, {{3, -5}, {1}}, image);
            }),
            "max_pool2d: kernel size should be greater than zero, but got kH: 3 kW: -5");
  EXPECT_EQ(message([&] {
              torch_sizes(3, {{30, 3, 60}, {1}}, volume);
            }),
            "max_pool3d: Given input size: (2x40x41x42). Calculated output size: (2x11x39x0). Output size is too "
            "small");
  // Half of the kernel is allowed, in one dimension too.
  EXPECT_EQ(torch_sizes(2, {{4, 2}, {1}, {2, 1}}, {1, 9, 9}), (List{1, 10, 10}));
  EXPECT_EQ(torch_sizes(1, {{4}, {1}, {2}}, {1, 9}), (List{1, 10}));
  EXPECT_EQ(message([] {
              torch_sizes(1, {{2}}, {-1, 2, 8});
            }),
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
            "got:[-1, 2, 8]");
}

TEST(TorchPoolShape, AllowsAQuarterOfTheRange) {
  const int64_t limit = std::numeric_limits<int64_t>::max() / 4;
  const auto overflows = [](const Call& call, const List& sizes) {
    return message([&] { torch_sizes(1, call, sizes); }).find("overflows") != std::string::npos;
  };
  EXPECT_FALSE(overflows({{limit}, {1}}, {1, 8}));  // no output, but no overflow
  EXPECT_TRUE(overflows({{limit + 1}, {1}}, {1, 8}));
  EXPECT_FALSE(overflows({{2}, {limit}}, {1, 8}));
  EXPECT_TRUE(overflows({{2}, {limit + 1}}, {1, 8}));
  EXPECT_FALSE(overflows({{2}, {2}}, {1, limit}));
  EXPECT_TRUE(overflows({{2}, {2}}, {1, limit + 1}));
  // Either tensor may have too many elements.
  EXPECT_NE(message([] {
              torch_sizes(1, {{2}, {1}, {1}}, {int64_t{1} << 32, (int64_t{1} << 31) - 1});
            }).find("64 bits"),
            std::string::npos);
  EXPECT_EQ(torch_sizes(1, {{2}, {2}}, {int64_t{1} << 32, (int64_t{1} << 31) - 1}).size(), 2U);
}

List paddle_sizes(int dims, const Call& call, const PaddlePadding& padding, const List& sizes, bool last = false) {
  const List spatial(sizes.begin() + 2, sizes.end());
  return pooled_sizes(paddle_pool_window(dims, spatial, call.arguments(), padding, last), sizes);
}

TEST(PaddlePoolShape, TakesAllFormsOfPadding) {
  EXPECT_EQ(paddle_sizes(2, {{3}, {2}}, {.list = {1}}, {1, 1, 8, 9}), (List{1, 1, 4, 5}));
  EXPECT_EQ(paddle_sizes(2, {{3}, {2}}, {.list = {1, 0}}, {1, 1, 8, 9}), (List{1, 1, 4, 4}));
  EXPECT_EQ(paddle_sizes(2, {{3}, {2}, {}, {2}}, {.list = {1, 0, 0, 1}}, {1, 1, 8, 9}), (List{1, 1, 3, 3}));
  EXPECT_EQ(paddle_sizes(1, {{3}, {1}, {}, {2}}, {.list = {1, 0}}, {1, 1, 10}), (List{1, 1, 7}));
  const PaddlePadding first{.pairs = {{0, 0}, {0, 0}, {1, 0}, {0, 1}}}, last{.pairs = {{0, 0}, {1, 0}, {0, 1}, {0, 0}}};
  EXPECT_EQ(paddle_sizes(2, {{3}, {2}, {}, {1, 2}}, first, {1, 2, 8, 9}), (List{1, 2, 4, 3}));
  EXPECT_EQ(paddle_sizes(2, {{3}, {2}, {}, {1, 2}}, last, {1, 2, 8, 9}, true), (List{1, 2, 4, 3}));
  EXPECT_EQ(paddle_sizes(1, {{2}, {3}, {}, {3}}, {.name = "valid"}, {1, 1, 10}), (List{1, 1, 3}));
  // Padding up to the extent − 1, beyond torch's half of the kernel.
  EXPECT_EQ(paddle_sizes(1, {{2}, {1}, {}, {3}}, {.list = {3}}, {1, 1, 4}), (List{1, 1, 7}));
}

TEST(PaddlePoolShape, SameKeepsTheLengthOverTheStride) {
  for (int64_t length = 1; length < 30; ++length) {
    for (int64_t k = 1; k < 6; ++k) {
      for (int64_t stride = 1; stride < 5; ++stride) {
        for (int64_t dilation = 1; dilation < 4 && dilation <= length; ++dilation) {
          const Call call{{k}, {stride}, {}, {dilation}, true};
          const auto window = paddle_pool_window(1, List{length}, call.arguments(), {.name = "Same"}, false);
          ASSERT_EQ(pooled_sizes(window, List{1, 1, length})[2], (length + stride - 1) / stride);
          ASSERT_GE(window.axis[0].pad_after, window.axis[0].pad_before);
          ASSERT_LE(window.axis[0].pad_after, window.axis[0].pad_before + 1);
        }
      }
    }
  }
}

TEST(PaddlePoolShape, SaysWhatIsWrongInPaddlesWords) {
  const List sizes{1, 1, 8, 8};
  const auto text = [&](const Call& call, const PaddlePadding& padding, bool last = false) {
    return message([&] { paddle_sizes(2, call, padding, sizes, last); });
  };
  EXPECT_EQ(text({{2}}, {.name = "full"}), "max_pool2d: Unknown padding: 'full'. It can only be 'SAME' or 'VALID'.");
  EXPECT_EQ(text({{2}, {}, {}, {1}, true}, {.name = "VALID"}),
            "max_pool2d: When Attr(padding) is \"VALID\", Attr(ceil_mode) must be False. Received ceil_mode: True.");
  const PaddlePadding batch{.pairs = {{1, 0}, {0, 0}, {0, 0}, {0, 0}}},
      channel{.pairs = {{0, 0}, {0, 0}, {0, 0}, {0, 1}}};
  EXPECT_NE(text({{2}}, batch)
                .find("Non-zero padding([[1, 0], [0, 0], [0, 0], [0, 0]]) in the batch or channel "
                      "dimensions is not supported."),
            std::string::npos);
  EXPECT_NE(text({{2}}, channel, true).find("in the batch or channel dimensions"), std::string::npos);
  EXPECT_NE(text({{2}}, {.pairs = {{0, 0}}}).find("1 pairs; 4 are needed"), std::string::npos);
  EXPECT_NE(text({{2}}, {.list = {1, 1, 1}}).find("3 numbers; 1, 2 or 4"), std::string::npos);
  EXPECT_NE(text({{2}}, {.list = {-1}}).find("must not be negative"), std::string::npos);
  EXPECT_NE(text({{2}}, {.list = {0, 0, 0, -1}}).find("padding is [0, -1]; it must not be negative"),
            std::string::npos);
  EXPECT_NE(text({{2}, {1}}, {.list = {2}}).find("padding alone"), std::string::npos);
  EXPECT_NE(text({{2}, {1}}, {.list = {0, 2, 0, 0}}).find("padding is [0, 2], but a window of kernel_size 2"),
            std::string::npos);
  EXPECT_NE(text({{2}, {1, 1, 1}}, {.list = {0}}).find("stride has 3 numbers; 1 or 2"), std::string::npos);
  EXPECT_NE(text({{2}, {1}, {}, {1, 1, 1}}, {.list = {0}}).find("dilation has 3 numbers"), std::string::npos);
  EXPECT_NE(text({{2}}, {.pairs = {{0, 0}, {0, 0}, {0, 0}, {1, 1}, {0, 0}}}).find("5 pairs; 4"), std::string::npos);
  EXPECT_NE(text({{2, 2, 2}}, {.list = {0}}).find("kernel_size has 3 numbers"), std::string::npos);
  EXPECT_NE(text({{2}, {}, {}, {-1}}, {.list = {0}}).find("dilation should be greater than zero"), std::string::npos);
  EXPECT_NE(text({{9}}, {.list = {0}}).find("Given input size: (1x8x8)"), std::string::npos);
}

TEST(PaddleDataFormat, IsKnownOrNamed) {
  EXPECT_FALSE(paddle_channels_last(2, "NCHW", true));
  EXPECT_TRUE(paddle_channels_last(3, "NDHWC", false));
  EXPECT_FALSE(paddle_channels_last(1, "NCL", true));
  EXPECT_TRUE(paddle_channels_last(2, "NHWC", false));
  EXPECT_FALSE(paddle_channels_last(3, "NCDHW", true));
  // PaddlePaddle has no channels-last format in one dimension.
  EXPECT_EQ(message([] { paddle_channels_last(1, "NLC", false); }),
            "max_pool1d: Attr(data_format) should be 'NCL'. Received Attr(data_format): NLC");
  EXPECT_EQ(message([] { paddle_channels_last(2, "HWCN", false); }),
            "max_pool2d: Attr(data_format) should be 'NCHW' or 'NHWC'. Received Attr(data_format): HWCN");
  EXPECT_EQ(message([] { paddle_channels_last(3, "NDHWC", true); }),
            "max_pool3d: When setting return_mask to true, data_format must be set to NCDHW in API:max_pool3d");
}

}  // namespace
}  // namespace spinel::kernels
