#include "spinel/cli/data_get.h"

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/md5.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/sha256.h"

namespace spinel::cli {
namespace {

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// The sum in a file of sha256sum's form, "<sum>  <name>"; empty where there is no such file.
std::string recorded_sum(const std::string& path) {
  if (!file_exists(path)) return "";
  const std::string text = read_file(path, 1 << 16), sum = text.substr(0, text.find_first_of(" \t\r\n"));
  if (!is_sha256(sum)) {
    fail(ErrorKind::corrupt, "{}: it does not begin with a SHA-256; remove it to have it written anew", path);
  }
  return lower(sum);
}

void compare_file(const std::string& path, const char* kind, const std::string& sum, const std::string& expected) {
  if (expected.empty() || sum == expected) return;
  fail(ErrorKind::corrupt, "{}: it is there, but has the {} {}, expected is {}; remove it to fetch it anew", path, kind,
       sum, expected);
}

}  // namespace

FetchedDataSet fetch_data_set(const DataSet& set, const FetchOptions& options, const DownloadProgress& progress) {
  const std::string url = options.url.empty() ? set.url : options.url;
  require(!url.empty(), "{}: it cannot be fetched directly; see {}", set.name, set.page);
  require(options.sha256.empty() || is_sha256(options.sha256),
          "--sha256: '{}' is no SHA-256; it has 64 hexadecimal digits", options.sha256);
  make_folders(options.folder);
  FetchedDataSet result;
  result.path = join_path(options.folder, set.file.empty() ? set.name : set.file);
  const std::string record = result.path + ".sha256", recorded = recorded_sum(record);
  const std::string given = lower(options.sha256);
  const ExpectedSums expected{given.empty() ? recorded : given, set.md5};
  result.was_there = file_exists(result.path);
  if (result.was_there) {
    Sha256 sha256;
    Md5 md5;
    add_file(result.path, {&sha256, &md5});
    result.sha256 = sha256.finish();
    compare_file(result.path, "SHA-256", result.sha256, expected.sha256);
    compare_file(result.path, "MD5", md5.finish(), expected.md5);
  } else {
    result.sha256 = download(url, result.path, expected, progress);
  }
  result.compared_with = !given.empty()      ? "--sha256"
                         : !set.md5.empty()  ? "its publisher"
                         : !recorded.empty() ? file_name_of(record)
                                             : "";
  if (recorded != result.sha256) {
    write_file_atomic(record, result.sha256 + "  " + file_name_of(result.path) + "\n");
  }
  return result;
}

}  // namespace spinel::cli
