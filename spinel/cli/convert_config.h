// Configs of PaddleMaterials in the native form.
#pragma once

#include "spinel/base/config.h"

namespace spinel::cli {

/// Every map {__class_name__: Name, __init_params__: {…}} becomes `Name: {…}`, at any depth; the rest stays. A map with
/// one of the two keys and others beside them: invalid_argument naming the place.
Config convert_paddle_config(const Config& config);

/// Whether there is a __class_name__ anywhere in it.
bool is_paddle_config(const Config& config);

}  // namespace spinel::cli
