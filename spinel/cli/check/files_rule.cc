// The rule `files`: what a call left on disk, which its function gives as values "files", "error" and "outside".
#include <algorithm>

#include "spinel/base/format.h"
#include "spinel/cli/check/rules.h"

namespace spinel::check {

Comparison compare_files(OutputComparison& all, const std::string&, const Rule&) {
  const Config& expect = all.golden().section("expect");
  const auto value = [&](const char* name, const Config& otherwise) {
    const Config* found = all.result_value(name);
    return found ? *found : otherwise;
  };
  if (const Config* files = expect.find("files")) {
    const Comparison comparison = compare_json(value("files", Config::map()), *files, {});
    if (!comparison.ok) return Comparison::differs("files: " + comparison.text);
  }
  if (const Config* error = expect.find("error")) {
    const bool failed = value("error", false).as_bool();
    if (failed != error->as_bool()) return Comparison::differs(failed ? "the call failed" : "the call must fail");
  }
  if (const Config* outside = expect.find("outside")) {
    std::vector<std::string> found = value("outside", Config(Config::List{})).as_strings();
    std::vector<std::string> allowed = outside->as_strings();
    std::sort(found.begin(), found.end());
    std::sort(allowed.begin(), allowed.end());
    if (found != allowed) {
      return Comparison::differs(
          format("outside the folder lie [{}] instead of [{}]", join_text(found, ", "), join_text(allowed, ", ")));
    }
  }
  return {};
}

}  // namespace spinel::check
