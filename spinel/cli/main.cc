#include <cstdio>

#include "spinel/base/platform/standard_streams.h"
#include "spinel/cli/command.h"

int main(int argc, char** argv) {
  spinel::prepare_standard_streams();
  return spinel::cli::run_program(argc, argv);
}
