#include "spinel/cli/check/check.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/worker_pool.h"
#include "spinel/base/safetensors.h"
#include "spinel/cli/check/json_case.h"

namespace spinel::check {
namespace {

namespace fs = std::filesystem;

/// One line of the report.
struct Unit {
  std::string label;
  std::function<CaseResult()> run;
};

/// Folders of cases also hold weights and other JSON files: a case says its area. What cannot be read counts as one, so
/// that it is reported as a failure.
bool is_case_file(const fs::path& path) {
  try {
    if (path.extension() == ".json") return parse_json(read_file(path.string()), path.string()).contains("area");
    if (path.extension() != ".safetensors") return false;
    const SafetensorsFile file = SafetensorsFile::open(path.string());
    return file.metadata().contains("area") || file.metadata().contains("format");
  } catch (const Error&) {
    return true;
  }
}

/// Status, then lines, as text through the pipe of a worker.
std::string encode(const CaseResult& result, bool verbose) {
  std::string text(1, "PFS"[static_cast<int>(result.status)]);
  text += result.reason;
  if (!verbose) return text;
  for (const OutputReport& report : result.reports) {
    text += "\n    " + report.output + ": " + (report.comparison.text.empty() ? "equal" : report.comparison.text);
  }
  return text;
}

std::vector<Unit> make_units(const std::vector<std::string>& files, const CheckLists& lists,
                             const CheckSettings& settings) {
  std::vector<Unit> units;
  for (const std::string& file : files) {
    if (!file.ends_with(".json")) {
      units.push_back({file, [&lists, &settings, file] { return run_golden_file(file, lists, settings); }});
      continue;
    }
    try {
      for (const JsonEntry& entry : json_entries(file, lists)) {
        units.push_back({entry.label, [&lists, entry] { return run_json_entry(entry, lists); }});
      }
    } catch (const Error& error) {
      units.push_back({file, [reason = std::string(error.what())] {
                         return CaseResult{CaseResult::Status::failed, reason, {}};
                       }});
    }
  }
  return units;
}

std::string line_of(const std::string& label, const WorkerResult& result, double timeout, Summary& summary) {
  if (result.status == WorkerResult::Status::crashed) {
    ++summary.failed;
    return "FAILED  " + label + ": the process of the case ended with " + result.text;
  }
  if (result.status == WorkerResult::Status::timed_out) {
    ++summary.failed;
    return "FAILED  " + label + format(": no result within {} s", timeout);
  }
  const char status = result.text.front();
  const std::string_view rest = std::string_view(result.text).substr(1);
  const std::string separator = rest.empty() || rest.front() == '\n' ? "" : ": ";
  if (status == 'P') {
    ++summary.passed;
    return "passed  " + label + separator + std::string(rest);
  }
  ++(status == 'F' ? summary.failed : summary.skipped);
  return (status == 'F' ? "FAILED  " : "skipped ") + label + separator + std::string(rest);
}

}  // namespace

std::vector<std::string> find_case_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error)) fail(ErrorKind::not_found, "{}: there is no such file or folder", path);
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (auto at = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->is_regular_file(error) && is_case_file(at->path())) found.push_back(at->path().string());
    }
    if (error) fail(ErrorKind::unavailable, "{}: cannot be listed: {}", path, error.message());
    require(!found.empty(), "{}: the folder holds no golden case; .safetensors and .json files are read", path);
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

Summary run_cases(const std::vector<std::string>& files, const CheckLists& lists, const RunOptions& options,
                  const std::function<void(std::string_view)>& print) {
  const std::vector<Unit> units = make_units(files, lists, options.settings);
  Summary summary;
  std::map<int64_t, std::string> waiting;  // ended before an earlier one did
  int64_t next = 0;
  const auto task = [&](int64_t index) {
    at::set_num_threads(options.threads);
    return encode(units[static_cast<size_t>(index)].run(), options.verbose);
  };
  run_in_workers(static_cast<int64_t>(units.size()), options.jobs, options.timeout, task,
                 [&](int64_t index, const WorkerResult& result) {
                   const std::string& label = units[static_cast<size_t>(index)].label;
                   waiting[index] = line_of(label, result, options.timeout, summary);
                   for (auto at = waiting.begin(); at != waiting.end() && at->first == next; ++next) {
                     print(at->second);
                     at = waiting.erase(at);
                   }
                 });
  std::string closing = format("{} passed, {} failed", summary.passed, summary.failed);
  if (summary.skipped > 0) closing += format(", {} skipped", summary.skipped);
  print(closing);
  return summary;
}

}  // namespace spinel::check
