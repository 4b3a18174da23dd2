// The error of a schema string that cannot be read: its kind, place, and the source with the place underlined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {

/// What is wrong with a schema.
enum class SchemaErrorKind : uint8_t {
  syntax,       ///< another token is needed here, types nest too deep, or the lines are indented wrongly
  bad_token,    ///< no token begins with this byte
  bad_escape,   ///< an escape in a string literal
  bad_default,  ///< a default that its argument cannot have
  unknown_type,
  unknown_class,  ///< a custom class that is not registered
  overload_name,  ///< a reserved one
  name_only,      ///< no argument list
  vararg,         ///< `...` not at the end, or together with defaults
  default_order,  ///< a positional argument without default after one with
};

/// The name of the kind: "bad_token".
std::string_view to_string(SchemaErrorKind kind);

/// A piece of a schema as messages show it: in quotes, at most 40 bytes of it.
std::string in_quotes(std::string_view text);

/// An invalid_argument whose text is `schema: <what is wrong> at byte <offset>` and, on two further lines, the line of
/// the source (of a long one what is around the place) and marks under the offending bytes.
class SchemaError : public Error {
 public:
  SchemaError(SchemaErrorKind kind, std::string_view reason, std::string_view source, size_t offset, size_t length);

  SchemaErrorKind schema_kind() const noexcept { return kind_; }
  /// In bytes from the beginning of the source; at its end, length 0, where it ends too early.
  size_t offset() const noexcept { return offset_; }
  size_t length() const noexcept { return length_; }

 private:
  SchemaErrorKind kind_;
  size_t offset_, length_;
};

}  // namespace spinel::registry::inline v1
