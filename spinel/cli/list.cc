#include "spinel/cli/command.h"
#include "spinel/cli/commands.h"

namespace spinel::cli {

const std::vector<Command>& command_list() {
  static const std::vector<Command> list = {
      check_command(),
  };
  return list;
}

}  // namespace spinel::cli
