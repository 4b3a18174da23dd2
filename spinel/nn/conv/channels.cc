#include "spinel/nn/conv/channels.h"

#include <ATen/core/Tensor.h>

#include "spinel/base/error.h"
#include "spinel/base/options.h"

namespace spinel {

template <>
Config write_config(const nn::Channels& from) {
  if (!from.is_pair) return Config(from.source);
  return Config(Config::List{Config(from.source), Config(from.target)});
}

namespace nn {

void read_config(const Config& from, Channels& to) {
  if (!from.is_list()) {
    to = Channels(from.as_int());
    return;
  }
  const std::vector<int64_t> widths = from.as_ints();
  require(widths.size() == 2, "{}: {} widths are given; one, or those of sources and targets, are needed",
          from.where().empty() ? "in_channels" : from.where(), widths.size());
  to = Channels(widths[0], widths[1]);
}

std::string Channels::text() const { return is_pair ? format("({}, {})", source, target) : format("{}", source); }

void check_width(const at::Tensor& x, int64_t channels, std::string_view name, std::string_view owner) {
  require(x.dim() >= 1, "{}: {} is a single number; its last dimension must be the features", owner, name);
  require(channels < 0 || x.size(-1) == channels, "{}: {} has {} features but {} are expected", owner, name, x.size(-1),
          channels);
}

void check_widths(const Features& x, const Channels& channels, std::string_view owner) {
  require(x.source().defined(), "{}: x is None; features of the sources are needed", owner);
  check_width(x.source(), channels.source, x.is_pair() ? "x of the sources" : "x", owner);
  if (x.is_pair() && x.target().defined()) check_width(x.target(), channels.target, "x of the targets", owner);
}

Features both_ends(const Features& x) { return {x.source(), x.target()}; }

}  // namespace nn
}  // namespace spinel
