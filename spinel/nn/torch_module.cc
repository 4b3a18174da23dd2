#include "spinel/nn/torch_module.h"

#include <map>
#include <string>
#include <string_view>

namespace spinel::nn {
namespace {

/// The submodules made so far, by their path.
class Tree {
 public:
  explicit Tree(torch::nn::Module& root) : root_(root) {}

  torch::nn::Module& parent_of(std::string_view key) {
    const size_t dot = key.rfind('.');
    return dot == std::string_view::npos ? root_ : at(key.substr(0, dot));
  }

 private:
  torch::nn::Module& at(std::string_view path) {
    auto& module = made_[std::string(path)];
    if (!module) {
      module = std::make_shared<torch::nn::Module>();
      parent_of(path).register_module(std::string(path.substr(path.rfind('.') + 1)), module);
    }
    return *module;
  }
  torch::nn::Module& root_;
  std::map<std::string, std::shared_ptr<torch::nn::Module>> made_;
};

std::string last_name(const std::string& key) { return key.substr(key.rfind('.') + 1); }

}  // namespace

void register_with_torch(torch::nn::Module& root, const Module& module) {
  Tree tree(root);
  for (const auto& [key, tensor] : module.named_parameters()) {
    tree.parent_of(key).register_parameter(last_name(key), tensor, tensor.requires_grad());
  }
  for (const auto& [key, tensor] : module.named_buffers()) {
    tree.parent_of(key).register_buffer(last_name(key), tensor);
  }
}

}  // namespace spinel::nn
