// Loads libraries of operators while the program runs, and the static blocks by which these register themselves.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "spinel/registry/library.h"

namespace spinel::registry::inline v1 {

/// A static object that registers a block when its shared library is loaded and deregisters it when that goes. Use the
/// macros below. A failure ends the process, unless load_library() loads the library and reports it.
class LibraryBlock {
 public:
  LibraryBlock(Library::Kind kind, const char* name_space, std::optional<DispatchKey> key,
               const std::function<void(Library&)>& fill, std::source_location where = std::source_location::current());
  /// An empty one that is filled later. A failure is thrown in any case.
  LibraryBlock(Library::Kind kind, const char* name_space, std::optional<DispatchKey> key,
               std::source_location where = std::source_location::current());
  ~LibraryBlock();
  LibraryBlock(const LibraryBlock&) = delete;
  LibraryBlock& operator=(const LibraryBlock&) = delete;

  void deregister() { library_.reset(); }
  /// Null once it is deregistered.
  Library* library() { return library_ ? &*library_ : nullptr; }

 private:
  std::optional<Library> library_;
};

/// A loaded file. All of its loads share one; it stays loaded when this is dropped.
class LoadedLibrary {
 public:
  const std::string& path() const { return path_; }  ///< the real one, absolute
  const RegisteredNames& names() const { return names_; }
  bool is_loaded() const;

 private:
  friend class LibraryLoader;
  std::string path_;
  RegisteredNames names_;
};

/// Loads a library, whose blocks then register themselves. A file that is loaded already is not loaded again. Fails
/// with OperatorFailure::load where the system cannot load it or a block fails; nothing of it stays registered then.
/// Another static constructor of the library that throws ends the process, since the system's loader cannot be left by
/// an exception: it would keep its lock.
std::shared_ptr<const LoadedLibrary> load_library(const std::string& path);

/// Deregisters what the library registered, waits until the calls that run have ended, and closes it. False, and the
/// code stays in memory, where objects of its classes live on. From inside a call: OperatorFailure::load.
bool unload_library(const LoadedLibrary& library);

/// In the order of loading.
std::vector<std::shared_ptr<const LoadedLibrary>> loaded_libraries();

}  // namespace spinel::registry::inline v1

#define SPINEL_REGISTRY_JOIN2(a, b) a##b
#define SPINEL_REGISTRY_JOIN(a, b) SPINEL_REGISTRY_JOIN2(a, b)
#define SPINEL_REGISTRY_BLOCK(kind, ns, key, m, id)                                                       \
  static void SPINEL_REGISTRY_JOIN(spinel_fill_##ns##_, id)(::spinel::registry::Library & m);             \
  static const ::spinel::registry::LibraryBlock SPINEL_REGISTRY_JOIN(spinel_block_##ns##_, id)(           \
      ::spinel::registry::Library::Kind::kind, #ns, key, &SPINEL_REGISTRY_JOIN(spinel_fill_##ns##_, id)); \
  static void SPINEL_REGISTRY_JOIN(spinel_fill_##ns##_, id)([[maybe_unused]] ::spinel::registry::Library & m)

/// SPINEL_LIBRARY(ns, m) { m.def(…); }: the one block that defines a namespace.
#define SPINEL_LIBRARY(ns, m) SPINEL_REGISTRY_BLOCK(def, ns, std::nullopt, m, __COUNTER__)
#define SPINEL_LIBRARY_FRAGMENT(ns, m) SPINEL_REGISTRY_BLOCK(fragment, ns, std::nullopt, m, __COUNTER__)
/// SPINEL_LIBRARY_IMPL(ns, CPU, m) { m.impl(…); }
#define SPINEL_LIBRARY_IMPL(ns, key, m) \
  SPINEL_REGISTRY_BLOCK(impl, ns, ::spinel::registry::DispatchKey::key, m, __COUNTER__)
