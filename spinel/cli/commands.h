// The functions that make the subcommands, one per file of this folder.
#pragma once

#include "spinel/cli/command.h"

namespace spinel::cli {

Command train_command();
Command predict_command();
Command md_command();
Command info_command();
Command convert_command();
Command data_command();
Command models_command();
Command check_command();
Command ops_command();
Command completion_command();

}  // namespace spinel::cli
