// Downloads by HTTP, only where the user asked for one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace spinel::cli {

/// Called with the bytes received and the bytes in all (0: unknown).
using DownloadProgress = std::function<void(int64_t received, int64_t total)>;

/// What the content must have, in hexadecimal of either case; empty: anything.
struct ExpectedSums {
  std::string sha256, md5;
};

/// Fetches an http or https URL (redirections followed) into `path`, all or nothing, and returns the content's SHA-256.
/// No network, an error of the server, a stalled or cut transfer: unavailable with the URL and the reason; other
/// content: corrupt with both sums. Then nothing is kept.
/// Over https the server must prove its name to the authorities of the system, or to those in the file that the
/// variable CURL_CA_BUNDLE or SSL_CERT_FILE names; where it does not: unavailable.
/// A build without libcurl: unavailable, naming the option that turns it on.
std::string download(const std::string& url, const std::string& path, const ExpectedSums& expected,
                     const DownloadProgress& progress = {});

}  // namespace spinel::cli
