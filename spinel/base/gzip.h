// Decompresses gzip data in one pass: members one after another, as gunzip does, with their checksums compared.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace spinel {

class GzipReader {
 public:
  /// The next piece of compressed bytes, valid until the next call; empty at the end.
  using Input = std::function<std::span<const std::byte>()>;

  /// `name` begins messages.
  GzipReader(std::string name, Input input);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;

  /// Fills the buffer; fewer bytes only at the end. Cut data, a wrong checksum or length: corrupt.
  size_t read(std::span<std::byte> buffer);

  /// True for the first bytes (two are enough) of a gzip file (RFC 1952, section 2.3.1).
  static bool has_signature(std::span<const std::byte> bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel
