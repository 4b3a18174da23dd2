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

/// A new file beside `path`, removed at the end unless it was moved there.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : target_(path) {
    std::random_device random;
    do {
      name_ = join_path(folder_of(path),
                        format("{}{:08x}{:08x}{}", temporary_prefix(path), random(), random(), temporary_suffix));
      file_.emplace(File::open(name_, File::Mode::create_new));
      // The lock shows others that the writer lives. Between open and lock another process may have taken the file for
      // a leftover; then another name is tried. Where a file system has no locks, no leftover is ever removed.
    } while (native::lock(file_->descriptor()) == -EWOULDBLOCK || !native::has_name(file_->descriptor()));
  }
  ~TemporaryFile() {
    if (moved_ || name_.empty()) return;
    file_.reset();  // an open file cannot be removed on Windows
    native::remove(name_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  File& file() { return *file_; }
  const std::string& name() const { return name_; }
  void move_to_target() {
    file_->sync();
    file_->close();
    rename_file(name_, target_);
    moved_ = true;
  }

 private:
  const std::string& target_;
  std::string name_;
  std::optional<File> file_;
  bool moved_ = false;
};

/// Removes temporary files for `path` whose writer died. Best effort: a leftover harms nothing.
void remove_leftovers(const std::string& path) {
  const std::string prefix = temporary_prefix(path);
  std::vector<std::string> names;
  native::list(folder_of(path), names);
  for (const std::string& name : names) {
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
  try {
    TemporaryFile temporary(path);
    writer(temporary.file());
    temporary.move_to_target();
  } catch (const Error& error) {
    // The user named `path`, and the temporary name would only puzzle him.
    const std::string_view message = error.what();
    const size_t end = message.find(temporary_suffix);
    if (end == std::string_view::npos || !message.starts_with(join_path(folder_of(path), temporary_prefix(path)))) {
      throw;
    }
    throw Error(error.kind(), path + std::string(message.substr(end + temporary_suffix.size())));
  }
  sync_folder(folder_of(path));
}

void write_file_atomic(const std::string& path, std::string_view content) {
  write_file_atomic(path, [&](File& file) { file.write(content); });
}

}  // namespace spinel
