// Extended XYZ files: a streaming reader and writer that agree with ASE's.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/atoms/frame.h"

namespace spinel {

struct XyzReadOptions {
  bool allow_nonfinite = false;    ///< NaN or infinite positions and cells; other properties may always hold them
  bool stress_from_virial = true;  ///< adds stress = −virial/V (eV/Å³) where a frame has virial(s), a cell, no stress
  int64_t max_atoms = 100'000'000;      ///< per frame
  int64_t max_line = int64_t{1} << 30;  ///< bytes
};

/// Reads frame after frame; memory holds one frame. gzip files are recognised by their content.
///
/// Comment lines follow ASE: `key=value` with values bare or in "", '', {}, [], with \ escapes; a bare key is true;
/// numbers, booleans and lists of them become arrays (a single one: a scalar); `_JSON …` holds any JSON, of which
/// rectangular arrays become arrays and the rest stays text. Lattice holds the cell vectors one after another (pbc then
/// defaults to T T T); stress and virial are 3x3, stress also six numbers in Voigt order (xx yy zz yz xz xy).
/// Properties may come in any order; S R I L columns. Without Properties: a plain XYZ file, further columns ignored.
/// Cells as trailing VEC1 … VEC3 lines are read too.
///
/// Errors name file, frame (from 1), line and column: `corrupt` for a broken file, invalid_argument for positions that
/// are not finite. After an error next() may not be called again.
class XyzReader {
 public:
  explicit XyzReader(const std::string& path, const XyzReadOptions& options = {});
  /// Reads `text`, which must stay alive; `name` is the file's name in messages.
  XyzReader(std::string_view text, std::string name, const XyzReadOptions& options = {});
  ~XyzReader();
  XyzReader(XyzReader&&) noexcept;
  XyzReader& operator=(XyzReader&&) noexcept;

  /// The next frame; false at the end of the file.
  bool next(Frame& frame);
  /// Frames read so far.
  int64_t count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All frames. Trailing blank lines are ignored; a file without a frame gives none.
std::vector<Frame> read_xyz(const std::string& path, const XyzReadOptions& options = {});
std::vector<Frame> parse_xyz(std::string_view text, const std::string& name, const XyzReadOptions& options = {});

struct XyzWriteOptions {
  int decimals = -1;    ///< of per-atom reals; < 0: as many digits as needed to read back the same number
  bool append = false;  ///< keep what the file holds
};

/// Writes frame after frame, each at once complete: a killed run leaves whole frames but for the last.
class XyzWriter {
 public:
  explicit XyzWriter(const std::string& path, const XyzWriteOptions& options = {});
  ~XyzWriter();
  XyzWriter(XyzWriter&&) noexcept;
  XyzWriter& operator=(XyzWriter&&) noexcept;

  /// A frame that the format cannot hold (wrong sizes, blanks in a per-atom text), or a writer that is closed:
  /// invalid_argument, nothing written.
  void write(const Frame& frame);
  /// Reports what the system refused; the destructor does not.
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The text of one frame, as it stands in a file.
std::string format_xyz(const Frame& frame, const XyzWriteOptions& options = {});
/// Replaces the file, all or nothing.
void write_xyz(const std::string& path, std::span<const Frame> frames, const XyzWriteOptions& options = {});

}  // namespace spinel
