// Imports configs of PaddleMaterials, which name components by __class_name__ and __init_params__.
#pragma once

#include "spinel/base/config.h"

namespace spinel {

/// The same config in the native form: `{__class_name__: Adam, __init_params__: {lr: …}}` becomes `Adam: {lr: …}`, at
/// every depth. Everything else stays as it is. Another key beside the two, a name that is no string, parameters that
/// are no map: invalid_argument with the place.
Config import_class_params(const Config& config);

}  // namespace spinel
