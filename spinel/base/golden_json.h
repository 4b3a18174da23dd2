// What a room hands to `spinel check` for the JSON case files of its area.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "spinel/base/config.h"

namespace spinel::golden {

/// The component of one JSON case file, under "<area>/<file name without .json>": "registry/schemas".
struct JsonFunction {
  std::string name;
  /// The top-level keys whose lists hold the cases ("cases"). Empty: the whole file is one case, whose entries follow
  /// from each other ("steps" on one object).
  std::vector<std::string> lists;
  /// Checks one entry; returns "" where it holds, else what differs. `file` is the whole document, for keys that all
  /// entries share. An Error counts as a failure with its message.
  std::function<std::string(const Config& entry, const Config& file)> run;
};

}  // namespace spinel::golden
