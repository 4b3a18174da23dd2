// Paddle's checks, under the path of releases before 2.6.
#pragma once

#include "paddle/common/exception.h"
