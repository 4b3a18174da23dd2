// The program's arguments, in this process: what must hold of every command and every option that is declared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "spinel/base/suggest.h"
#include "spinel/base/version.h"
#include "spinel/cli/command.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

struct Ended {
  int status;
  std::string output, errors;
};

Ended run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "spinel");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run_program(static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

/// One line on stderr, nothing on stdout, the status of a user's mistake.
void expect_mistake(const Ended& run, const std::string& text) {
  EXPECT_EQ(run.status, 2) << run.errors;
  EXPECT_EQ(std::count(run.errors.begin(), run.errors.end(), '\n'), 1) << run.errors;
  EXPECT_THAT(run.errors, testing::StartsWith("spinel: "));
  EXPECT_THAT(run.errors, HasSubstr(text));
  EXPECT_EQ(run.output, "");
}

std::string last_name(const CommandOption& option) { return option.names.substr(option.names.rfind(',') + 1); }

/// Values for what a command must be given, so that only the mistake under test is one.
std::vector<std::string> required(const Command& command, const std::string& but = "") {
  std::vector<std::string> words{command.name};
  for (const CommandOption& option : command.invocation().options) {
    if (!option.rules.required || option.names == but) continue;
    if (!option.positional()) words.push_back(last_name(option));
    words.push_back("1");
  }
  return words;
}

TEST(RunProgram, HelpAndVersionAreNoMistakes) {
  for (const char* flag : {"--help", "-h"}) {
    const Ended help = run({flag});
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(help.errors, "");
    for (const Command& command : command_list()) EXPECT_THAT(help.output, HasSubstr(command.name));
  }
  EXPECT_EQ(run({"--version"}).output, "spinel " + version() + "\n");
  EXPECT_EQ(run({"--version"}).status, 0);
}

TEST(RunProgram, CommandsHaveNamesSummariesAndExamplesOfTheirOwn) {
  std::set<std::string> names, summaries;
  for (const Command& command : command_list()) {
    EXPECT_TRUE(names.insert(command.name).second);
    EXPECT_TRUE(summaries.insert(command.summary).second);
    EXPECT_FALSE(command.summary.ends_with('.')) << command.name;
    EXPECT_THAT(command.examples, HasSubstr("  spinel " + command.name)) << command.name;
  }
}

TEST(RunProgram, OptionsAreDeclaredOnceAndSayWhatTheyDo) {
  for (const Command& command : command_list()) {
    std::set<std::string> names;
    for (const CommandOption& option : command.invocation().options) {
      SCOPED_TRACE(command.name + " " + option.names);
      EXPECT_TRUE(names.insert(option.names).second);
      EXPECT_FALSE(option.text.empty());
      EXPECT_FALSE(option.text.ends_with('.'));
      EXPECT_FALSE(option.flag() && option.rules.required);
      if (!option.rules.excludes.empty()) {
        const auto& all = command.invocation().options;
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const CommandOption& other) {
          return ("," + other.names + ",").find("," + option.rules.excludes + ",") != std::string::npos;
        }));
      }
    }
  }
}

TEST(RunProgram, HelpOfACommandNamesEveryOption) {
  for (const Command& command : command_list()) {
    const Ended help = run({command.name, "--help"});
    EXPECT_EQ(help.status, 0) << command.name;
    EXPECT_EQ(help.errors, "");
    for (const CommandOption& option : command.invocation().options) {
      EXPECT_THAT(help.output, HasSubstr(last_name(option))) << command.name;
    }
    EXPECT_THAT(help.output, HasSubstr("Examples:")) << command.name;
  }
}

TEST(RunProgram, UnknownCommandsAndNoneAreMistakes) {
  expect_mistake(run({}), "");
  expect_mistake(run({""}), "");
  for (const Command& command : command_list()) {
    if (command.name.size() < 4) continue;  // too short for a letter more to be near
    expect_mistake(run({command.name + "x"}), "did you mean '" + command.name + "'?");
  }
}

TEST(RunProgram, UnknownOptionsOfEveryCommandAreAnsweredWithTheNearest) {
  for (const Command& command : command_list()) {
    SCOPED_TRACE(command.name);
    std::vector<std::string> words = required(command);
    words.push_back("--no-such-option-at-all");
    expect_mistake(run(words), "--no-such-option-at-all");
    std::vector<std::string> known;
    for (const CommandOption& option : command.invocation().options) {
      if (!option.positional() && last_name(option).starts_with("--")) known.push_back(last_name(option));
    }
    std::vector<std::string> all = known;
    all.push_back("--help");
    for (const std::string& name : known) {
      if (name.size() < 7 || nearest_name(name + "x", all) != name) continue;
      words.back() = name + "x";
      expect_mistake(run(words), "did you mean '" + name + "'?");
    }
  }
}

TEST(RunProgram, WhatIsRequiredIsMissedByName) {
  for (const Command& command : command_list()) {
    for (const CommandOption& option : command.invocation().options) {
      if (!option.rules.required) continue;
      SCOPED_TRACE(command.name + " " + option.names);
      // A later positional argument would take the place of the missing one.
      if (option.positional()) expect_mistake(run({command.name}), "");
      else expect_mistake(run(required(command, option.names)), last_name(option));
    }
  }
}

TEST(RunProgram, ValuesOutsideTheirRangeAreRefusedWithIt) {
  int tried = 0;
  for (const Command& command : command_list()) {
    for (const CommandOption& option : command.invocation().options) {
      if (!option.rules.range || option.positional()) continue;
      const auto [low, high] = *option.rules.range;
      for (const double wrong : {low - 1, high + 1}) {
        const std::string text = std::to_string(static_cast<int64_t>(wrong));
        if (static_cast<double>(static_cast<int64_t>(wrong)) != wrong) continue;  // an end beyond all integers
        SCOPED_TRACE(command.name + " " + last_name(option) + "=" + text);
        std::vector<std::string> words = required(command, option.names);
        words.push_back(last_name(option) + "=" + text);
        const Ended result = run(words);
        expect_mistake(result, last_name(option));
        EXPECT_THAT(result.errors, HasSubstr("it must be from"));
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 3);
}

TEST(RunProgram, ValuesThatAreNoNumbersAreNamed) {
  for (const Command& command : command_list()) {
    for (const CommandOption& option : command.invocation().options) {
      const bool number = std::holds_alternative<int*>(option.target) ||
                          std::holds_alternative<int64_t*>(option.target) ||
                          std::holds_alternative<double*>(option.target);
      if (!number || option.positional()) continue;
      for (const char* wrong : {"x", "1x", ""}) {
        SCOPED_TRACE(command.name + " " + last_name(option) + "=" + wrong);
        std::vector<std::string> words = required(command, option.names);
        words.push_back(last_name(option) + "=" + wrong);
        expect_mistake(run(words), last_name(option));
      }
    }
  }
}

TEST(RunProgram, OptionsThatTakeOneValueAreGivenOnce) {
  for (const Command& command : command_list()) {
    for (const CommandOption& option : command.invocation().options) {
      if (option.positional() || option.flag() || option.rules.range ||
          std::holds_alternative<std::vector<std::string>*>(option.target)) {
        continue;
      }
      SCOPED_TRACE(command.name + " " + last_name(option));
      std::vector<std::string> words = required(command, option.names);
      for (int times = 0; times < 2; ++times) words.push_back(last_name(option) + "=1");
      expect_mistake(run(words), last_name(option));
    }
  }
}

}  // namespace
}  // namespace spinel::cli
