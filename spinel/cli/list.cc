#include "spinel/cli/command.h"
#include "spinel/cli/commands.h"

namespace spinel::cli {

const std::vector<Command>& command_list() {
  static const std::vector<Command> list = {
      train_command(), predict_command(), md_command(),    info_command(), convert_command(),
      data_command(),  models_command(),  check_command(), ops_command(),  completion_command(),
  };
  return list;
}

}  // namespace spinel::cli
