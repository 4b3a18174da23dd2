#include "spinel/base/platform/dynamic_library.h"

#ifdef _WIN32
#include <windows.h>

#include <system_error>
#else
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "spinel/base/error.h"

namespace spinel {
namespace {

#ifdef _WIN32
/// From the export directory of the image in memory, which the system has checked and loaded.
std::vector<std::string> exported_names(void* handle) {
  const auto* base = static_cast<const char*>(handle);
  const auto* dos = reinterpret_cast<const IMAGE_DOS_HEADER*>(base);
  const auto* headers = reinterpret_cast<const IMAGE_NT_HEADERS*>(base + dos->e_lfanew);
  const IMAGE_DATA_DIRECTORY& entry = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
  if (entry.Size == 0) return {};
  const auto* directory = reinterpret_cast<const IMAGE_EXPORT_DIRECTORY*>(base + entry.VirtualAddress);
  const auto* names = reinterpret_cast<const DWORD*>(base + directory->AddressOfNames);
  std::vector<std::string> result;
  for (DWORD i = 0; i < directory->NumberOfNames; ++i) result.emplace_back(base + names[i]);
  return result;
}
#else
/// The tables of a library in memory by which the system itself looks symbols up.
struct SymbolTables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const uint32_t* gnu_hash = nullptr;
  const uint32_t* hash = nullptr;
};

SymbolTables tables_of(const link_map& map) {
  SymbolTables tables;
  for (const ElfW(Dyn)* entry = map.l_ld; entry->d_tag != DT_NULL; ++entry) {
    // glibc has added the address of the library already, other C libraries have not.
    const ElfW(Addr) address = entry->d_un.d_ptr < map.l_addr ? entry->d_un.d_ptr + map.l_addr : entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) tables.symbols = reinterpret_cast<const ElfW(Sym)*>(address);
    if (entry->d_tag == DT_STRTAB) tables.names = reinterpret_cast<const char*>(address);
    if (entry->d_tag == DT_GNU_HASH) tables.gnu_hash = reinterpret_cast<const uint32_t*>(address);
    if (entry->d_tag == DT_HASH) tables.hash = reinterpret_cast<const uint32_t*>(address);
  }
  return tables;
}

/// Nothing says how many symbols there are, but each of the two forms of hash table implies it.
size_t symbol_count(const SymbolTables& tables) {
  if (tables.hash != nullptr) return tables.hash[1];
  if (tables.gnu_hash == nullptr) return 0;
  const uint32_t bucket_count = tables.gnu_hash[0], first = tables.gnu_hash[1], bloom_words = tables.gnu_hash[2];
  const auto* buckets = tables.gnu_hash + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
  const uint32_t* chains = buckets + bucket_count;
  uint32_t last = 0;
  for (uint32_t i = 0; i < bucket_count; ++i) last = std::max(last, buckets[i]);
  if (last < first) return first;
  while ((chains[last - first] & 1) == 0) ++last;  // the lowest bit ends a chain
  return last + 1;
}

std::vector<std::string> exported_names(void* handle) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0 || map == nullptr) return {};
  const SymbolTables tables = tables_of(*map);
  std::vector<std::string> names;
  if (tables.symbols == nullptr || tables.names == nullptr) return names;
  const size_t count = symbol_count(tables);
  for (size_t i = 1; i < count; ++i) {
    const ElfW(Sym)& symbol = tables.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF) names.emplace_back(tables.names + symbol.st_name);
  }
  return names;
}
#endif

}  // namespace

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

std::vector<std::string> DynamicLibrary::symbols() const {
  return handle_ == nullptr ? std::vector<std::string>() : exported_names(handle_);
}

}  // namespace spinel
