#include "spinel/base/version.h"

namespace spinel {

std::string version() { return SPINEL_VERSION; }

}  // namespace spinel
