// All models by name.
#pragma once

#include "spinel/train/model.h"

namespace spinel::models {

const train::ModelList& model_list();

}  // namespace spinel::models
