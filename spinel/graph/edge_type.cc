#include "spinel/graph/edge_type.h"

namespace spinel::graph {

EdgeType parse_edge_type(std::string_view key, std::string_view owner) {
  std::vector<std::string> parts;
  for (size_t begin = 0;;) {
    const size_t end = key.find("__", begin);
    parts.emplace_back(key.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) break;
    begin = end + 2;
  }
  bool is_named = parts.size() == 3;
  for (const std::string& part : parts) is_named = is_named && !part.empty();
  require(is_named, "{}: the edge type '{}' has {} parts; source__relation__target is needed", owner, key,
          parts.size());
  return {parts[0], parts[1], parts[2]};
}

EdgeType find_edge_type(std::string_view key, const std::vector<EdgeType>& known, std::string_view owner) {
  for (const EdgeType& type : known) {
    if (type.key() == key) return type;
  }
  return parse_edge_type(key, owner);
}

}  // namespace spinel::graph
