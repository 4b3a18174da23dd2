// Layers one after another, and activations as layers.
#pragma once

#include <memory>
#include <vector>

#include "spinel/nn/activation.h"
#include "spinel/nn/layer.h"

namespace spinel::nn {

/// State: that of layer i under `<i>.`.
class Sequential : public Layer {
 public:
  explicit Sequential(std::vector<std::unique_ptr<Layer>> layers);

  std::string name() const override { return "Sequential"; }
  std::string to_string() const override;
  at::Tensor forward(const at::Tensor& x) override;
  std::optional<int64_t> in_channels() const override;
  int64_t result_width(int64_t in_width) const override;
  std::vector<LayerStep> steps() override;
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
};

/// An activation under torch.nn's name of it.
class ActivationLayer : public Layer {
 public:
  ActivationLayer(std::string name, Activation activation)
      : name_(std::move(name)), activation_(std::move(activation)) {}

  std::string name() const override { return name_; }
  at::Tensor forward(const at::Tensor& x) override { return activation_(x); }

 private:
  std::string name_;
  Activation activation_;
};

}  // namespace spinel::nn
