// Under PyTorch's name: tags of definitions.
#pragma once

#include <ATen/core/enum_tag.h>
