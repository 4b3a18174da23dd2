#include "spinel/train/append.h"

#include "spinel/base/error.h"

namespace spinel::train {

void append_whole(File& file, std::string& buffer) {
  if (buffer.empty()) return;
  const uint64_t length = file.size();
  try {
    file.write(buffer);
  } catch (const Error&) {
    try {
      file.truncate(length);
    } catch (const Error&) {
      // The first error says what is wrong; a line written in part is passed over by the reader.
    }
    throw;
  }
  buffer.clear();
}

}  // namespace spinel::train
