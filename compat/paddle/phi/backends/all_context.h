// Places, under the path of the contexts that kernels of Paddle's core are given.
#pragma once

#include "paddle/phi/common/place.h"
