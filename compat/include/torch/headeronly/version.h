// The release of PyTorch whose stable ABI the layer has.
#pragma once

#define TORCH_VERSION_MAJOR 2
#define TORCH_VERSION_MINOR 13
#define TORCH_VERSION_PATCH 0
#define TORCH_ABI_VERSION ((uint64_t{TORCH_VERSION_MAJOR} << 56) | (uint64_t{TORCH_VERSION_MINOR} << 48))
