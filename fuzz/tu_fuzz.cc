// A set of the TU collection from bytes: an error, or graphs whose parts fit together. Bytes: parts one after another,
// each behind a line `@<part>`.
#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "spinel/base/error.h"
#include "spinel/graph/data/tu_files.h"

namespace {

using Texts = std::map<std::string, std::string>;

Texts parts_of(std::string_view bytes) {
  Texts parts;
  for (size_t begin = bytes.find('@'); begin != std::string_view::npos;) {
    const size_t end = bytes.find('@', begin + 1);
    const std::string_view part = bytes.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1);
    const size_t line = part.find('\n');
    if (line != std::string_view::npos) parts[std::string(part.substr(0, line))] = part.substr(line + 1);
    begin = end;
  }
  return parts;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const spinel::graph::Data& graph) {
  require(graph.num_nodes >= 1);
  const at::Tensor& edges = graph.edge_index;
  require(edges.dim() == 2 && edges.size(0) == 2);
  if (edges.numel() > 0) require(edges.min().item<int64_t>() >= 0 && edges.max().item<int64_t>() < graph.num_nodes);
  if (graph.x.defined()) require(graph.x.size(0) == graph.num_nodes);
  if (graph.edge_attr.defined()) require(graph.edge_attr.size(0) == edges.size(1));
  if (graph.y.defined()) require(graph.y.size(0) == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Texts parts = parts_of(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto text_of = [&](const std::string& part) -> std::optional<std::string> {
    const auto found = parts.find(part);
    return found == parts.end() ? std::nullopt : std::optional(found->second);
  };
  spinel::graph::TUOptions options;
  options.use_node_attr = parts.contains("node_attributes");
  options.use_edge_attr = parts.contains("edge_attributes");
  try {
    for (const spinel::graph::Data& graph : spinel::graph::parse_tu(text_of, "fuzz", options).graphs) check(graph);
  } catch (const spinel::Error&) {
  }
  return 0;
}
