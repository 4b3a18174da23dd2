// A number type of Paddle, which stands with the element types.
#pragma once

#include "paddle/phi/common/data_type.h"
