// Makes NumPy arrays and archives of them, for tests of readers.
#pragma once

#include <initializer_list>
#include <string>

#include "tests/support/zip_writer.h"

namespace spinel {

/// .npy content with any text as its header.
inline std::string npy_with_header(std::string header, const std::string& content, int version = 1) {
  header += '\n';
  return "\x93NUMPY" + little(static_cast<uint64_t>(version), 1) + little(0, 1) +
         little(header.size(), version == 1 ? 2 : 4) + header + content;
}

/// An array of type "<f8" and shape "(2, 3)".
inline std::string npy_of(const std::string& descr, const std::string& shape, const std::string& content,
                          int version = 1) {
  return npy_with_header("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }", content,
                         version);
}

/// The numbers as they lie in memory (little-endian machines only, as all that we run on are).
template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

}  // namespace spinel
