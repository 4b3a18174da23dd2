#include "spinel/nn/max_pool.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "spinel/base/error.h"

namespace spinel::nn {
namespace {

TEST(MaxPoolLayer, HasTorchsArgumentsAndResults) {
  at::manual_seed(0);
  const at::Tensor x = at::randn({2, 3, 12, 11});
  const MaxPool2d layer({.kernel_size = {3}, .stride = {2}, .padding = {1}, .dilation = {1, 2}, .ceil_mode = true});
  const auto [y, indices] = at::max_pool2d_with_indices(x, 3, 2, 1, {1, 2}, true);
  EXPECT_TRUE(at::equal(layer.forward(x), y));
  EXPECT_TRUE(at::equal(std::get<1>(layer.forward_with_indices(x)), indices));
  EXPECT_TRUE(layer.state_dict().empty());
}

TEST(MaxPoolLayer, IsMadeByNameFromNumbersOrLists) {
  const at::Tensor x = at::arange(2 * 3 * 6 * 6 * 6, at::kFloat).view({2, 3, 6, 6, 6});
  const auto volume =
      pooling_list()
          .at("MaxPool3d")
          .make(parse_json(R"({"kernel_size": [2, 3, 2], "stride": null, "padding": [1, 1, 0]})", "test"));
  EXPECT_TRUE(at::equal(volume->forward(x), at::max_pool3d(x, {2, 3, 2}, {}, {1, 1, 0})));
  const auto line = pooling_list()
                        .at("MaxPool1d")
                        .make(parse_json(R"({"kernel_size": 2, "dilation": 3, "return_indices": true})", "test"));
  EXPECT_EQ(line->dims(), 1);
  EXPECT_TRUE(line->return_indices());
  EXPECT_EQ(line->options().dilation, std::vector<int64_t>{3});
}

std::string message(const std::string& name, const char* json) {
  try {
    pooling_list().at(name).make(parse_json(json, "test"));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(MaxPoolLayer, RefusesWrongArgumentsWhenItIsMade) {
  EXPECT_NE(message("MaxPool2d", R"({"kernel_size": 2, "padding": 2})").find("pad should be at most half"),
            std::string::npos);
  EXPECT_NE(message("MaxPool2d", R"({"kernel_size": [1, 2, 3]})").find("kernel_size must either be a single int"),
            std::string::npos);
  EXPECT_NE(message("MaxPool2d", R"({})").find("kernel_size"), std::string::npos);
  EXPECT_NE(message("MaxPool2d", R"({"kernel_size": 2, "dilations": 2})").find("dilation"), std::string::npos);
  EXPECT_NE(message("MaxPool4d", "{}").find("no pooling layer has this name"), std::string::npos);
}

}  // namespace
}  // namespace spinel::nn
