#include <optional>
#include <random>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/native.h"
#include "spinel/base/platform/system_call.h"

namespace spinel {
namespace {

constexpr std::string_view temporary_suffix = ".spinel-tmp";

/// ".<name>.": what the temporary files of a target begin with.
std::string temporary_prefix(const std::string& path) { return "." + file_name_of(path) + "."; }

/// The error of a call on the temporary file as one of `path`: the user named that, and the other would only puzzle
/// him.
Error as_error_of(const std::string& path, const std::string& temporary, const Error& error) {
  std::string message = error.what();
  if (message.starts_with(temporary)) message.replace(0, temporary.size(), path);
  return Error(error.kind(), message);
}

File create_temporary(const std::string& path, const std::string& temporary) {
  try {
    return File::open(temporary, File::Mode::create_new);
  } catch (const Error& error) {
    throw as_error_of(path, temporary, error);
  }
}

/// Opens a new temporary file and takes its lock, by which others see that its writer lives.
File open_temporary(const std::string& path) {
  std::random_device random;
  for (;;) {
    const std::string name = format("{}{:08x}{:08x}{}", temporary_prefix(path), random(), random(), temporary_suffix);
    File file = create_temporary(path, join_path(folder_of(path), name));
    const int64_t locked = native::lock(file.descriptor());
    // Between open and lock another process may have taken the file for a leftover; then another name is tried.
    // A file system without locks is fine: there no leftover is ever removed.
    if (locked != -EWOULDBLOCK && native::has_name(file.descriptor())) return file;
  }
}

/// Removes temporary files for `path` whose writer died. Best effort: a leftover harms nothing.
void remove_leftovers(const std::string& path) {
  const std::string prefix = temporary_prefix(path);
  std::error_code error;
  std::filesystem::directory_iterator entry(native::to_path(folder_of(path)), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = native::from_path(entry->path().filename());
    if (!name.starts_with(prefix) || !name.ends_with(temporary_suffix)) continue;
    const std::string leftover = join_path(folder_of(path), name);
    const int64_t descriptor = native::open(leftover, File::Mode::update);
    if (descriptor < 0) continue;
    const bool dead = native::lock(static_cast<int>(descriptor)) >= 0;
#ifdef _WIN32
    native::close(static_cast<int>(descriptor));  // an open file cannot be removed there
    if (dead) native::remove(leftover);
#else
    if (dead) native::remove(leftover);
    native::close(static_cast<int>(descriptor));
#endif
  }
}

}  // namespace

void write_file_atomic(const std::string& path, const std::function<void(File&)>& writer) {
  require(!path.empty(), "path: it is empty; the name of a file is needed");
  require(!folder_exists(path), "{}: it is a folder; the name of a file is needed", path);
  remove_leftovers(path);
  std::optional<File> file(open_temporary(path));
  const std::string temporary = file->path();
  try {
    writer(*file);
    file->sync();
    file->close();
    rename_file(temporary, path);
  } catch (const Error& error) {
    file.reset();
    native::remove(temporary);
    throw as_error_of(path, temporary, error);
  } catch (...) {
    file.reset();
    native::remove(temporary);
    throw;
  }
  sync_folder(folder_of(path));
}

void write_file_atomic(const std::string& path, std::string_view content) {
  write_file_atomic(path, [&](File& file) { file.write(content); });
}

}  // namespace spinel
