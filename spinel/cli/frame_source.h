// Frames of an extended XYZ file one after another, with broken ones left out and counted where that is wished.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/atoms/frame.h"

namespace spinel::cli {

class FrameSource {
 public:
  /// With `skip_bad` a frame that cannot be read is left out and counted. Where even its number of atoms cannot be
  /// read, nothing tells where the next frame begins, so that stays an error.
  FrameSource(const std::string& path, bool skip_bad);
  ~FrameSource();
  bool next(Frame& frame);
  /// The place in the file of the frame that next() gave last, from 0, broken ones counted.
  int64_t index() const;
  int64_t skipped() const;
  /// The message about the first frame that was left out.
  const std::string& first_error() const;
  /// Counts a frame that turned out to be unusable later.
  void skip(const std::string& message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::cli
