#include "spinel/nn/conv/layer_argument.h"

#include "spinel/base/error.h"
#include "spinel/base/options.h"

namespace spinel {

template <>
Config write_config(const nn::LayerArgument& from) {
  return from.config();
}

namespace nn {

void read_config(const Config& from, LayerArgument& to) { to = LayerArgument(from); }

std::shared_ptr<Layer> LayerArgument::get() const {
  if (layer_) return layer_;
  if (make_) return make_();
  return make_layer(config_);
}

std::unique_ptr<Layer> LayerArgument::copy(const std::string& owner) const {
  require(!layer_, "{}: it needs several copies of the layer that it is given; give a function that makes them", owner);
  return make_ ? make_() : make_layer(config_);
}

}  // namespace nn
}  // namespace spinel
