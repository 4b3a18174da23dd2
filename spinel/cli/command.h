// A subcommand of `spinel`: its name, its help, its options, and what it does.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace spinel::cli {

/// One file each in cli/; list.cc names them all.
struct Command {
  std::string name;      ///< "train"
  std::string summary;   ///< one line for the list of commands
  std::string examples;  ///< closes the help text: lines that can be typed as they are
  /// Declares the options on `app`, and returns what runs the command once they are parsed; its result is the exit
  /// status. An Error that it throws is printed in one line.
  std::function<std::function<int()>(CLI::App& app)> setup;
};

/// All subcommands, in the order of the help text.
const std::vector<Command>& command_list();

/// The program: parses the arguments (the program's name first), runs the command, and turns every failure into one
/// line on stderr. 0: done; 1: a failure, or a check that failed; 2: the user's mistake.
int run_program(int argc, const char* const* argv);

}  // namespace spinel::cli
