// The argument of a convolution that is a layer itself (`nn`, `mlp`, `act`): an object, or how to make it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spinel/base/config.h"
#include "spinel/nn/layer.h"

namespace spinel::nn {

/// Made of a layer, of a function that makes layers, or of a config (`ReLU`, `{MLP: {channel_list: [8, 16]}}`, null).
class LayerArgument {
 public:
  LayerArgument() = default;
  LayerArgument(std::unique_ptr<Layer> layer) : layer_(std::move(layer)) {}
  LayerArgument(std::function<std::unique_ptr<Layer>()> make) : make_(std::move(make)) {}
  LayerArgument(Config config) : config_(std::move(config)) {}
  LayerArgument(const char* name) : config_(name) {}

  bool is_none() const { return !layer_ && !make_ && config_.is_null(); }
  /// The layer; a given object is shared by all who ask. None: null.
  std::shared_ptr<Layer> get() const;
  /// A layer of one's own; a given object cannot be copied: invalid_argument that `owner` begins.
  std::unique_ptr<Layer> copy(const std::string& owner) const;
  const Config& config() const { return config_; }

 private:
  std::shared_ptr<Layer> layer_;
  std::function<std::unique_ptr<Layer>()> make_;
  Config config_;
};
void read_config(const Config& from, LayerArgument& to);

}  // namespace spinel::nn

namespace spinel {
template <typename T>
Config write_config(const T& from);
template <>
Config write_config(const nn::LayerArgument& from);
}  // namespace spinel
