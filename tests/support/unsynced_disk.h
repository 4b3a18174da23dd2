// A disk that loses its power: which files could be there afterwards, seen from the system calls that a test makes.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spinel/base/platform/system_call.h"

namespace spinel {

/// Follows the calls on the files below `root`. What has been written counts as durable once the file was synced, and a
/// name (created, renamed, removed) once its folder was. After each call that changes something it adds three outcomes:
/// all that is not durable is lost; names came to the disk but data did not (as file systems with a journal of metadata
/// alone reorder them); and names did, and half of the data. Not for several threads.
class UnsyncedDisk : public SystemCallHook {
 public:
  using Files = std::map<std::string, std::string>;  ///< path → content

  explicit UnsyncedDisk(std::string root) : root_(std::move(root)) {}

  Decision before(SystemCall call, const std::string& path) override {
    created_ = call == SystemCall::open && !std::filesystem::exists(path);
    return {};
  }

  void after(SystemCall call, const std::string& path) override {
    if (!path.starts_with(root_) || !std::filesystem::exists(root_)) return;
    struct stat found {};
    const bool exists = ::stat(path.c_str(), &found) == 0;
    if (call == SystemCall::open && created_ && exists) durable_[found.st_ino] = std::make_shared<std::string>();
    if (call == SystemCall::sync && exists) {
      if (S_ISDIR(found.st_mode)) {
        names_[path] = contents_of(path);
      } else {
        *durable(found.st_ino) = content_of(path);
      }
    }
    if (call == SystemCall::open || call == SystemCall::write || call == SystemCall::sync ||
        call == SystemCall::truncate || call == SystemCall::rename || call == SystemCall::remove) {
      record();
    }
  }

  /// Every distinct outcome so far.
  const std::set<Files>& outcomes() const { return outcomes_; }

  /// The outcomes if the power went now.
  const std::vector<Files>& now() const { return now_; }

  /// Makes `root` hold these files and nothing else.
  static void restore(const std::string& root, const Files& files) {
    std::filesystem::remove_all(root);
    for (const auto& [path, content] : files) {
      std::filesystem::create_directories(std::filesystem::path(path).parent_path());
      std::ofstream(path, std::ios::binary) << content;
    }
  }

 private:
  using Content = std::shared_ptr<std::string>;

  static std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// The durable content of an inode; shared by all names that point to it.
  Content& durable(ino_t inode) {
    Content& content = durable_[inode];
    if (!content) content = std::make_shared<std::string>();
    return content;
  }

  std::map<std::string, Content> contents_of(const std::string& folder) {
    std::map<std::string, Content> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      struct stat found {};
      if (entry.is_regular_file() && ::stat(entry.path().c_str(), &found) == 0) {
        result[entry.path().string()] = durable(found.st_ino);
      }
    }
    return result;
  }

  void record() {
    Files lost, reordered, torn;
    for (const auto& [folder, entries] : names_) {
      for (const auto& [path, content] : entries) lost[path] = *content;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      struct stat found {};
      if (!entry.is_regular_file() || ::stat(entry.path().c_str(), &found) != 0) continue;
      const std::string path = entry.path().string(), now = content_of(path), &synced = *durable(found.st_ino);
      reordered[path] = synced;
      // An appended file keeps its beginning; of another one the first half has come.
      const size_t kept = now.starts_with(synced) ? synced.size() : 0;
      torn[path] = now.substr(0, kept + (now.size() - kept) / 2);
    }
    now_ = {lost, reordered, torn};
    outcomes_.insert(now_.begin(), now_.end());
  }

  std::string root_;
  bool created_ = false;
  std::map<ino_t, Content> durable_;
  std::map<std::string, std::map<std::string, Content>> names_;  // durable entries of each folder
  std::vector<Files> now_;
  std::set<Files> outcomes_;
};

}  // namespace spinel
