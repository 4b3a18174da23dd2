#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/progress.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/data_get.h"
#include "spinel/cli/data_sets.h"
#include "spinel/cli/output.h"

namespace spinel::cli {
namespace {

struct DataArguments {
  std::string action, name;
  FetchOptions options;
};

void print_set(const DataSet& set) {
  print_line(set.name + ": " + set.summary);
  print_line("  size     " + set.size);
  print_line("  format   " + set.format);
  print_line("  licence  " + set.licence);
  print_line("  address  " + (set.url.empty() ? "none that can be fetched directly" : set.url));
  print_line("  page     " + set.page);
  if (!set.md5.empty()) print_line("  MD5      " + set.md5);
  if (set.commands.empty()) return;
  print_line("For the configs, which read extended XYZ:");
  if (!set.url.empty()) print_line(format("  spinel data get {} --to {}", set.name, set.folder));
  for (const std::string& command : commands_after_fetching(set, set.folder)) print_line("  " + command);
}

/// Smallest, largest and mean of a property over all frames.
struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
  int64_t count = 0, not_finite = 0, frames = 0;
  template <typename Property>
  void add(const Property& property) {
    ++frames;
    const auto take = [&](const auto& values) {
      for (const auto value : values) add(static_cast<double>(value));
    };
    if (const auto* reals = std::get_if<std::vector<double>>(&property.values)) take(*reals);
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&property.values)) take(*integers);
  }
  void add(double value) {
    if (!std::isfinite(value)) {
      ++not_finite;
      return;
    }
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
    ++count;
  }
  std::string text() const {
    std::string result = format("in {} frames", frames);
    if (count) result += format(", {:.6g} … {:.6g}, mean {:.6g}", low, high, sum / static_cast<double>(count));
    if (not_finite) result += format(", {} values not finite", not_finite);
    return result;
  }
};

int print_file(const std::string& path) {
  XyzReader reader(path, {.allow_nonfinite = true});
  std::map<int64_t, int64_t> elements;
  std::map<std::string, Range> info, arrays;
  Range atoms, positions;
  int64_t periodic = 0;
  for (Frame frame; reader.next(frame);) {
    atoms.add(static_cast<double>(frame.size()));
    for (const int64_t number : frame.numbers) ++elements[number];
    for (const Vector3& position : frame.positions) {
      for (const double x : position) positions.add(x);
    }
    periodic += frame.periodic();
    for (const auto& [name, property] : frame.info) info[name].add(property);
    for (const auto& [name, property] : frame.arrays) arrays[name].add(property);
  }
  print_line(format("{}: {} frames, {} of them periodic", path, reader.count(), periodic));
  if (atoms.count)
    print_line(format("  atoms a frame  {:.6g} … {:.6g}, mean {:.6g}", atoms.low, atoms.high,
                      atoms.sum / static_cast<double>(atoms.count)));
  std::string counts;
  for (const auto& [number, count] : elements) counts += format("  {} {}", element(number).symbol, count);
  print_line("  elements     " + counts);
  if (positions.not_finite) print_line(format("  positions      {} values not finite", positions.not_finite));
  for (const auto& [name, range] : info) print_line("  per frame  " + name + ": " + range.text());
  for (const auto& [name, range] : arrays) print_line("  per atom   " + name + ": " + range.text());
  return 0;
}

int run_get(const DataArguments& arguments) {
  require(!arguments.name.empty(), "data get: which data set? known: {}", [] {
    std::vector<std::string> names;
    for (const DataSet& set : data_sets()) names.push_back(set.name);
    return join_text(names, ", ");
  }());
  Progress progress(arguments.name, 0, {.unit = "byte"});
  const FetchedDataSet fetched = fetch_data_set(data_set(arguments.name), arguments.options,
                                                [&](int64_t received, int64_t) { progress.update(received); });
  progress.finish();
  print_line(format("{} {}, SHA-256 {}{}", fetched.path, fetched.was_there ? "is there" : "written", fetched.sha256,
                    fetched.compared_with.empty() ? "" : ", as " + fetched.compared_with + " says"));
  const auto commands = commands_after_fetching(data_set(arguments.name), arguments.options.folder);
  if (!commands.empty()) print_line("To make extended XYZ of it, as the configs read it:");
  for (const std::string& command : commands) print_line("  " + command);
  return 0;
}

int run_data(const DataArguments& arguments) {
  if (arguments.action == "get") return run_get(arguments);
  require(arguments.action == "info", "data: '{}' is no action; choose info or get", arguments.action);
  if (arguments.name.empty()) {
    for (const DataSet& set : data_sets()) print_line(set.name + ": " + set.summary + "; " + set.size);
  } else if (file_exists(arguments.name)) {
    return print_file(arguments.name);
  } else if (arguments.name.find('.') != std::string::npos || arguments.name.find('/') != std::string::npos) {
    fail(ErrorKind::not_found, "{}: there is no such file", arguments.name);
  } else {
    print_set(data_set(arguments.name));
  }
  return 0;
}

}  // namespace

Command data_command() {
  return {"data", "Describe a file or a published data set, or download one",
          "  spinel data info                    the data sets that are known\n"
          "  spinel data info md17-ethanol\n"
          "  spinel data info molecules.xyz      frames, elements, ranges of all properties\n"
          "  spinel data get md17-ethanol --to data\n"
          "A download is compared with the checksum that its publishers state. Where they state none, the first one's\n"
          "SHA-256 is kept in FILE.sha256, and later ones must have the same.\n",
          [] {
            const auto a = std::make_shared<DataArguments>();
            return Invocation{{{"ACTION", &a->action, "info or get", "", {.required = true}},
                               {"NAME", &a->name, "Data set, or for info an extended XYZ file"},
                               {"--to", &a->options.folder, "Folder for the download [.]", "FOLDER"},
                               {"--sha256", &a->options.sha256, "What the download must have", "HEX"},
                               {"--url", &a->options.url, "Take the file from a mirror", "URL"}},
                              [a] { return run_data(*a); }};
          }};
}

}  // namespace spinel::cli
