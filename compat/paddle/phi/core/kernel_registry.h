// Included by operator sources that use nothing of Paddle's kernel registry but what it includes.
#pragma once

#include "paddle/phi/api/all.h"
