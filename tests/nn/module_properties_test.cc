// Modules nested at random: names, state dicts, conversions and the adapter to libtorch's modules must agree with the
// tree they were made from, whatever its form.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "spinel/nn/module.h"
#include "spinel/nn/torch_module.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

/// A module with random parameters, buffers and children, which notes under which keys they must appear.
class Node : public Module {
 public:
  Node(std::mt19937& random, int depth, const std::string& prefix, std::map<std::string, at::Tensor>& state,
       std::set<std::string>& unsaved) {
    // Tensors are named by address, so the vectors must not grow any more.
    tensors_.resize(1 + random() % 4);
    for (size_t k = 0; k < tensors_.size(); ++k) {
      const std::string name = "t" + std::to_string(k);
      const std::vector<int64_t> shape(random() % 3, 1 + static_cast<int64_t>(random() % 3));
      tensors_[k] = at::randn(shape);
      const auto kind = random() % 4;
      if (kind == 0) add_buffer(name, tensors_[k] = at::randint(9, shape, at::kLong));
      else if (kind == 1) add_buffer(name, tensors_[k], false);
      else if (kind == 2) add_buffer(name, tensors_[k]);
      else add_parameter(name, tensors_[k]);
      if (kind == 1) unsaved.insert(prefix + name);
      else state[prefix + name] = tensors_[k];
    }
    at::Tensor absent;  // of no effect, as for a layer without bias
    add_parameter("absent", absent);
    add_buffer("nothing", absent);
    for (size_t k = depth > 0 ? random() % 4 : 0; k-- > 0;) {
      const std::string name = "child" + std::to_string(k);
      children_.push_back(std::make_unique<Node>(random, depth - 1, prefix + name + ".", state, unsaved));
      add_child(name, *children_.back());
    }
  }
  const std::vector<std::unique_ptr<Node>>& children() const { return children_; }

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<std::unique_ptr<Node>> children_;
};

struct Tree {
  explicit Tree(uint32_t seed) : random(seed), root(random, 3, "", state, unsaved) {}
  std::mt19937 random;
  std::map<std::string, at::Tensor> state;  ///< what must be in the state dict
  std::set<std::string> unsaved;            ///< keys of buffers that are not persistent
  Node root;
};

NamedTensors copy_of(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [key, tensor] : state) copy.set(key, tensor.detach().clone());
  return copy;
}

void expect_equal(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.names(), b.names());
  for (const auto& [key, tensor] : a) EXPECT_TRUE(at::equal(tensor.detach(), b.at(key).detach())) << key;
}

constexpr uint32_t kTrees = 25;

TEST(ModuleTrees, EveryTensorHasTheKeyOfItsPath) {
  size_t largest = 0;
  for (uint32_t seed = 0; seed < kTrees; ++seed) {
    const Tree tree(seed);
    const NamedTensors state = tree.root.state_dict();
    ASSERT_EQ(state.size(), tree.state.size());
    for (const auto& [key, tensor] : tree.state) {
      EXPECT_TRUE(state.at(key).is_same(tensor)) << key;
      EXPECT_EQ(tree.root.named_parameters().contains(key), tensor.requires_grad()) << key;
      EXPECT_EQ(tree.root.named_buffers().contains(key), !tensor.requires_grad()) << key;
    }
    for (const std::string& key : tree.unsaved) {
      EXPECT_TRUE(tree.root.named_buffers().contains(key)) << key;
      EXPECT_FALSE(state.contains(key)) << key;
    }
    int64_t count = 0;
    for (const auto& [key, tensor] : tree.state) count += tensor.requires_grad() ? tensor.numel() : 0;
    EXPECT_EQ(tree.root.num_parameters(), count);
    EXPECT_EQ(tree.root.parameters().size() + tree.root.named_buffers().size(), state.size() + tree.unsaved.size());
    largest = std::max(largest, state.size());
  }
  EXPECT_GT(largest, 20u);
}

TEST(ModuleTrees, AStateGoesFromOneToAnotherOfTheSameForm) {
  for (uint32_t seed = 0; seed < kTrees; ++seed) {
    const Tree from(seed);
    Tree to(seed);
    // The same form with other values.
    for (auto& [key, tensor] : to.state) tensor.detach().zero_();
    const NamedTensors saved = copy_of(from.root.state_dict());
    const std::vector<at::Tensor> held = to.root.parameters();
    const LoadReport report = to.root.load_state_dict(saved);
    EXPECT_TRUE(report.missing.empty() && report.unexpected.empty());
    expect_equal(to.root.state_dict(), saved);
    for (size_t k = 0; k < held.size(); ++k) EXPECT_TRUE(held[k].is_same(to.root.parameters()[k]));
    // In another dtype the values are converted.
    to.root.to(at::kDouble);
    to.root.load_state_dict(saved);
    for (const auto& [key, tensor] : to.root.state_dict()) {
      EXPECT_EQ(tensor.scalar_type(), saved.at(key).is_floating_point() ? at::kDouble : at::kLong) << key;
      EXPECT_TRUE(at::equal(tensor.detach().to(saved.at(key).scalar_type()), saved.at(key))) << key;
    }
  }
}

TEST(ModuleTrees, EachMissingAndEachSurplusKeyIsReported) {
  for (uint32_t seed = 0; seed < kTrees; ++seed) {
    Tree tree(seed);
    const NamedTensors whole = copy_of(tree.root.state_dict());
    NamedTensors part;
    std::vector<std::string> left_out, added;
    for (const auto& [key, tensor] : whole) {
      if (tree.random() % 3 == 0) left_out.push_back(key);
      else part.set(key, at::ones_like(tensor));
      if (tree.random() % 4 == 0) {
        added.push_back(key + "_more");
        part.set(added.back(), tensor);
      }
    }
    const auto refused = [&](KeyMatch match) {
      const Error error = error_of([&] { tree.root.load_state_dict(part, match); });
      expect_equal(tree.root.state_dict(), whole);  // nothing was copied
      return std::string(error.what());
    };
    if (!left_out.empty()) {
      const std::string text = format("{} keys are missing: {}", left_out.size(), left_out.front());
      EXPECT_THAT(refused(KeyMatch::exact), HasSubstr(text));
      EXPECT_THAT(refused(KeyMatch::allow_unexpected), HasSubstr(text));
    } else if (!added.empty()) {
      EXPECT_THAT(refused(KeyMatch::exact), HasSubstr(format("{} keys are unknown: {}", added.size(), added.front())));
    }
    const LoadReport report = tree.root.load_state_dict(part, KeyMatch::allow_all);
    EXPECT_EQ(report.missing, left_out);
    EXPECT_EQ(report.unexpected, added);
    for (const auto& [key, tensor] : tree.root.state_dict()) {
      const bool kept = std::find(left_out.begin(), left_out.end(), key) != left_out.end();
      const at::Tensor wanted = kept ? whole.at(key) : at::ones_like(whole.at(key));
      EXPECT_TRUE(at::equal(tensor.detach(), wanted)) << key;
    }
  }
}

TEST(ModuleTrees, ModeAndGradientsReachEveryModule) {
  for (uint32_t seed = 0; seed < kTrees; ++seed) {
    Tree tree(seed);
    const std::function<void(const Node&, bool)> expect_mode = [&](const Node& node, bool training) {
      EXPECT_EQ(node.is_training(), training);
      for (const auto& child : node.children()) expect_mode(*child, training);
    };
    expect_mode(tree.root, true);
    tree.root.eval();
    expect_mode(tree.root, false);
    // A part of the tree by itself.
    if (!tree.root.children().empty()) {
      Node& first = *tree.root.children().front();
      first.train();
      expect_mode(first, true);
      EXPECT_FALSE(tree.root.is_training());
    }
    tree.root.train();
    expect_mode(tree.root, true);
    const size_t count = tree.root.parameters().size();
    for (const bool on : {false, true}) {
      tree.root.requires_grad(on);
      for (const at::Tensor& parameter : tree.root.parameters()) EXPECT_EQ(parameter.requires_grad(), on);
      EXPECT_EQ(tree.root.parameters().size(), count) << "frozen parameters stay parameters";
    }
  }
}

TEST(ModuleTrees, LibtorchsModulesHaveTheSameKeysAndTensors) {
  for (uint32_t seed = 0; seed < kTrees; ++seed) {
    const Tree tree(seed);
    torch::nn::Module module;
    register_with_torch(module, tree.root);
    const NamedTensors parameters = tree.root.named_parameters(), buffers = tree.root.named_buffers();
    EXPECT_EQ(module.named_parameters().size(), parameters.size());
    EXPECT_EQ(module.named_buffers().size(), buffers.size());
    for (const auto& entry : module.named_parameters()) EXPECT_TRUE(entry.value().is_same(parameters.at(entry.key())));
    for (const auto& entry : module.named_buffers()) EXPECT_TRUE(entry.value().is_same(buffers.at(entry.key())));
  }
}

TEST(NamedTensorsProperties, BehaveLikeAListOfPairs) {
  std::mt19937 random(7);
  NamedTensors tensors;
  std::vector<std::pair<std::string, double>> list;
  for (int step = 0; step < 400; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 26));
    const double value = step;
    tensors.set(name, at::full({1}, value, at::kDouble));
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == list.end()) list.emplace_back(name, value);
    else found->second = value;
    ASSERT_EQ(tensors.size(), list.size());
    EXPECT_FALSE(tensors.empty());
    size_t k = 0;
    for (const auto& [key, tensor] : tensors) {
      ASSERT_EQ(key, list[k].first);
      ASSERT_EQ(tensor.item<double>(), list[k].second);
      ++k;
    }
    EXPECT_EQ(tensors.names().back(), list.back().first);
  }
  EXPECT_TRUE(NamedTensors().empty());
  const NamedTensors twice = {{"a", at::zeros({1})}, {"a", at::ones({1})}};
  EXPECT_EQ(twice.size(), 1u);
  EXPECT_EQ(twice.at("a").item<float>(), 1);
}

}  // namespace
}  // namespace spinel::nn
