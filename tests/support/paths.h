// Where the tests find the project's files and the programs that were built. In one small source, so that test objects
// do not depend on the folder of the checkout and compilers' caches serve all of them.
#pragma once

#include <string>

namespace spinel {

/// The root of the project.
std::string source_dir();
/// The folder of this build.
std::string build_dir();

}  // namespace spinel
