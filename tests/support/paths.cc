#include "tests/support/paths.h"

namespace spinel {

std::string source_dir() { return SPINEL_SOURCE_DIR; }
std::string build_dir() { return SPINEL_BINARY_DIR; }

}  // namespace spinel
