#include "spinel/cli/convert_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"

namespace spinel::cli {
namespace {

TEST(ConvertConfig, ClassesBecomeNamesAtAnyDepth) {
  const Config paddle = parse_yaml(R"(
Trainer: {max_epochs: 3}
Model:
  __class_name__: MEGNetPlus
  __init_params__:
    dim: 16
    head: {__class_name__: MLP, __init_params__: {n: [1, 2]}}
Metric:
  - {__class_name__: MAE, __init_params__: {}}
  - {__class_name__: RMSE}
)",
                                   "paddle.yaml");
  EXPECT_TRUE(is_paddle_config(paddle));
  const Config native = convert_paddle_config(paddle);
  EXPECT_TRUE(native == parse_yaml(R"(
Trainer: {max_epochs: 3}
Model: {MEGNetPlus: {dim: 16, head: {MLP: {n: [1, 2]}}}}
Metric: [{MAE: {}}, {RMSE: {}}]
)",
                                   "native.yaml"))
      << to_yaml(native);
  EXPECT_FALSE(is_paddle_config(native));
}

TEST(ConvertConfig, OtherKeysBesideAClassAreNamed) {
  try {
    convert_paddle_config(parse_yaml("Model: {__class_name__: A, dim: 3}", "p.yaml"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'dim' stands beside __class_name__"));
  }
  EXPECT_THROW(convert_paddle_config(parse_yaml("Model: {__init_params__: {}}", "p.yaml")), Error);
}

}  // namespace
}  // namespace spinel::cli
