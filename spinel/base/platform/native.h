// What differs between Linux and Windows below the file layer; every function returns a value ≥ 0 or −errno.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "spinel/base/platform/file.h"

namespace spinel::native {

int64_t open(const std::string& path, File::Mode mode);
int64_t read(int descriptor, void* buffer, size_t size);
int64_t read_at(int descriptor, void* buffer, size_t size, uint64_t offset);
int64_t write(int descriptor, const void* data, size_t size);
int64_t sync(int descriptor);
int64_t truncate(int descriptor, uint64_t size);
int64_t close(int descriptor);
int64_t status(int descriptor, FileStatus& status);
int64_t status(const std::string& path, FileStatus& status);
int64_t rename(const std::string& from, const std::string& to);
int64_t remove(const std::string& path);
/// Adds the names of the entries but "." and "..". Not by std::filesystem: its iterator ends the process when memory is
/// short (libstdc++ 12 allocates in a noexcept function).
int64_t list(const std::string& path, std::vector<std::string>& names);
int64_t sync_folder(const std::string& path);

/// A lock on the whole file, held until the descriptor is closed: 0, or −EWOULDBLOCK when another holds it.
int64_t lock(int descriptor);
/// Whether the open file still has a name in some folder.
bool has_name(int descriptor);

/// A read-only mapping of the first `size` bytes; the address comes back in `address`.
int64_t map(int descriptor, size_t size, void*& address);
void unmap(const void* address, size_t size);

/// The path as the standard library's type, from UTF-8.
std::filesystem::path to_path(const std::string& path);
std::string from_path(const std::filesystem::path& path);

}  // namespace spinel::native
