// Under PyTorch's name: registration and tensors; Python bindings are the host's, made from the schemas.
#pragma once

#include <torch/script.h>
