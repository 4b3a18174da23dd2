// The JSON header of a safetensors file: parsed strictly, and made.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/base/safetensors.h"

namespace spinel {

/// What the header says of one tensor.
struct SafetensorsEntry {
  std::string name;
  Dtype dtype = Dtype::f32;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  ///< bytes, relative to the end of the header
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<SafetensorsEntry> entries;  ///< in the order of their data
};

/// Parses and checks a header against the size of the data that follows: types, shapes, and that the tensors cover the
/// data without hole or overlap. Anything else: corrupt; `file` begins the message.
SafetensorsHeader parse_safetensors_header(std::string_view json, uint64_t data_size, std::string_view file);

/// The JSON text of the tensors laid out one after another in the given order, padded with spaces to a multiple of 8.
std::string make_safetensors_header(const std::vector<const NamedTensorView*>& tensors,
                                    const std::map<std::string, std::string>& metadata);

}  // namespace spinel
