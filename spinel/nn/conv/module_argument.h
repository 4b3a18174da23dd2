// The argument of a layer that is a layer itself (`nn`, `mlp`, `conv`): an object, or how to make it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/nn/conv/list.h"
#include "spinel/nn/layer.h"

namespace spinel::nn {

/// Made of a module, of a function that makes modules, or of a config (`ReLU`, `{MLP: {channel_list: [8, 16]}}`, null).
/// M is Layer, or CallableModule for any convolution.
template <class M>
class ModuleArgument {
 public:
  ModuleArgument() = default;
  ModuleArgument(std::unique_ptr<M> module) : module_(std::move(module)) {}
  ModuleArgument(std::function<std::unique_ptr<M>()> make) : make_(std::move(make)) {}
  ModuleArgument(Config config) : config_(std::move(config)) {}
  ModuleArgument(const char* name) : config_(name) {}

  bool is_none() const { return !module_ && !make_ && config_.is_null(); }
  /// The module; a given object is shared by all who ask. None: null.
  std::shared_ptr<M> get() const {
    if (module_) return module_;
    return made();
  }
  /// A module of one's own; a given object cannot be copied: invalid_argument that `owner` begins.
  std::unique_ptr<M> copy(const std::string& owner) const {
    require(!module_, "{}: it needs several copies of the layer that it is given; give a function that makes them",
            owner);
    return made();
  }
  /// Null unless it was made of one.
  const Config& config() const { return config_; }

 private:
  std::unique_ptr<M> made() const {
    if (make_) return make_();
    if constexpr (std::is_same_v<M, Layer>) return make_layer(config_);
    else return config_.is_null() ? nullptr : make_conv(config_);
  }

  std::shared_ptr<M> module_;
  std::function<std::unique_ptr<M>()> make_;
  Config config_;
};
using LayerArgument = ModuleArgument<Layer>;
using ConvArgument = ModuleArgument<CallableModule>;

inline void read_config(const Config& from, LayerArgument& to) { to = LayerArgument(from); }
inline void read_config(const Config& from, ConvArgument& to) { to = ConvArgument(from); }

}  // namespace spinel::nn

namespace spinel {
template <typename T>
Config write_config(const T& from);
template <>
inline Config write_config(const nn::LayerArgument& from) {
  return from.config();
}
template <>
inline Config write_config(const nn::ConvArgument& from) {
  return from.config();
}
}  // namespace spinel
