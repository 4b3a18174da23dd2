// From the arguments of a propagate call to those of a layer's functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spinel/nn/conv/message_hooks.h"

namespace spinel::nn {

/// The edges of one call and the arguments that functions over them ask for. Checks ranks, sizes and numbers of nodes;
/// messages begin with `owner`.
class ArgumentCollector {
 public:
  /// `names`: of all parameters of all functions that will be called; the features among them say how many nodes there
  /// are. The call must outlive the collector.
  ArgumentCollector(const PropagateCall& call, std::span<const std::string_view> names, Flow flow, int64_t node_dim,
                    std::string owner);

  const MessageEdges& edges() const { return edges_; }
  MessageArguments arguments(std::span<const std::string_view> names) const;

 private:
  const Features* find(std::string_view name) const;
  void read_sizes(std::span<const std::string_view> names);
  void set_size(int role, std::string_view name, const at::Tensor& features);
  MessageArguments::Value value(std::string_view name) const;
  at::Tensor given(std::string_view name) const;

  const PropagateCall& call_;
  int64_t node_dim_;
  std::string owner_;
  std::array<std::optional<int64_t>, 2> sizes_;  ///< of sources and targets
  MessageEdges edges_;
};

}  // namespace spinel::nn
