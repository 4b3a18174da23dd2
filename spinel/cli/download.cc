// The one source that knows libcurl.
#include "spinel/cli/download.h"

#include "spinel/base/error.h"

#ifdef SPINEL_HAVE_CURL
#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "spinel/base/md5.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/sha256.h"
#include "spinel/base/version.h"
#endif

namespace spinel::cli {

#ifdef SPINEL_HAVE_CURL
namespace {

struct Transfer {
  File& file;
  Sha256 sha256;
  Md5 md5;
  const DownloadProgress& progress;
  std::exception_ptr failure;  ///< of the file; libcurl is C and must not be unwound through

  static size_t write(char* data, size_t, size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
      transfer.file.write(std::string_view(data, size));
      transfer.sha256.add(std::as_bytes(std::span(data, size)));
      transfer.md5.add(std::as_bytes(std::span(data, size)));
      return size;
    } catch (...) {
      transfer.failure = std::current_exception();
      return 0;
    }
  }
  static int report(void* self, curl_off_t total, curl_off_t received, curl_off_t, curl_off_t) {
    const auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.progress && received > 0) transfer.progress(received, total);
    return 0;
  }
};

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

/// The certificate authorities that the user names in place of the system's, as curl's own program and OpenSSL take
/// them; a network whose proxy opens TLS needs it.
std::string named_authorities() {
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* path = std::getenv(variable);
    if (path != nullptr && *path != '\0') return path;
  }
  return "";
}

void transfer_url(const std::string& url, Transfer& transfer) {
  const std::unique_ptr<CURL, Cleanup> handle(curl_easy_init());
  if (!handle) fail(ErrorKind::unavailable, "{}: libcurl cannot be started", url);
  CURL* const curl = handle.get();
  char message[CURL_ERROR_SIZE] = "";
  const std::string agent = "spinel/" + version();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::write);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  const std::string authorities = named_authorities();
  if (!authorities.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, authorities.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::report);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  if (code == CURLE_OK) return;
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    fail(ErrorKind::unavailable,
         "{}: the server does not prove that it is the one of this address ({}); correct the address, or let "
         "SSL_CERT_FILE name the authorities that you trust",
         url, message[0] ? message : curl_easy_strerror(code));
  }
  fail(ErrorKind::unavailable, "{}: it cannot be downloaded ({}); a network and a right address are needed", url,
       message[0] ? message : curl_easy_strerror(code));
}

void check_sum(const std::string& url, const char* kind, const std::string& sum, std::string expected) {
  std::transform(expected.begin(), expected.end(), expected.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (expected.empty() || sum == expected) return;
  fail(ErrorKind::corrupt, "{}: the content has the {} {}, expected is {}; it was not kept", url, kind, sum, expected);
}

}  // namespace

std::string download(const std::string& url, const std::string& path, const ExpectedSums& expected,
                     const DownloadProgress& progress) {
  require(url.starts_with("http://") || url.starts_with("https://"),
          "{}: the address must begin with http:// or https://", url);
  std::string sum;
  write_file_atomic(path, [&](File& file) {
    Transfer transfer{file, {}, {}, progress, nullptr};
    transfer_url(url, transfer);
    sum = transfer.sha256.finish();
    check_sum(url, "SHA-256", sum, expected.sha256);
    check_sum(url, "MD5", transfer.md5.finish(), expected.md5);
  });
  return sum;
}

#else

std::string download(const std::string& url, const std::string&, const ExpectedSums&, const DownloadProgress&) {
  fail(ErrorKind::unavailable,
       "{}: this build cannot download; install libcurl4-openssl-dev and configure with -DSPINEL_CURL=ON", url);
}

#endif

}  // namespace spinel::cli
