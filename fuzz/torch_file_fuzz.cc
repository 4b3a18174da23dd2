// PyTorch checkpoints: the whole file, or (first byte 'p') only the pickle, in a zip archive with two storages.
#include <cstdint>
#include <string>

#include "spinel/base/error.h"
#include "spinel/base/torch_file.h"
#include "tests/support/zip_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  if (file.starts_with('p')) {
    // Random bytes never guess the checksums.
    file = spinel::zip_of(
        {{"a/data.pkl", file.substr(1)}, {"a/data/0", std::string(48, '\1')}, {"a/data/1", std::string(16, '\2')}});
  }
  try {
    const auto checkpoint = spinel::TorchFile::parse(std::as_bytes(std::span(file)), "fuzz");
    for (const spinel::TorchTensor& tensor : checkpoint.tensors()) {
      int64_t elements = 1;
      for (const int64_t extent : tensor.shape) elements *= extent;
      if (elements < 4096 &&
          tensor.contiguous().size() != static_cast<size_t>(elements) * spinel::element_size(tensor.dtype)) {
        __builtin_trap();
      }
    }
  } catch (const spinel::Error&) {
  }
  return 0;
}
