// Under PyTorch's name: tensors, their functions, and what goes with them.
#pragma once

#include "ATen/Dispatch.h"
#include "ATen/Functions.h"
#include "ATen/TensorUtils.h"
#include "ATen/core/LegacyTypeDispatch.h"
#include "ATen/core/TensorBody.h"
#include "ATen/core/ivalue.h"
#include "c10/core/QScheme.h"
#include "c10/util/Exception.h"
#include "c10/util/Logging.h"
#include "c10/util/Optional.h"
#include "c10/util/irange.h"
#include "c10/util/string_view.h"
