// ASE's encodings of Python objects: JSON with arrays in it, and the binary form that keeps arrays apart.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spinel/atoms/frame.h"
#include "spinel/base/config.h"

namespace spinel::ase {

/// An object's JSON, and the bytes that its arrays point into (empty in the text form).
struct Encoded {
  Config object;
  std::span<const std::byte> bytes;
};

/// Text as ase.io.jsonio writes it. No JSON: corrupt with `where`.
Encoded parse_text(std::string_view text, const std::string& where);
/// Bytes as ase.db.core.object_to_bytes writes them: the offset of the JSON (8 bytes, little-endian), arrays, JSON.
Encoded parse_bytes(std::span<const std::byte> bytes, const std::string& where);

/// A number, boolean, text, list of one of them (nested ones if rectangular), or array ({"__ndarray__": [shape, dtype,
/// offset or values]}); nothing for all else. A shape that does not fit the bytes or values: corrupt with `where`.
std::optional<FrameProperty> to_property(const Config& value, std::span<const std::byte> bytes,
                                         const std::string& where);

}  // namespace spinel::ase
