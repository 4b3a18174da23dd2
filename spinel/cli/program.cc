#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <variant>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/base/utf8.h"
#include "spinel/base/version.h"
#include "spinel/cli/command.h"
#include "spinel/cli/output.h"
#include "spinel/kernels/cpu/simd_level.h"

namespace spinel::cli {
namespace {

/// Messages can hold what a user typed: any bytes, also line breaks.
std::string one_line(std::string_view text) {
  std::string result;
  for (const char c : to_valid_utf8(text)) {
    if (c == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      result += c;
    } else {
      result += ' ';
    }
  }
  return result;
}

int report(std::string_view message, int status) {
  std::fprintf(stderr, "spinel: %s\n", one_line(message).c_str());
  return status;
}

int out_of_memory() { return report("memory: the system has no more; a smaller batch or fewer threads need less", 1); }

int exit_status(ErrorKind kind) {
  const bool mistake =
      kind == ErrorKind::invalid_argument || kind == ErrorKind::not_found || kind == ErrorKind::corrupt;
  return mistake ? 2 : 1;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : command_list()) names.push_back(command.name);
  return names;
}

/// "no option '--epoch'; did you mean '--epochs'?" for the first argument that was not understood.
std::string unknown_argument(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining(true);
  const std::string extra = extras.empty() ? "" : extras.front();
  if (!extra.starts_with('-')) return format("the argument '{}' is one too many", extra);
  const std::string name = extra.substr(0, extra.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  }
  return format("there is no option '{}'{}", name, suggestion(name, known));
}

/// CLI11's messages about values in our form: "--steps: 'x' is no value for it".
std::string value_mistake(const CLI::ParseError& error, const std::string& command) {
  const std::string message = error.what();
  const std::string conversion = "Could not convert: ";
  const size_t equals = message.find(" = ");
  if (message.starts_with(conversion) && equals != std::string::npos) {
    return format("{}: '{}' is no value for it; see spinel {} --help",
                  message.substr(conversion.size(), equals - conversion.size()), message.substr(equals + 3), command);
  }
  if (const size_t twice = message.find(": At Most 1 required"); twice != std::string::npos) {
    return message.substr(0, twice) + ": it is given more than once";
  }
  const size_t one = message.find(": 1 required "), missing = message.rfind(" missing");
  if (one != std::string::npos && missing != std::string::npos) {
    const size_t begin = one + std::string(": 1 required ").size();
    return format("{}: its {} is missing", message.substr(0, one), message.substr(begin, missing - begin));
  }
  return message;
}

/// Empty where there is none; what is no number at all is found when the value is converted.
std::string range_mistake(const std::string& text, const std::pair<double, double>& range) {
  double value = 0;
  if (!CLI::detail::lexical_cast(text, value) || (value >= range.first && value <= range.second)) return "";
  return format("it is {}; it must be from {:g} to {:g}", text, range.first, range.second);
}

void add_rules(CLI::Option& option, const CommandOption& declared, CLI::App& app) {
  const OptionRules& rules = declared.rules;
  option.required(rules.required);
  if (!declared.flag()) option.type_name(declared.value);
  if (!declared.positional()) option.allow_extra_args(false);
  if (rules.show_default) option.capture_default_str();
  if (rules.separator != '\0') option.delimiter(rules.separator);
  if (!rules.excludes.empty()) option.excludes(app.get_option(rules.excludes));
  if (rules.range) option.check([range = *rules.range](const std::string& text) { return range_mistake(text, range); });
}

void add_option(CLI::App& app, const CommandOption& declared) {
  CLI::Option* option = std::visit(
      [&](auto* target) {
        if constexpr (std::is_same_v<decltype(target), bool*>) {
          return app.add_flag(declared.names, *target, declared.text);
        } else {
          return app.add_option(declared.names, *target, declared.text);
        }
      },
      declared.target);
  add_rules(*option, declared, app);
}

// CLI11 takes "[a,b]" for two values of a positional list. Here it is one, so it gets a mark in front for as long as
// CLI11 has it.
constexpr char kBracketMark = '\x1f';

std::vector<std::string> marked(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (std::string& argument : arguments) {
    if (argument.starts_with('[')) argument.insert(0, 1, kBracketMark);
  }
  std::reverse(arguments.begin(), arguments.end());  // the order in which CLI11 takes them
  return arguments;
}

void unmark(std::string& text) {
  if (text.starts_with(kBracketMark)) text.erase(0, 1);
}

void unmark(const CommandOption& option) {
  if (auto* const* text = std::get_if<std::string*>(&option.target)) unmark(**text);
  if (auto* const* list = std::get_if<std::vector<std::string>*>(&option.target)) {
    for (std::string& text : **list) unmark(text);
  }
}

struct Program {
  CLI::App app{"Scientific models from data to predictions."};
  std::vector<std::pair<CLI::App*, std::function<int()>>> commands;

  Program() {
    app.name("spinel");
    app.set_version_flag("--version", std::string("spinel ") + version());
    app.require_subcommand(1);
    app.footer("spinel COMMAND --help shows a command's options and examples.");
    for (const Command& command : command_list()) {
      CLI::App* sub = app.add_subcommand(command.name, command.summary);
      if (!command.examples.empty()) sub->footer("Examples:\n" + command.examples);
      Invocation invocation = command.invocation();
      for (const CommandOption& option : invocation.options) add_option(*sub, option);
      commands.emplace_back(sub, [invocation] {
        for (const CommandOption& option : invocation.options) unmark(option);
        return invocation.run();
      });
    }
  }

  int run(int argc, const char* const* argv) {
    try {
      app.parse(marked(argc, argv));
    } catch (const CLI::CallForHelp&) {
      const auto chosen = app.get_subcommands();
      print(chosen.empty() ? app.help() : chosen.front()->help("spinel"));
      return 0;
    } catch (const CLI::CallForVersion&) {
      print_line(std::string("spinel ") + version());
      return 0;
    } catch (const CLI::ParseError& error) {
      return usage_error(error);
    }
    for (const auto& [sub, run] : commands) {
      if (sub->parsed()) return run();
    }
    return 2;
  }

  int usage_error(const CLI::ParseError& error) const {
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
      const std::vector<std::string> extras = app.remaining();
      if (!extras.empty() && extras.front().starts_with('-')) return report(unknown_argument(app), 2);
      if (extras.empty()) return report("a command is needed; known: " + join_text(command_names(), ", "), 2);
      const std::string& name = extras.front();
      return report(format("there is no command '{}'{}", name, suggestion(name, command_names())), 2);
    }
    const CLI::App& sub = *chosen.front();
    const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    return report(sub.get_name() + ": " + (extra ? unknown_argument(sub) : value_mistake(error, sub.get_name())), 2);
  }
};

}  // namespace

int run_program(int argc, const char* const* argv) {
  try {
    kernels::apply_simd_environment();
    Program program;
    const int status = program.run(argc, argv);
    // Buffered output that could not be written is a failure too.
    if (std::fflush(stdout) != 0) return report(format("stdout: cannot be written ({})", std::strerror(errno)), 1);
    return status;
  } catch (const Error& error) {
    return report(error.what(), exit_status(error.kind()));
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& error) {
    // libtorch's allocator throws an error of its own.
    if (std::string_view(error.what()).find("can't allocate memory") != std::string_view::npos) return out_of_memory();
    // libtorch's messages carry a stack trace from the second line on.
    const std::string_view message = error.what();
    return report(message.substr(0, message.find('\n')), 1);
  }
}

}  // namespace spinel::cli
