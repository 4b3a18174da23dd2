// Lines at the end of a file that are there whole or not at all.
#pragma once

#include <string>

#include "spinel/base/platform/file.h"

namespace spinel::train {

/// Writes `buffer` at the end of a file opened for appending, and empties it. Where that fails (a full disk), the file
/// is cut back to its former length and the buffer stays, so that the next call writes it once.
void append_whole(File& file, std::string& buffer);

}  // namespace spinel::train
