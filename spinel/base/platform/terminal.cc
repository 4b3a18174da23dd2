#include "spinel/base/platform/terminal.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include <cstdlib>
#include <string_view>

namespace spinel {

int stderr_columns() {
#ifdef _WIN32
  const HANDLE handle = GetStdHandle(STD_ERROR_HANDLE);
  DWORD mode = 0;
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleMode(handle, &mode) || !GetConsoleScreenBufferInfo(handle, &info)) return 0;
  // Without this mode the console prints the control sequences instead of obeying them.
  if (!SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING)) return 0;
  return info.srWindow.Right - info.srWindow.Left + 1;
#else
  if (!isatty(STDERR_FILENO)) return 0;
  const char* terminal = std::getenv("TERM");
  if (terminal && std::string_view(terminal) == "dumb") return 0;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
#endif
}

}  // namespace spinel
