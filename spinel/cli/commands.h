// The functions that make the subcommands, one per file of this folder.
#pragma once

#include "spinel/cli/command.h"

namespace spinel::cli {

Command data_command();
Command models_command();
Command check_command();
Command completion_command();

}  // namespace spinel::cli
