// Components by the loose names that the field uses for them: "batch_norm", "BatchNorm", "batch".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spinel::nn {

/// The one of `known` that `name` stands for: lower or upper case, underscores, hyphens and a missing `ending` ("Norm")
/// do not matter. Empty where there is none.
std::string resolve_name(std::string_view name, const std::vector<std::string>& known, std::string_view ending);

}  // namespace spinel::nn
