// The version of this build.
#pragma once

#include <string>

namespace spinel {

/// "0.1.0", from the project's CMakeLists.txt.
std::string version();

}  // namespace spinel
