#include "spinel/graph/utils/edges.h"

#include <string>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::graph {

Flow parse_flow(std::string_view name, std::string_view owner) {
  if (name == "source_to_target") return Flow::source_to_target;
  if (name == "target_to_source") return Flow::target_to_source;
  fail(ErrorKind::invalid_argument, "{}: there is no flow '{}'{}", owner, name,
       suggestion(name, {"source_to_target", "target_to_source"}));
}

}  // namespace spinel::graph
