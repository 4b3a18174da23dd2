#include <cstdio>

#include "spinel/base/allocation.h"
#include "spinel/base/platform/standard_streams.h"
#include "spinel/cli/command.h"

int main(int argc, char** argv) {
  spinel::prepare_standard_streams();
  spinel::apply_allocation_policy();
  return spinel::cli::run_program(argc, argv);
}
