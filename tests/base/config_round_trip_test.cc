// Random values through the writers and back through the readers of JSON and YAML.
#include <gtest/gtest.h>

#include "spinel/base/config.h"
#include "spinel/base/config_text.h"
#include "tests/base/config_testing.h"
#include "tests/support/random_config.h"

namespace spinel {
namespace {

/// Equal also in the order of keys and in the types of numbers.
::testing::AssertionResult same(const Config& a, const Config& b) {
  if (a.type() != b.type()) return ::testing::AssertionFailure() << a.type_name() << " became " << b.type_name();
  if (!(a == b)) return ::testing::AssertionFailure() << to_json(a) << " became " << to_json(b);
  if (a.is_map()) {
    for (size_t i = 0; i < a.as_map().size(); ++i) {
      const auto &x = a.as_map()[i], &y = b.as_map()[i];
      if (x.first != y.first) return ::testing::AssertionFailure() << "key " << x.first << " became " << y.first;
      if (const auto result = same(x.second, y.second); !result) return result;
    }
  } else if (a.is_list()) {
    for (size_t i = 0; i < a.as_list().size(); ++i) {
      if (const auto result = same(a.as_list()[i], b.as_list()[i]); !result) return result;
    }
  }
  return ::testing::AssertionSuccess();
}

TEST(ConfigRoundTrip, JsonGivesTheSameValue) {
  std::mt19937_64 random(6);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const Config value = random_config(random, 4);
    for (const int indent : {-1, 0, 2}) {
      const std::string text = to_json(value, indent);
      ASSERT_TRUE(same(value, parse_json(text, "x"))) << text;
      if (indent < 0) ASSERT_EQ(text.find('\n'), std::string::npos) << text;
    }
  }
}

TEST(ConfigRoundTrip, YamlGivesTheSameValue) {
  std::mt19937_64 random(7);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    const Config value = random_config(random, 4);
    const std::string text = to_yaml(value);
    ASSERT_TRUE(same(value, parse_yaml(text, "x"))) << text;
    ASSERT_EQ(to_yaml(parse_yaml(text, "x")), text);
  }
}

TEST(ConfigRoundTrip, JsonIsAlsoYaml) {
  std::mt19937_64 random(8);
  for (int repeat = 0; repeat < 1000; ++repeat) {
    const Config value = random_config(random, 3);
    const std::string text = to_json(value, -1);
    ASSERT_TRUE(same(value, parse_yaml(text, "x"))) << text;
  }
}

TEST(ConfigRoundTrip, EveryValueIsFoundAtThePathItNames) {
  std::mt19937_64 random(9);
  int64_t checked = 0;
  const std::function<void(const Config&, const Config&)> check = [&](const Config& root, const Config& value) {
    ++checked;
    const Config* found = root.find_path(value.path());
    ASSERT_TRUE(found) << value.path();
    EXPECT_TRUE(*found == value) << value.path();
    if (value.is_list()) {
      for (size_t i = 0; i < value.as_list().size(); ++i) {
        EXPECT_EQ(value.as_list()[i].path(), config_text::join_path(value.path(), std::to_string(i)));
        check(root, value.as_list()[i]);
      }
    } else if (value.is_map()) {
      for (const auto& [key, item] : value.as_map()) {
        EXPECT_EQ(item.path(), config_text::join_path(value.path(), key));
        // A key with a dot, or an empty one, has a path that cannot be told from another.
        if (!key.empty() && key.find('.') == std::string::npos) check(root, item);
      }
    }
  };
  for (int repeat = 0; repeat < 300; ++repeat) {
    Config value =
        Config::map({{"a", random_config(random, 2)}, {"b", Config::map({{"c", random_config(random, 2)}})}});
    const Config read = parse_json(to_json(value), "x");
    for (const char* key : {"a", "b"}) check(read, *read.find(key));
  }
  EXPECT_GT(checked, 1000);
}

TEST(ConfigRoundTrip, CutTextIsRefusedOrAnotherValueNeverACrash) {
  std::mt19937_64 random(10);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const Config value = Config::map({{"k", random_config(random, 3)}});
    const std::string json = to_json(value), yaml = to_yaml(value);
    for (int cut = 0; cut < 10; ++cut) {
      const std::string part = json.substr(0, random() % json.size());
      EXPECT_THROW(parse_json(part, "x"), Error) << part;
      try {
        parse_yaml(yaml.substr(0, random() % yaml.size()), "x");
      } catch (const Error&) {
        // Many beginnings of a YAML text are YAML.
      }
    }
  }
}

TEST(ConfigRoundTrip, SetPathThenFindPathGivesTheValue) {
  std::mt19937_64 random(11);
  for (int repeat = 0; repeat < 200; ++repeat) {
    Config root = Config::map();
    std::vector<std::pair<std::string, Config>> written;
    for (int i = 0; i < 5; ++i) {
      std::string path = "s" + std::to_string(i);
      for (size_t deep = random() % 3; deep-- > 0;) path += "." + std::string(1, static_cast<char>('a' + random() % 3));
      written.emplace_back(path, random_config(random, 1));
      root.set_path(path, written.back().second);
    }
    for (const auto& [path, value] : written) {
      const Config* found = root.find_path(path);
      ASSERT_TRUE(found) << path;
      ASSERT_TRUE(same(value, *found)) << path;
    }
  }
}

}  // namespace
}  // namespace spinel
