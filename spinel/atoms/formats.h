// File formats of atoms: what each can hold, and readers and writers by file name or format name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"

namespace spinel {

/// Reads frame after frame; false at the end.
class FrameReader {
 public:
  virtual ~FrameReader() = default;
  virtual bool next(Frame& frame) = 0;
};

/// Writes frame after frame; close() reports what the system refused.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;
  virtual void write(const Frame& frame) = 0;
  virtual void close() = 0;
};

/// One format, with what it can do declared as data: help texts, tables and errors are made from it.
struct FrameFormat {
  std::string name;  ///< "extxyz"
  std::string summary;
  std::vector<std::string> extensions;  ///< with the dot, lower case: ".xyz"
  bool many_frames = false;
  bool cell = false;
  bool frame_properties = false;
  bool atom_properties = false;
  std::function<std::unique_ptr<FrameReader>(const std::string& path)> read;   ///< empty: cannot be read
  std::function<std::unique_ptr<FrameWriter>(const std::string& path)> write;  ///< empty: cannot be written
};

const std::vector<FrameFormat>& frame_formats();

/// The format called `name`; with an empty name the one of the file's extension (".gz" behind it is ignored).
/// Unknown: not_found with the nearest known ones.
const FrameFormat& find_frame_format(const std::string& path, const std::string& name = "");

/// Opens a file; a format that cannot be read (written) is invalid_argument and says which can.
std::unique_ptr<FrameReader> open_frames(const std::string& path, const std::string& format = "");
std::unique_ptr<FrameWriter> create_frames(const std::string& path, const std::string& format = "");
std::vector<Frame> read_frames(const std::string& path, const std::string& format = "");

}  // namespace spinel
