#include <memory>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/commands.h"
#include "spinel/cli/output.h"

namespace spinel::cli {
namespace {

struct CompletedOption {
  std::vector<std::string> names;  ///< with their dashes
  std::string text;
  bool takes_value = false;
};
struct CompletedCommand {
  std::string name, summary;
  std::vector<CompletedOption> options;
};

/// "-o,--output" apart.
std::vector<std::string> separate_names(const std::string& names) {
  const size_t comma = names.find(',');
  if (comma == std::string::npos) return {names};
  return {names.substr(0, comma), names.substr(comma + 1)};
}

/// The commands with their options, from the same declarations that parse them.
std::vector<CompletedCommand> completed_commands() {
  std::vector<CompletedCommand> result;
  for (const Command& command : command_list()) {
    CompletedCommand completed{command.name, command.summary, {{{"-h", "--help"}, "Print this help message and exit"}}};
    for (const CommandOption& option : command.invocation().options) {
      if (option.positional()) continue;
      completed.options.push_back({separate_names(option.names), option.text, !option.flag()});
    }
    result.push_back(std::move(completed));
  }
  return result;
}

std::string command_words(const std::vector<CompletedCommand>& commands) {
  std::string words;
  for (const CompletedCommand& command : commands) words += (words.empty() ? "" : " ") + command.name;
  return words;
}

std::string bash_script() {
  const auto commands = completed_commands();
  std::string text = "# bash completion of spinel; put it where bash-completion looks, or source it\n_spinel() {\n";
  text += "  local current=${COMP_WORDS[COMP_CWORD]}\n  COMPREPLY=()\n";
  text += "  if [[ $COMP_CWORD == 1 ]]; then\n    COMPREPLY=($(compgen -W '" + command_words(commands) +
          " --help --version' -- \"$current\"))\n    return\n  fi\n";
  text += "  local options=\n  case ${COMP_WORDS[1]} in\n";
  for (const CompletedCommand& command : commands) {
    std::string words;
    for (const CompletedOption& option : command.options) {
      for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
    }
    text += "    " + command.name + ") options='" + words + "' ;;\n";
  }
  text += "  esac\n  if [[ $current == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n";
  text += "  else\n    compopt -o default\n  fi\n}\ncomplete -F _spinel spinel\n";
  return text;
}

/// `text` between single quotes of zsh and fish, with the characters of `special` behind a backslash.
std::string quoted(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') result += "'\\''";
    else if (special.find(c) != std::string::npos) result += std::string("\\") + c;
    else result += c;
  }
  return result;
}

std::string zsh_script() {
  const auto commands = completed_commands();
  std::string text = "#compdef spinel\n_spinel() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n";
  for (const CompletedCommand& command : commands) {
    text += "      '" + command.name + ":" + quoted(command.summary, ":") + "'\n";
  }
  text += "    )\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n";
  for (const CompletedCommand& command : commands) {
    text += "    " + command.name + ") _arguments";
    for (const CompletedOption& option : command.options) {
      for (const std::string& name : option.names) {
        text += " \\\n      '*" + name + "[" + quoted(option.text, "[]:") + "]" +
                (option.takes_value ? ":value:_files" : "") + "'";
      }
    }
    text += " \\\n      '*:file:_files' ;;\n";
  }
  return text + "  esac\n}\n_spinel \"$@\"\n";
}

std::string fish_script() {
  std::string text;
  for (const CompletedCommand& command : completed_commands()) {
    text += "complete -c spinel -n __fish_use_subcommand -f -a " + command.name + " -d '" +
            quoted(command.summary, "\\") + "'\n";
    for (const CompletedOption& option : command.options) {
      text += "complete -c spinel -n '__fish_seen_subcommand_from " + command.name + "'";
      for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      text += std::string(option.takes_value ? " -r" : "") + " -d '" + quoted(option.text, "\\") + "'\n";
    }
  }
  return text;
}

int run_completion(const std::string& shell) {
  const std::vector<std::string> shells = {"bash", "zsh", "fish"};
  if (shell == "bash") print(bash_script());
  else if (shell == "zsh") print(zsh_script());
  else if (shell == "fish") print(fish_script());
  else
    fail(ErrorKind::invalid_argument, "{}: no completion is made for this shell{}", shell, suggestion(shell, shells));
  return 0;
}

}  // namespace

Command completion_command() {
  return {"completion", "Print the completion script of a shell",
          "  spinel completion bash > ~/.local/share/bash-completion/completions/spinel\n"
          "  spinel completion zsh > ~/.zfunc/_spinel\n"
          "  spinel completion fish > ~/.config/fish/completions/spinel.fish\n",
          [] {
            const auto shell = std::make_shared<std::string>();
            return Invocation{{{"SHELL", shell.get(), "bash, zsh or fish", "", {.required = true}}},
                              [shell] { return run_completion(*shell); }};
          }};
}

}  // namespace spinel::cli
