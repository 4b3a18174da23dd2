#include "spinel/cli/frame_source.h"

#include <charconv>
#include <optional>

#include "spinel/atoms/line_reader.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"

namespace spinel::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

struct FrameSource::State {
  std::string path;
  std::optional<XyzReader> reader;  ///< a broken frame ends it
  std::optional<LineReader> lines;  ///< with skip_bad: the frames' texts are cut out and parsed one by one
  int64_t index = -1, skipped = 0;
  std::string first_error;

  /// The lines of the next frame; false at the end.
  bool next_text(std::string& text) {
    std::string_view line;
    do {
      if (!lines->next(line)) return false;
    } while (trimmed(line).empty());
    const std::string_view digits = trimmed(line);
    int64_t atoms = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), atoms);
    if (error != std::errc() || end != digits.data() + digits.size() || atoms < 0) {
      fail(ErrorKind::corrupt, "{}:{}: '{}' is no number of atoms; frames after it cannot be found", path,
           lines->line_number(), digits.substr(0, 40));
    }
    text.assign(line);
    text += '\n';
    for (int64_t k = 0; k <= atoms && lines->next(line); ++k) {
      text += line;
      text += '\n';
    }
    while (lines->peek(line) && trimmed(line).starts_with("VEC")) {
      lines->next(line);
      text += line;
      text += '\n';
    }
    return true;
  }
};

FrameSource::FrameSource(const std::string& path, bool skip_bad) : state_(std::make_unique<State>()) {
  state_->path = path;
  if (skip_bad) state_->lines = LineReader::open(path, XyzReadOptions().max_line);
  else state_->reader.emplace(path);
}
FrameSource::~FrameSource() = default;
int64_t FrameSource::index() const { return state_->index; }
int64_t FrameSource::skipped() const { return state_->skipped; }
const std::string& FrameSource::first_error() const { return state_->first_error; }

void FrameSource::skip(const std::string& message) {
  if (state_->skipped++ == 0) state_->first_error = message;
}

bool FrameSource::next(Frame& frame) {
  if (state_->reader) {
    ++state_->index;
    return state_->reader->next(frame);
  }
  std::string text;
  while (state_->next_text(text)) {
    ++state_->index;
    try {
      std::vector<Frame> frames = parse_xyz(text, format("{}: frame {}", state_->path, state_->index + 1));
      if (frames.size() != 1) fail(ErrorKind::corrupt, "{}: frame {} is cut", state_->path, state_->index + 1);
      frame = std::move(frames.front());
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::invalid_argument) throw;
      skip(error.what());
    }
  }
  return false;
}

}  // namespace spinel::cli
