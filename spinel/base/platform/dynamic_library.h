// Shared libraries that are opened while the program runs.
#pragma once

#include <string>
#include <vector>

namespace spinel {

/// An open shared library; its symbols are its own, not those of the whole process. Stays open unless close() is
/// called.
class DynamicLibrary {
 public:
  /// Runs the library's static constructors. A file that is missing, no shared library, or needs what is not there:
  /// unavailable, with the system's text.
  static DynamicLibrary open(const std::string& path);
  /// Runs its static destructors and takes its code out of memory, unless somebody else holds it too.
  void close();
  /// Null if there is no such symbol.
  void* symbol(const std::string& name) const;
  /// The names that it exports, in no particular order; of what it needs itself those are not among them.
  std::vector<std::string> symbols() const;

 private:
  explicit DynamicLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace spinel
