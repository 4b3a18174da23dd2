// A module of ours as a torch::nn::Module, for programs that are written around those. Included only by such programs,
// as libtorch's own modules take long to compile.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <utility>

#include "spinel/nn/module.h"

namespace spinel::nn {

/// Registers the parameters and buffers of `module` with `root`, in submodules that bear the names between the dots, so
/// that the keys are those of Module::state_dict(). The tensors are the same, not copies: an optimiser, to() or
/// torch::load() on either side is seen on the other. Buffers that are not persistent are registered too, as torch's
/// C++ modules know no others. A parameter that several modules share is registered once.
void register_with_torch(torch::nn::Module& root, const Module& module);

/// Owns a module and shows it as torch's: parameters(), to(), train(), torch::save and the optimisers work on it, and
/// it can be a child of another module of torch's.
///
///   auto net = std::make_shared<nn::TorchModule<nn::Dense>>(std::make_unique<nn::Dense>(8, 4));
///   torch::optim::Adam adam(net->parameters());
///   at::Tensor y = net->forward(x);
template <class M>
class TorchModule : public torch::nn::Module {
 public:
  explicit TorchModule(std::unique_ptr<M> module) : module_(std::move(module)) { register_with_torch(*this, *module_); }

  void train(bool on = true) override {
    torch::nn::Module::train(on);
    module_->train(on);
  }
  template <class... Arguments>
  decltype(auto) forward(Arguments&&... arguments) {
    return module_->forward(std::forward<Arguments>(arguments)...);
  }
  M& operator*() const { return *module_; }
  M* operator->() const { return module_.get(); }

 private:
  std::unique_ptr<M> module_;
};

}  // namespace spinel::nn
