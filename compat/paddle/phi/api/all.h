// All of the interface for operators: tensors, functions, dispatch by element type, declarations.
#pragma once

#include "paddle/phi/api/ext/dispatch.h"
#include "paddle/phi/api/ext/op_meta_info.h"
#include "paddle/phi/api/include/api.h"
#include "paddle/phi/api/include/tensor.h"
#include "paddle/phi/common/data_type.h"
#include "paddle/phi/common/place.h"
