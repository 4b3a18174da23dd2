// Names of C++ types as a person writes them.
#pragma once

#include <string>

namespace spinel {

/// "at::Tensor (at::Tensor, long)" from what std::type_info::name gives; the name itself where it cannot be read.
std::string demangle(const char* name);

}  // namespace spinel
