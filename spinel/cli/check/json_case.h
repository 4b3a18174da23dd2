// The entries of JSON case files.
#pragma once

#include <string>
#include <vector>

#include "spinel/cli/check/run_case.h"

namespace spinel::check {

/// One case of a JSON case file.
struct JsonEntry {
  std::string file;
  std::string list;  ///< the top-level key; "": the file as a whole
  int64_t index = 0;
  std::string label;  ///< "FILE#id", or the position where there is no id
};

/// The entries of a file. An unknown component, or a file that is no JSON case file: Error.
std::vector<JsonEntry> json_entries(const std::string& file, const CheckLists& lists);

CaseResult run_json_entry(const JsonEntry& entry, const CheckLists& lists);

}  // namespace spinel::check
