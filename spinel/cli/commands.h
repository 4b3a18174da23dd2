// The functions that make the subcommands, one per file of this folder.
#pragma once

#include "spinel/cli/command.h"

namespace spinel::cli {

Command check_command();

}  // namespace spinel::cli
