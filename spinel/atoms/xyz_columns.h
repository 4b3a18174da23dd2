// The per-atom columns of extended XYZ: what Properties declares, and how rows are read into arrays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/atoms/frame.h"

namespace spinel::xyz {

/// Where a row stands, for messages: "file.xyz: frame 2, line 31".
struct Place {
  std::string_view file;
  int64_t frame = 0;
  int64_t line = 0;
};
std::string to_string(const Place& place);

/// One property: `count` columns of one type.
struct Column {
  enum class Role { species, numbers, positions, array };
  enum class Type { text, real, integer, logical };
  std::string name;  ///< in Frame::arrays
  Role role = Role::array;
  Type type = Type::real;
  int count = 1;
};

/// The value of Properties, "species:S:1:pos:R:3:…". Anything else, an unknown type, a name twice, positions that are
/// not R:3, no species or no positions: `corrupt`.
std::vector<Column> parse_properties(std::string_view properties, const Place& place);

/// Reads the rows of one frame into it.
class RowReader {
 public:
  /// `loose`: further words on a line are ignored (plain XYZ).
  RowReader(const std::vector<Column>& columns, bool loose, bool allow_nonfinite, Frame& frame);
  /// Sizes grow with the rows that come, not with what the file's first line promises; `expected` is only a hint.
  void reserve(int64_t expected);
  void read(std::string_view line, const Place& place);
  /// Hands the arrays over.
  void finish();

 private:
  struct Target {
    const Column* column;
    AtomProperty property;
  };
  void read_species(std::string_view word, const char* line, const Place& place);

  bool loose_, allow_nonfinite_, has_numbers_ = false;
  Frame& frame_;
  std::vector<Target> targets_;
};

}  // namespace spinel::xyz
