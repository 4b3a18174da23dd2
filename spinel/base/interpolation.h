// Replaces ${a.b} in the strings of a config by the value at that key path.
#pragma once

#include "spinel/base/config.h"

namespace spinel {

/// A string that is nothing but `${a.b}` becomes a copy of the value there; inside a longer string numbers, booleans
/// and strings are inserted as text. `\${` stands for a literal `${`. Unknown path, a cycle, references nested deeper
/// than 64, more than 10^5 copied values or 16 MiB of text: invalid_argument with the place of the reference.
void interpolate(Config& root);

}  // namespace spinel
