// Entries of JSON case files: looked up by area and file name, checked by their room's function.
#include "spinel/cli/check/json_case.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/suggest.h"

namespace spinel::check {
namespace {

std::string component_of(const Config& document, const std::string& file) {
  const Config* area = document.find("area");
  if (!area) fail(ErrorKind::corrupt, "{}: the file has no 'area'; a JSON case file names it", file);
  std::string name = file_name_of(file);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  return area->as_string() + "/" + name;
}

const golden::JsonFunction& function_of(const std::string& component, const CheckLists& lists) {
  std::vector<std::string> names;
  for (const golden::JsonFunction& function : lists.json) {
    if (function.name == component) return function;
    names.push_back(function.name);
  }
  fail(ErrorKind::not_found, "{}: no JSON case file is known under this name{}", component,
       suggestion(component, names));
}

}  // namespace

std::vector<JsonEntry> json_entries(const std::string& file, const CheckLists& lists) {
  const Config document = parse_json(read_file(file), file);
  const golden::JsonFunction& function = function_of(component_of(document, file), lists);
  if (function.lists.empty()) return {{file, "", 0, file}};
  std::vector<JsonEntry> entries;
  for (const std::string& list : function.lists) {
    const Config* items = document.find(list);
    if (!items) continue;
    int64_t index = 0;
    for (const Config& item : items->as_list()) {
      const Config* id = item.is_map() ? item.find("id") : nullptr;
      const std::string label = id ? (id->is_string() ? id->as_string() : to_json(*id, -1)) : std::to_string(index);
      const std::string prefix = function.lists.size() > 1 ? list + "/" : "";
      entries.push_back({file, list, index++, file + "#" + prefix + label});
    }
  }
  if (entries.empty()) {
    fail(ErrorKind::corrupt, "{}: the file has no cases; lists looked for: {}", file, join_text(function.lists, ", "));
  }
  return entries;
}

CaseResult run_json_entry(const JsonEntry& entry, const CheckLists& lists) {
  try {
    const Config document = parse_json(read_file(entry.file), entry.file);
    const golden::JsonFunction& function = function_of(component_of(document, entry.file), lists);
    const Config& item =
        entry.list.empty() ? document : document.at(entry.list).as_list().at(static_cast<size_t>(entry.index));
    const std::string difference = function.run(item, document);
    if (difference.empty()) return {};
    return {CaseResult::Status::failed, difference, {}};
  } catch (const std::exception& error) {
    return {CaseResult::Status::failed, error.what(), {}};
  }
}

}  // namespace spinel::check
