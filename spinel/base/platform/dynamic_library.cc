#include "spinel/base/platform/dynamic_library.h"

#ifdef _WIN32
#include <windows.h>

#include <system_error>
#else
#include <dlfcn.h>
#endif

#include <utility>

#include "spinel/base/error.h"

namespace spinel {

DynamicLibrary DynamicLibrary::open(const std::string& path) {
#ifdef _WIN32
  void* handle = LoadLibraryA(path.c_str());
  const std::string reason = handle ? "" : std::system_category().message(static_cast<int>(GetLastError()));
#else
  // At once, so that a missing symbol is an error here and not the end of the process later.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* text = handle == nullptr ? dlerror() : nullptr;
  const std::string reason = text == nullptr ? "" : text;
#endif
  if (handle == nullptr) fail(ErrorKind::unavailable, "{}: cannot be loaded: {}", path, reason);
  return DynamicLibrary(handle);
}

void DynamicLibrary::close() {
  void* handle = std::exchange(handle_, nullptr);
  if (handle == nullptr) return;
#ifdef _WIN32
  FreeLibrary(static_cast<HMODULE>(handle));
#else
  dlclose(handle);
#endif
}

void* DynamicLibrary::symbol(const std::string& name) const {
  if (handle_ == nullptr) return nullptr;
#ifdef _WIN32
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name.c_str()));
#else
  return dlsym(handle_, name.c_str());
#endif
}

}  // namespace spinel
