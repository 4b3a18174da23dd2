// All components that can be named in a config, by kind, as help, `spinel models` and `spinel info` show them.
#pragma once

#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/base/config.h"

namespace spinel::cli {

struct ComponentDoc {
  std::string name, summary;
  std::vector<OptionDoc> options;
};
struct KindDoc {
  std::string kind;  ///< "model", "optimizer", …
  std::vector<ComponentDoc> components;
};

const std::vector<KindDoc>& component_kinds();

/// Name and summary, and below the options with type, default, unit and text.
std::string component_text(const ComponentDoc& component);
Config component_config(const KindDoc& kind);

}  // namespace spinel::cli
