#include "spinel/nn/torch_module.h"

#include <gtest/gtest.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <sstream>

#include "spinel/nn/cutoff.h"
#include "spinel/nn/dense/dense.h"

namespace spinel::nn {
namespace {

std::shared_ptr<TorchModule<Mlp>> small_mlp() {
  return std::make_shared<TorchModule<Mlp>>(
      std::make_unique<Mlp>(std::vector<int64_t>{3, 5, 1}, make_activation("tanh")));
}

TEST(TorchModule, HasTheKeysOfTheStateDict) {
  const auto net = small_mlp();
  std::vector<std::string> keys;
  for (const auto& entry : net->named_parameters()) keys.push_back(entry.key());
  EXPECT_EQ(keys, (*net)->state_dict().names());
  const TorchModule<CosineCutoff> cutoff(std::make_unique<CosineCutoff>(4.0));
  ASSERT_EQ(cutoff.buffers().size(), 1u);
  EXPECT_EQ(cutoff.named_buffers()[0].key(), "cutoff");
}

TEST(TorchModule, TrainsOurTensors) {
  at::manual_seed(1);
  const auto net = small_mlp();
  const at::Tensor x = at::randn({16, 3}), y = x.sum(1, true);
  torch::optim::SGD sgd(net->parameters(), 0.1);
  const auto loss = [&] { return (net->forward(x) - y).square().mean(); };
  const double before = loss().item<double>();
  for (int step = 0; step < 50; ++step) {
    sgd.zero_grad();
    loss().backward();
    sgd.step();
  }
  EXPECT_LT(loss().item<double>(), 0.5 * before);
}

TEST(TorchModule, ConversionAndModeReachTheModuleInside) {
  const auto outer = std::make_shared<torch::nn::Module>();
  const auto net = outer->register_module("net", small_mlp());
  outer->to(torch::kDouble);
  outer->eval();
  EXPECT_EQ((*net)->layers()[0]->weight().scalar_type(), at::kDouble);
  EXPECT_FALSE((*net)->is_training());
  EXPECT_EQ(net->forward(at::ones({2, 3}, at::kDouble)).scalar_type(), at::kDouble);
  EXPECT_TRUE(outer->named_parameters().contains("net.1.bias"));
}

TEST(TorchModule, SavesAndLoadsAsTorchDoes) {
  at::manual_seed(2);
  const auto first = small_mlp(), second = small_mlp();
  const at::Tensor x = at::randn({4, 3});
  ASSERT_FALSE(at::equal(first->forward(x), second->forward(x)));
  std::stringstream file;
  torch::serialize::OutputArchive out;
  first->save(out);
  out.save_to(file);
  torch::serialize::InputArchive in;
  in.load_from(file);
  second->load(in);
  EXPECT_TRUE(at::equal(first->forward(x), second->forward(x)));
}

}  // namespace
}  // namespace spinel::nn
