#include "spinel/registry/load_library.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <list>
#include <mutex>

#include "spinel/base/platform/dynamic_library.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

/// What happens while the calling thread is inside load_library.
struct Loading {
  std::vector<LibraryBlock*> blocks;
  std::exception_ptr failure;
};
thread_local Loading* current_loading = nullptr;

}  // namespace

/// The files that are loaded. Its lock is held over a whole load, as that of the system's loader is.
class LibraryLoader {
 public:
  static LibraryLoader& singleton() {
    static LibraryLoader& loader = *new LibraryLoader;
    return loader;
  }

  std::shared_ptr<const LoadedLibrary> load(const std::string& path) {
    const std::string real = real_path(path);
    std::unique_lock lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.library->path_ != real) continue;
      if (!entry.is_closing) return entry.library;
      fail_operator(OperatorFailure::load, real + ": it is being unloaded; load it again afterwards");
    }
    close_lingering(real);
    const auto entry = entries_.emplace(entries_.end());
    entry->library = std::make_shared<LoadedLibrary>();
    entry->library->path_ = real;
    const std::exception_ptr failure = open(*entry);
    if (!failure) return entry->library;
    entry->is_closing = true;
    finish(entry, lock);
    rethrow(failure, real);
  }

  bool unload(const LoadedLibrary& library) {
    if (thread_state().depth != 0) {
      fail_operator(OperatorFailure::load, library.path_ + ": it cannot be unloaded from inside a call of an operator");
    }
    std::unique_lock lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.library.get() == &library && !entry.is_closing;
    });
    if (found == entries_.end()) return true;
    found->is_closing = true;
    return finish(found, lock);
  }

  std::vector<std::shared_ptr<const LoadedLibrary>> all() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const LoadedLibrary>> libraries;
    for (const Entry& entry : entries_) libraries.push_back(entry.library);
    return libraries;
  }

  bool has(const LoadedLibrary& library) {
    const std::lock_guard lock(mutex_);
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return entry.library.get() == &library; });
  }

  /// A block that dies by itself, as when the program ends.
  void forget(LibraryBlock* block) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) std::erase(entry.blocks, block);
  }

 private:
  struct Entry {
    std::shared_ptr<LoadedLibrary> library;
    std::vector<LibraryBlock*> blocks;
    std::optional<DynamicLibrary> file;
    bool is_closing = false;
  };

  /// A file that was to be closed but for the instances of its classes.
  struct Lingering {
    std::string path;
    std::vector<intrusive_ptr<const CustomClass>> classes;
    DynamicLibrary file;
  };

  static std::string real_path(const std::string& path) {
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    if (error) fail_operator(OperatorFailure::load, format("{}: cannot be loaded: {}", path, error.message()));
    return real.string();
  }

  /// What a block or the system's loader failed with.
  std::exception_ptr open(Entry& entry) {
    Loading loading;
    const Dispatcher::Recorder recorder(entry.library->names_);
    Loading* outer = std::exchange(current_loading, &loading);
    try {
      entry.file = DynamicLibrary::open(entry.library->path_);
    } catch (const Error& error) {
      loading.failure = std::make_exception_ptr(OperatorError(OperatorFailure::load, error.what()));
    } catch (...) {
      // Of the loader itself, such as a lack of memory.
      loading.failure = std::current_exception();
    }
    current_loading = outer;
    entry.blocks = std::move(loading.blocks);
    return loading.failure;
  }

  [[noreturn]] static void rethrow(const std::exception_ptr& failure, const std::string& path) {
    try {
      std::rethrow_exception(failure);
    } catch (const OperatorError&) {
      throw;
    } catch (const std::exception& error) {
      fail_operator(OperatorFailure::load, format("{}: it failed while loading: {}", path, error.what()));
    } catch (...) {
      fail_operator(OperatorFailure::load, path + ": it failed while loading, with no standard exception");
    }
  }

  /// Kernels go first, then whoever still runs one, and only then the code. The calls that run are waited for without
  /// the lock, since one of them may wait for it.
  bool finish(std::list<Entry>::iterator entry, std::unique_lock<std::recursive_mutex>& lock) {
    Classes classes;
    for (const std::string& name : entry->library->names_.classes) {
      classes.push_back(Dispatcher::singleton().find_class(name));
    }
    std::vector<LibraryBlock*> blocks = std::exchange(entry->blocks, {});
    lock.unlock();
    for (LibraryBlock* block : blocks) block->deregister();
    wait_for_running_calls();
    Dispatcher::singleton().collect_garbage();
    const bool keeps = has_instances(classes);
    if (!keeps) {
      classes.clear();
      if (entry->file) entry->file->close();
    }
    lock.lock();
    if (keeps) lingering_.push_back({entry->library->path_, std::move(classes), *entry->file});
    entries_.erase(entry);
    return !keeps;
  }

  using Classes = std::vector<intrusive_ptr<const CustomClass>>;
  /// Besides us each instance holds its class.
  static bool has_instances(const Classes& classes) {
    return std::any_of(classes.begin(), classes.end(), [](const auto& one) { return one.use_count() > 1; });
  }

  /// The system does not run the static constructors of a file again that is still open.
  void close_lingering(const std::string& path) {
    const auto found =
        std::find_if(lingering_.begin(), lingering_.end(), [&](const Lingering& one) { return one.path == path; });
    if (found == lingering_.end()) return;
    if (has_instances(found->classes)) {
      fail_operator(OperatorFailure::load,
                    path + ": it was unloaded, but objects of its classes live; it can be loaded when they are gone");
    }
    found->classes.clear();
    found->file.close();
    lingering_.erase(found);
  }

  std::recursive_mutex mutex_;  // a library may load another one
  std::list<Entry> entries_;
  std::list<Lingering> lingering_;
};

LibraryBlock::LibraryBlock(Library::Kind kind, const char* name_space, std::optional<DispatchKey> key,
                           const std::function<void(Library&)>& fill, std::source_location where) {
  try {
    Library library(kind, name_space, key, where);
    fill(library);
    library_ = std::move(library);
  } catch (...) {
    if (current_loading == nullptr) throw;
    if (!current_loading->failure) current_loading->failure = std::current_exception();
    return;
  }
  if (current_loading != nullptr) current_loading->blocks.push_back(this);
}

LibraryBlock::LibraryBlock(Library::Kind kind, const char* name_space, std::optional<DispatchKey> key,
                           std::source_location where)
    : library_(Library(kind, name_space, key, where)) {
  if (current_loading != nullptr) current_loading->blocks.push_back(this);
}

LibraryBlock::~LibraryBlock() {
  // The static object that holds it may fail while the library is still loading.
  if (current_loading != nullptr) std::erase(current_loading->blocks, this);
  LibraryLoader::singleton().forget(this);
}

bool LoadedLibrary::is_loaded() const { return LibraryLoader::singleton().has(*this); }

std::shared_ptr<const LoadedLibrary> load_library(const std::string& path) {
  return LibraryLoader::singleton().load(path);
}
bool unload_library(const LoadedLibrary& library) { return LibraryLoader::singleton().unload(library); }
std::vector<std::shared_ptr<const LoadedLibrary>> loaded_libraries() { return LibraryLoader::singleton().all(); }

}  // namespace spinel::registry::inline v1
