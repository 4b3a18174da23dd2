// Under PyTorch's name: generators of the stable ABI.
#pragma once

#include <torch/csrc/stable/generator.h>
