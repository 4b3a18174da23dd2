#include "spinel/base/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "spinel/base/format.h"
#include "spinel/base/platform/terminal.h"

namespace spinel {
namespace {

/// One bar is on the terminal at a time: the newest.
std::recursive_mutex& terminal_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}
Progress* shown = nullptr;

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void write_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// Three significant digits: "3.42", "34.2", "342".
std::string format_rate(double rate) {
  const int decimals = rate >= 100 ? 0 : rate >= 10 ? 1 : 2;
  return format("{:.{}f}", rate, decimals);
}

/// `width` cells of which the share is filled, in eighths of a cell.
std::string bar(double share, int width) {
  static constexpr std::string_view eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * width * 8);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled / 8 ? "█" : i == filled / 8 ? eighths[filled % 8] : " ";
  return text;
}

size_t columns_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The first `columns` characters.
std::string_view cut_to(std::string_view text, size_t columns) {
  size_t end = 0;
  for (size_t count = 0; end < text.size(); ++end) {
    if ((text[end] & 0xC0) != 0x80 && count++ == columns) break;
  }
  return text.substr(0, end);
}

}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto total = static_cast<int64_t>(std::min(seconds, 3e12) + 0.5);
  const int64_t days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60, rest = total % 60;
  if (days) return format("{}d {:02}:{:02}:{:02}", days, hours, minutes, rest);
  if (hours) return format("{}:{:02}:{:02}", hours, minutes, rest);
  return format("{:02}:{:02}", minutes, rest);
}

Progress::Progress(std::string label, int64_t total, ProgressOptions options)
    : label_(std::move(label)), total_(total), options_(std::move(options)) {
  if (!options_.clock) options_.clock = monotonic_seconds;
  if (!options_.write) options_.write = write_to_stderr;
  if (options_.terminal_width < 0) options_.terminal_width = stderr_columns();
  start_ = options_.clock();
  last_drawn_ = options_.terminal_width ? -INFINITY : start_;
}

Progress::~Progress() {
  try {
    if (std::uncaught_exceptions() > exceptions_) abandon();
    else finish();
  } catch (...) {
    // What cannot be shown must not end a program that works.
  }
}

void Progress::update(int64_t done, std::string_view metrics) {
  done_ = done;
  metrics_ = metrics;
  updated_ = true;
  if (options_.quiet || finished_) return;
  const double now = options_.clock();
  if (now - last_drawn_ < (options_.terminal_width ? options_.bar_interval : options_.line_interval)) return;
  last_drawn_ = now;
  draw();
}

void Progress::finish() {
  // Work that failed before its first step has nothing to show but its error.
  if (std::exchange(finished_, true) || options_.quiet || !updated_) return;
  const std::lock_guard lock(terminal_mutex());
  draw();
  if (options_.terminal_width) options_.write("\n");
  visible_ = false;
  if (shown == this) shown = nullptr;
}

/// An error is about to be told: what a terminal shows stays, nothing is added.
void Progress::abandon() {
  if (std::exchange(finished_, true)) return;
  const std::lock_guard lock(terminal_mutex());
  if (visible_) options_.write("\n");
  visible_ = false;
  if (shown == this) shown = nullptr;
}

/// "12/30 [00:03<00:05, 3.4 batch/s, loss=0.12]"
std::string Progress::state() const {
  const double elapsed = std::max(options_.clock() - start_, 1e-9);
  const double rate = static_cast<double>(done_) / elapsed;
  std::string text = format("{}", done_);
  if (total_ > 0) text += format("/{}", total_);
  text += " [" + format_duration(elapsed);
  if (total_ > 0) text += "<" + format_duration(done_ > 0 ? static_cast<double>(total_ - done_) / rate : NAN);
  if (rate >= 1 || done_ == 0) text += format(", {} {}/s", format_rate(rate), options_.unit);
  else text += format(", {} s/{}", format_rate(1 / rate), options_.unit);
  if (!metrics_.empty()) text += ", " + metrics_;
  return text + "]";
}

void Progress::draw() {
  const std::lock_guard lock(terminal_mutex());
  const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 0;
  const std::string percent = total_ > 0 ? format(" {:3}%", static_cast<int>(100 * share)) : "";
  if (!options_.terminal_width) {
    options_.write(label_ + percent + " " + state() + "\n");
    return;
  }
  const std::string head = label_ + percent, tail = state();
  const int free = options_.terminal_width - 1 - static_cast<int>(columns_of(head) + columns_of(tail)) - 3;
  const std::string middle = total_ > 0 && free >= 5 ? "|" + bar(share, std::min(free, 40)) + "| " : " ";
  const std::string line = head + middle + tail;
  // "\x1b[K" clears what an earlier, longer line left behind.
  options_.write("\r" + std::string(cut_to(line, static_cast<size_t>(options_.terminal_width - 1))) + "\x1b[K");
  visible_ = true;
  shown = this;
}

void Progress::clear() {
  if (visible_) options_.write("\r\x1b[K");
  visible_ = false;
  last_drawn_ = -INFINITY;
}

ProgressPause::ProgressPause() : lock_(terminal_mutex()) {
  if (shown) shown->clear();
}

}  // namespace spinel
