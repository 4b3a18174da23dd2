// What native operator sources of Paddle include: here it makes operators of libtorch out of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "paddle/common/exception.h"
#include "paddle/phi/api/all.h"
