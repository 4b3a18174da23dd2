#include "spinel/atoms/formats.h"

#include <algorithm>
#include <utility>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/suggest.h"

namespace spinel {

namespace {

class XyzFrameReader final : public FrameReader {
 public:
  explicit XyzFrameReader(const std::string& path) : reader_(path) {}
  bool next(Frame& frame) override { return reader_.next(frame); }

 private:
  XyzReader reader_;
};

class XyzFrameWriter final : public FrameWriter {
 public:
  /// `plain`: symbols and positions only.
  XyzFrameWriter(const std::string& path, bool plain) : writer_(path), plain_(plain) {}
  void write(const Frame& frame) override {
    if (!plain_) return writer_.write(frame);
    Frame bare;
    bare.numbers = frame.numbers;
    bare.positions = frame.positions;
    writer_.write(bare);
  }
  void close() override { writer_.close(); }

 private:
  XyzWriter writer_;
  bool plain_;
};

std::unique_ptr<FrameReader> read_xyz_frames(const std::string& path) { return std::make_unique<XyzFrameReader>(path); }

std::string extension_of(const std::string& path) {
  std::string name = file_name_of(path);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(dot);
}

std::vector<std::string> names_that(bool (*can)(const FrameFormat&)) {
  std::vector<std::string> names;
  for (const FrameFormat& format : frame_formats()) {
    if (can(format)) names.push_back(format.name);
  }
  return names;
}

}  // namespace

// One line per format; more formats come here.
const std::vector<FrameFormat>& frame_formats() {
  static const std::vector<FrameFormat> formats = {
      {"extxyz",
       "extended XYZ, as ASE reads and writes it",
       {".xyz", ".extxyz"},
       true,
       true,
       true,
       true,
       read_xyz_frames,
       [](const std::string& path) { return std::make_unique<XyzFrameWriter>(path, false); }},
      {"xyz",
       "XYZ with symbols and positions only",
       {},
       true,
       false,
       false,
       false,
       read_xyz_frames,
       [](const std::string& path) { return std::make_unique<XyzFrameWriter>(path, true); }},
  };
  return formats;
}

const FrameFormat& find_frame_format(const std::string& path, const std::string& name) {
  const std::string extension = extension_of(path);
  std::vector<std::string> names, extensions;
  for (const FrameFormat& format : frame_formats()) {
    const auto& own = format.extensions;
    if (name.empty() ? std::find(own.begin(), own.end(), extension) != own.end() : format.name == name) return format;
    names.push_back(format.name);
    extensions.insert(extensions.end(), own.begin(), own.end());
  }
  if (!name.empty())
    fail(ErrorKind::not_found, "{}: no format of atoms has this name{}", name, suggestion(name, names));
  fail(ErrorKind::not_found, "{}: no format of atoms has the extension '{}'{}; or name the format", path, extension,
       suggestion(extension, extensions));
}

std::unique_ptr<FrameReader> open_frames(const std::string& path, const std::string& format) {
  const FrameFormat& found = find_frame_format(path, format);
  require(static_cast<bool>(found.read), "{}: the format {} cannot be read; {} can", path, found.name,
          join_text(names_that([](const FrameFormat& f) { return static_cast<bool>(f.read); }), ", "));
  return found.read(path);
}

std::unique_ptr<FrameWriter> create_frames(const std::string& path, const std::string& format) {
  const FrameFormat& found = find_frame_format(path, format);
  require(static_cast<bool>(found.write), "{}: the format {} cannot be written; {} can", path, found.name,
          join_text(names_that([](const FrameFormat& f) { return static_cast<bool>(f.write); }), ", "));
  return found.write(path);
}

std::vector<Frame> read_frames(const std::string& path, const std::string& format) {
  const auto reader = open_frames(path, format);
  std::vector<Frame> frames;
  Frame frame;
  while (reader->next(frame)) frames.push_back(std::move(frame));
  return frames;
}

}  // namespace spinel
