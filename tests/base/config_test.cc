#include "spinel/base/config.h"

#include <gmock/gmock.h>

#include <cmath>

#include "spinel/base/component.h"
#include "spinel/base/suggest.h"
#include "tests/base/config_testing.h"

namespace spinel {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

TEST(Config, ValuesAreReadAsTheirTypeOnly) {
  EXPECT_EQ(Config(3).as_int(), 3);
  EXPECT_EQ(Config(3.0).as_int(), 3);
  EXPECT_EQ(Config(3).as_double(), 3.0);
  EXPECT_EQ(Config("inf").as_double(), HUGE_VAL);
  EXPECT_TRUE(std::isnan(Config("nan").as_double()));
  EXPECT_THROW(Config(3.5).as_int(), Error);
  EXPECT_THROW(Config(1e300).as_int(), Error);
  EXPECT_THROW(Config(std::nan("")).as_int(), Error);
  EXPECT_THROW(Config("3").as_int(), Error);
  EXPECT_THROW(Config(1).as_bool(), Error);
  EXPECT_THROW(Config(true).as_int(), Error);
  EXPECT_THROW(Config().as_string(), Error);
  EXPECT_THROW(Config("a").as_list(), Error);
  EXPECT_EQ(error_of([] { Config(1).as_map(); }), "invalid argument: config: the value is an integer; a map is needed");
}

TEST(Config, MapsKeepOrderAndCompareWithoutIt) {
  Config value;
  value.set("b", 1);
  value.set("a", 2);
  value.set("b", 3);
  EXPECT_EQ(to_json(value, -1), R"({"b": 3, "a": 2})");
  EXPECT_EQ(value, Config::map({{"a", 2}, {"b", 3}}));
  EXPECT_FALSE(value == Config::map({{"a", 2}}));
  EXPECT_TRUE(value.erase("b"));
  EXPECT_FALSE(value.erase("b"));
  EXPECT_FALSE(value.contains("b"));
}

TEST(Config, AtNamesTheNearestKey) {
  const Config value = parse_json("{\"cutoff\": 1}", "a.json");
  EXPECT_EQ(error_of([&] { value.at("cutof"); }),
            "invalid argument: a.json:1: the key 'cutof' is missing; did you mean 'cutoff'?");
}

TEST(Config, PathsGoThroughMapsAndLists) {
  Config value = parse_json(R"({"a": {"b": [1, {"c": 2}]}})", "a");
  EXPECT_EQ(value.find_path("a.b.1.c")->as_int(), 2);
  for (const char* path : {"a.b.2", "a.b.-1", "a.b.x", "a.x", "x", "a.b.1.c.d", "a.b.1x"}) {
    EXPECT_EQ(value.find_path(path), nullptr) << path;
  }
  value.set_path("a.b.0", 7);
  value.set_path("a.new.deep", 8);
  EXPECT_EQ(value.find_path("a.b.0")->as_int(), 7);
  EXPECT_EQ(value.find_path("a.new.deep")->as_int(), 8);
  EXPECT_THROW(value.set_path("a.b.0.c", 1), Error);
}

TEST(NamedArguments, TakesBothFormsOfAComponent) {
  const NamedArguments with = named_arguments(parse_yaml("SchNet: {cutoff: 5}\n", "a"));
  EXPECT_EQ(with.name, "SchNet");
  EXPECT_EQ(with.arguments.at("cutoff").as_int(), 5);
  EXPECT_EQ(named_arguments(Config("SchNet")).name, "SchNet");
  EXPECT_TRUE(named_arguments(parse_yaml("SchNet:\n", "a")).arguments.is_map());
  EXPECT_THROW(named_arguments(parse_yaml("{A: {}, B: {}}", "a")), Error);
  EXPECT_THROW(named_arguments(Config(3)), Error);
  EXPECT_THROW(named_arguments(Config::map()), Error);
}

TEST(ComponentList, UnknownNamesAreAnsweredWithTheNearest) {
  const ComponentList<int(const Config&)> list("model",
                                               {{"SchNet", "a potential", {}, [](const Config&) { return 1; }},
                                                {"NewtonNet", "another", {}, [](const Config&) { return 2; }}});
  EXPECT_EQ(list.at("NewtonNet").make(Config()), 2);
  EXPECT_EQ(list.find("schnet"), nullptr);
  EXPECT_EQ(error_of([&] { list.at("schnett", "a.yaml:1: Model: "); }),
            "not found: a.yaml:1: Model: schnett: no model has this name; did you mean 'SchNet'?");
  EXPECT_THAT(error_of([&] { list.at("zzzzzzzz"); }), HasSubstr("; known: SchNet, NewtonNet"));
}

TEST(Suggestion, NearNamesWinWithoutRegardToCase) {
  EXPECT_EQ(nearest_name("CUTOFF", {"cutof", "cutoff"}), "cutoff");
  EXPECT_EQ(nearest_name("epoch", {"max_epochs", "epochs", "seed"}), "epochs");
  EXPECT_EQ(nearest_name("a", {}), "");
  EXPECT_EQ(suggestion("a", {}), "");
  EXPECT_EQ(nearest_name(std::string(100000, 'x'), {"x"}), "");
  std::vector<std::string> many;
  for (int i = 0; i < 20; ++i) many.push_back("component" + std::to_string(i));
  EXPECT_THAT(suggestion("q", many), HasSubstr(", …"));
}

// CF-05: case folding does not follow the locale (Turkish i).
TEST(Suggestion, FoldsAsciiOnly) { EXPECT_EQ(nearest_name("INIT", {"other", "init"}), "init"); }

}  // namespace
}  // namespace spinel
