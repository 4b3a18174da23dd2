// The library that Python loads by torch.ops.load_library: what it declares is declared as it is loaded.
#include <torch/library.h>

#include "spinel/hosts/torch/operators.h"

TORCH_LIBRARY_FRAGMENT(spinel, library) { spinel::hosts::define_operators(library); }
