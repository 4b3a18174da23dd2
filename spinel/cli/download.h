// Downloads by HTTP, only where the user asked for one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace spinel::cli {

/// Called with the bytes received and the bytes in all (0: unknown).
using DownloadProgress = std::function<void(int64_t received, int64_t total)>;

/// Fetches an http or https URL (redirections followed) into `path`, all or nothing, and returns the content's SHA-256.
/// `sha256`: what it must be, in hexadecimal; empty: anything. No network, an error of the server, a stalled transfer:
/// unavailable with the URL and the reason; another content: corrupt with both sums, and nothing is kept.
/// A build without libcurl: unavailable, naming the option that turns it on.
std::string download(const std::string& url, const std::string& path, const std::string& sha256,
                     const DownloadProgress& progress = {});

}  // namespace spinel::cli
