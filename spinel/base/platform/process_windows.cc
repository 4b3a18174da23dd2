#ifdef _WIN32
#include <windows.h>

#include <array>
#include <map>
#include <thread>

#include "spinel/base/error.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/process.h"

namespace spinel {
namespace {

std::wstring wide(const std::string& text) { return native::to_path(text).wstring(); }

/// A handle that is closed at the end.
class Handle {
 public:
  Handle() = default;
  explicit Handle(HANDLE handle) : handle_(handle) {}
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void close() {
    if (handle_) CloseHandle(handle_);
    handle_ = nullptr;
  }
  HANDLE get() const { return handle_; }
  HANDLE* address() { return &handle_; }

 private:
  HANDLE handle_ = nullptr;
};

/// A pipe whose writing end the child inherits.
struct Pipe {
  Pipe() {
    SECURITY_ATTRIBUTES inherit{sizeof inherit, nullptr, TRUE};
    if (!CreatePipe(reader.address(), writer.address(), &inherit, 0)) {
      fail(ErrorKind::unavailable, "pipe: the system gives none: error {}", GetLastError());
    }
    SetHandleInformation(reader.get(), HANDLE_FLAG_INHERIT, 0);
  }
  std::string read_all() {
    std::string text;
    std::array<char, 65536> buffer;
    DWORD count = 0;
    while (ReadFile(reader.get(), buffer.data(), buffer.size(), &count, nullptr) && count > 0) {
      text.append(buffer.data(), count);
    }
    return text;
  }
  Handle reader, writer;
};

/// One argument as CommandLineToArgvW takes it apart again: quoted, quotes and the backslashes before them escaped.
std::wstring quoted(const std::string& argument) {
  std::wstring result = L"\"";
  size_t backslashes = 0;
  for (const wchar_t c : wide(argument)) {
    if (c == L'"') result.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    result += c;
  }
  return result.append(backslashes, L'\\') + L"\"";
}

/// The environment block: sorted "NAME=value" texts, each and the whole ended by a zero.
std::wstring environment_block(const std::vector<std::pair<std::string, std::string>>& added) {
  std::map<std::wstring, std::wstring> variables;
  wchar_t* const all = GetEnvironmentStringsW();
  for (const wchar_t* entry = all; *entry; entry += wcslen(entry) + 1) {
    const std::wstring text = entry;
    const size_t equals = text.find(L'=', 1);
    variables[text.substr(0, equals)] = equals == std::wstring::npos ? L"" : text.substr(equals + 1);
  }
  FreeEnvironmentStringsW(all);
  for (const auto& [name, value] : added) variables[wide(name)] = wide(value);
  std::wstring block;
  for (const auto& [name, value] : variables) (block += name + L"=" + value).push_back(L'\0');
  block.push_back(L'\0');
  return block;
}

}  // namespace

int64_t process_id() { return GetCurrentProcessId(); }

std::string host_name() {
  std::array<wchar_t, 256> name{};
  DWORD size = name.size();
  return GetComputerNameW(name.data(), &size) ? native::from_path(std::filesystem::path(name.data())) : "localhost";
}

std::string program_path() {
  std::wstring path(32768, L'\0');
  path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return native::from_path(std::filesystem::path(path));
}

ProcessResult run_process(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& environment) {
  require(!command.empty(), "command: it is empty; the name of a program is needed");
  std::wstring line;
  for (const std::string& argument : command) line += (line.empty() ? L"" : L" ") + quoted(argument);
  std::wstring block = environment_block(environment);
  Pipe output, errors;
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = output.writer.get();
  startup.hStdError = errors.writer.get();
  PROCESS_INFORMATION started{};
  if (!CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_UNICODE_ENVIRONMENT, block.data(), nullptr,
                      &startup, &started)) {
    const DWORD error = GetLastError();
    const bool missing = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND;
    fail(missing ? ErrorKind::not_found : ErrorKind::unavailable, "{}: cannot start the program: error {}",
         command.front(), error);
  }
  const Handle process(started.hProcess), thread(started.hThread);
  output.writer.close();
  errors.writer.close();
  ProcessResult result;
  std::thread reader([&] { result.errors = errors.read_all(); });
  result.output = output.read_all();
  reader.join();
  WaitForSingleObject(process.get(), INFINITE);
  DWORD status = 0;
  GetExitCodeProcess(process.get(), &status);
  result.exit_status = static_cast<int>(status);
  return result;
}

}  // namespace spinel
#endif
