#include "spinel/nn/models/jumping_knowledge.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<at::Tensor> two_layers() {
  return {at::tensor({1.0F, 5.0F, -1.0F, 0.0F}).view({2, 2}), at::tensor({2.0F, 3.0F, -2.0F, 4.0F}).view({2, 2})};
}

TEST(JumpingKnowledge, LayersSideBySideOrTheirLargest) {
  const auto xs = two_layers();
  EXPECT_TRUE(JumpingKnowledge("cat").forward(xs).equal(at::cat({xs[0], xs[1]}, 1)));
  EXPECT_TRUE(JumpingKnowledge("Max").forward(xs).equal(at::tensor({2.0F, 5.0F, -1.0F, 4.0F}).view({2, 2})));
}

// With a layer of attention that is 0 all layers weigh the same; with one that is not, weights still sum to 1.
TEST(JumpingKnowledge, LstmWeighsTheLayersOfEachNode) {
  JumpingKnowledge jk("lstm", 2, 2);
  EXPECT_THAT(jk.state_dict().names(),
              ElementsAre("lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0",
                          "lstm.weight_ih_l0_reverse", "lstm.weight_hh_l0_reverse", "lstm.bias_ih_l0_reverse",
                          "lstm.bias_hh_l0_reverse", "att.weight", "att.bias"));
  EXPECT_EQ(jk.state_dict().at("att.weight").sizes(), (at::IntArrayRef{1, 4}));
  const at::Tensor ones = at::ones({3, 2});
  EXPECT_TRUE(jk.forward(std::vector<at::Tensor>{ones, ones}).allclose(ones));
  jk.requires_grad(false);
  jk.state_dict().at("att.weight").zero_();
  const auto xs = two_layers();
  EXPECT_TRUE(jk.forward(xs).allclose((xs[0] + xs[1]) / 2));
}

TEST(JumpingKnowledge, WrongModesAndLayersAreRefused) {
  EXPECT_THAT(error_of([] { JumpingKnowledge("mx"); }).what(), HasSubstr("there is no mode 'mx'"));
  EXPECT_THAT(error_of([] { JumpingKnowledge("lstm"); }).what(), HasSubstr("channels 0 and num_layers 0"));
  EXPECT_THAT(error_of([] { JumpingKnowledge("cat").forward({}); }).what(), HasSubstr("there is no layer"));
  const std::vector<at::Tensor> unlike{at::zeros({2, 2}), at::zeros({2, 3})};
  EXPECT_THAT(error_of([&] { JumpingKnowledge("max").forward(unlike); }).what(),
              HasSubstr("[2, 3] but the first [2, 2]"));
  EXPECT_EQ(JumpingKnowledge("cat").forward(unlike).size(1), 5);
}

}  // namespace
}  // namespace spinel::nn
