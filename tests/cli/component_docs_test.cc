// The lists of components as help and documentation show them.
#include "spinel/cli/component_docs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

TEST(ComponentDocs, KindsAndTheirComponentsHaveDistinctNames) {
  std::set<std::string> kinds;
  for (const KindDoc& kind : component_kinds()) {
    EXPECT_TRUE(kinds.insert(kind.kind).second) << kind.kind;
    EXPECT_FALSE(kind.components.empty()) << kind.kind;
    std::set<std::string> names;
    for (const ComponentDoc& component : kind.components) {
      EXPECT_TRUE(names.insert(component.name).second) << kind.kind << " " << component.name;
      EXPECT_FALSE(component.summary.empty()) << component.name;
      EXPECT_FALSE(component.summary.ends_with('.')) << component.name;
    }
  }
  for (const char* kind : {"model", "optimizer", "loss", "metric"}) EXPECT_TRUE(kinds.contains(kind)) << kind;
}

TEST(ComponentDocs, EveryOptionHasATypeATextAndADefaultThatReads) {
  for (const KindDoc& kind : component_kinds()) {
    for (const ComponentDoc& component : kind.components) {
      std::set<std::string> names;
      for (const OptionDoc& option : component.options) {
        SCOPED_TRACE(kind.kind + " " + component.name + "." + option.name);
        EXPECT_TRUE(names.insert(option.name).second);
        EXPECT_FALSE(option.text.empty());
        EXPECT_FALSE(option.type.empty());
        if (option.default_value.empty()) continue;
        const Config value = parse_json(option.default_value, option.name);
        if (option.type == "bool") EXPECT_EQ(value.type(), Config::Type::boolean);
        if (option.type == "int") EXPECT_EQ(value.type(), Config::Type::integer);
        if (option.type == "float") EXPECT_NO_THROW(value.as_double());
        if (option.type == "string") EXPECT_TRUE(value.is_string());
        if (option.type.starts_with("list") && !value.is_null()) EXPECT_TRUE(value.is_list());
      }
    }
  }
}

TEST(ComponentText, HasALineForEachOption) {
  for (const KindDoc& kind : component_kinds()) {
    for (const ComponentDoc& component : kind.components) {
      const std::string text = component_text(component);
      EXPECT_TRUE(text.starts_with(component.name + ": " + component.summary + "\n"));
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + static_cast<int64_t>(component.options.size()));
      for (const OptionDoc& option : component.options) {
        EXPECT_THAT(text, HasSubstr("  " + option.name + " ")) << component.name;
        EXPECT_THAT(text, HasSubstr(option.text)) << component.name;
      }
    }
  }
}

TEST(ComponentText, SaysUnitTypeAndDefault) {
  const ComponentDoc component{
      "Thing", "does it", {{"cutoff", "float", "5.0", "Å", "largest distance"}, {"n", "int", "", "", "how many"}}};
  EXPECT_EQ(component_text(component),
            "Thing: does it\n"
            "  cutoff  largest distance, in Å [float, default 5.0]\n"
            "  n       how many [int, required]\n");
}

TEST(ComponentConfig, IsTheSameAsData) {
  const KindDoc kind{
      "thing",
      {{"Thing", "does it", {{"cutoff", "float", "5.0", "Å", "largest distance"}, {"n", "int", "", "", "how many"}}}}};
  const Config config = component_config(kind);
  ASSERT_EQ(config.as_list().size(), 1u);
  const Config& thing = config.as_list()[0];
  EXPECT_EQ(thing.at("name").as_string(), "Thing");
  EXPECT_EQ(thing.find_path("options.0.default")->as_double(), 5);
  EXPECT_EQ(thing.find_path("options.0.unit")->as_string(), "Å");
  EXPECT_FALSE(thing.find_path("options.0.required")->as_bool());
  EXPECT_TRUE(thing.find_path("options.1.required")->as_bool());
  EXPECT_EQ(thing.find_path("options.1.default"), nullptr);
  for (const KindDoc& known : component_kinds()) {
    EXPECT_EQ(component_config(known).as_list().size(), known.components.size());
    EXPECT_EQ(parse_json(to_json(component_config(known)), "docs"), component_config(known));
  }
}

}  // namespace
}  // namespace spinel::cli
