// A subcommand of `spinel`: its name, its help, its options, and what it does.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace spinel::cli {

/// What else holds for an option.
struct OptionRules {
  bool required = false;
  bool show_default = false;  ///< the help says the default
  char separator = '\0';      ///< of a list given in one value: ','
  std::string excludes = "";  ///< the option that cannot be given together with this one
  std::optional<std::pair<double, double>> range = std::nullopt;  ///< of a number, both ends included
};

/// An option, a flag or a positional argument, and the variable that takes its value; what the variable holds before
/// is the default.
struct CommandOption {
  std::string names;  ///< "--steps" or "-o,--output"; without dashes, "CHECKPOINT", a positional argument
  /// bool: a flag. A list: may be given more than once.
  std::variant<bool*, int*, int64_t*, double*, std::string*, std::vector<std::string>*> target;
  std::string text;
  std::string value = "";  ///< what the help calls the value: "FILE.xyz"
  OptionRules rules = {};

  bool positional() const { return !names.starts_with('-'); }
  bool flag() const { return std::holds_alternative<bool*>(target); }
};

/// One use of a command.
struct Invocation {
  std::vector<CommandOption> options;
  /// What the command does once the options are read; its result is the exit status. An Error that it throws is printed
  /// in one line.
  std::function<int()> run;
};

/// One file each in cli/; list.cc names them all.
struct Command {
  std::string name;      ///< "train"
  std::string summary;   ///< one line for the list of commands
  std::string examples;  ///< closes the help text: lines that can be typed as they are
  std::function<Invocation()> invocation;
};

/// All subcommands, in the order of the help text.
const std::vector<Command>& command_list();

/// The program: parses the arguments (the program's name first), runs the command, and turns every failure into one
/// line on stderr. 0: done; 1: a failure, or a check that failed; 2: the user's mistake.
int run_program(int argc, const char* const* argv);

}  // namespace spinel::cli
