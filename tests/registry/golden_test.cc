// The golden files of binding, dispatch and classes, each case of them.
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "spinel/registry/check.h"
#include "tests/support/paths.h"

namespace spinel::registry {
namespace {

int run_file(const std::string& name) {
  const std::string path = source_dir() + "/tests/golden/registry/" + name + ".json";
  const Config file = parse_json(read_file(path), path);
  int count = 0;
  for (const golden::JsonFunction& function : registry_golden_json()) {
    if (function.name != "registry/" + name) continue;
    if (function.lists.empty()) {
      EXPECT_EQ(function.run(file, file), "");
      ++count;
    }
    for (const std::string& list : function.lists) {
      for (const Config& entry : file.at(list).as_list()) {
        EXPECT_EQ(function.run(entry, file), "") << entry.at("id").as_string();
        ++count;
      }
    }
  }
  return count;
}

TEST(Golden, Bindings) { EXPECT_GT(run_file("bindings"), 200); }
TEST(Golden, Dispatch) { EXPECT_GT(run_file("dispatch"), 40); }
TEST(Golden, Classes) { EXPECT_EQ(run_file("classes"), 1); }

}  // namespace
}  // namespace spinel::registry
