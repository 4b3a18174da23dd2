#include "spinel/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "spinel/base/error.h"
#include "spinel/base/progress.h"

namespace spinel {
namespace {

constexpr std::string_view level_names[] = {"debug", "info", "warning", "error", "off"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

/// The sink decides on colours: only on a terminal.
spdlog::logger make_logger(const char* pattern) {
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  spdlog::logger logger("spinel", std::move(sink));
  logger.set_pattern(pattern);
  logger.set_level(spdlog::level::trace);
  logger.flush_on(spdlog::level::trace);
  return logger;
}

/// The bytes below 0x20 but the tab, and 0x7f, are made visible.
std::string without_control_characters(std::string_view message) {
  std::string text;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) text += format("\\x{:02x}", byte);
    else text += c;
  }
  return text;
}

std::atomic<LogLevel>& current_level() {
  static std::atomic<LogLevel> level = [] {
    const char* wanted = std::getenv("SPINEL_LOG");
    if (!wanted || !*wanted) return LogLevel::info;
    for (size_t i = 0; i < std::size(level_names); ++i) {
      if (level_names[i] == wanted) return static_cast<LogLevel>(i);
    }
    log_message(LogLevel::warning,
                format("SPINEL_LOG: '{}' is no level; debug, info, warning, error and off are known", wanted));
    return LogLevel::info;
  }();
  return level;
}

}  // namespace

LogLevel parse_log_level(std::string_view text) {
  for (size_t i = 0; i < std::size(level_names); ++i) {
    if (level_names[i] == text) return static_cast<LogLevel>(i);
  }
  fail(ErrorKind::invalid_argument, "log level: '{}' is unknown; debug, info, warning, error and off are known", text);
}

void set_log_level(LogLevel level) { current_level() = level; }
LogLevel log_level() { return current_level(); }

void log_message(LogLevel level, std::string_view message) {
  static spdlog::logger plain = make_logger("%v");
  static spdlog::logger named = make_logger("%^%l:%$ %v");
  const ProgressPause pause;
  (level == LogLevel::info ? plain : named).log(to_spdlog(level), "{}", without_control_characters(message));
}

}  // namespace spinel
