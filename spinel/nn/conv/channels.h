// Widths of a convolution's input: one for all nodes, or one of the sources and one of the targets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spinel/base/config.h"
#include "spinel/nn/typing.h"

namespace spinel::nn {

/// -1: that of the first input.
struct Channels {
  int64_t source = 0;
  int64_t target = 0;
  bool is_pair = false;

  Channels() = default;
  Channels(int64_t both) : source(both), target(both) {}
  Channels(int both) : source(both), target(both) {}
  Channels(int64_t source, int64_t target) : source(source), target(target), is_pair(true) {}
  /// "8" or "(8, 4)".
  std::string text() const;
};
void read_config(const Config& from, Channels& to);
inline std::string option_type_name(const Channels&) { return "int or list of 2 ints"; }

/// The last dimension of x must be `channels`, unless that is -1; `owner` begins the message.
void check_width(const at::Tensor& x, int64_t channels, std::string_view name, std::string_view owner);
/// Of both ends; an undefined one is not looked at. A missing source is invalid_argument.
void check_widths(const Features& x, const Channels& channels, std::string_view owner);

/// Features of one set of nodes for both ends, so that both sizes of a matrix are compared with it.
Features both_ends(const Features& x);

}  // namespace spinel::nn

namespace spinel {
template <typename T>
Config write_config(const T& from);
template <>
Config write_config(const nn::Channels& from);
}  // namespace spinel
