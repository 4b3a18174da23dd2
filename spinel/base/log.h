// Messages for the user while a program works: to stderr only, never to stdout, which belongs to results.
#pragma once

#include <string_view>

#include "spinel/base/format.h"

namespace spinel {

enum class LogLevel { debug, info, warning, error, off };

/// "debug", "info", "warning", "error", "off"; anything else: invalid_argument.
LogLevel parse_log_level(std::string_view text);

/// Messages below the level are dropped. At the start it is that of the variable SPINEL_LOG, or else info.
void set_log_level(LogLevel level);
LogLevel log_level();

/// Writes one line, `<level>: <message>` (info without its name). Control characters, which could forge lines or drive
/// the terminal, are written as \xNN. Thread-safe; a progress bar on the terminal makes room.
void log_message(LogLevel level, std::string_view message);

template <typename... Args>
void log_at(LogLevel level, format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  if (level >= log_level()) log_message(level, format<Args...>(text, args...));
}
template <typename... Args>
void log_debug(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  log_at<Args...>(LogLevel::debug, text, args...);
}
template <typename... Args>
void log_info(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  log_at<Args...>(LogLevel::info, text, args...);
}
template <typename... Args>
void log_warning(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  log_at<Args...>(LogLevel::warning, text, args...);
}
template <typename... Args>
void log_error(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  log_at<Args...>(LogLevel::error, text, args...);
}

}  // namespace spinel
