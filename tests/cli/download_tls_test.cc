// Downloads over https from a server whose certificate the test makes itself.
#include <gtest/gtest.h>

#ifndef _WIN32
#include <signal.h>

#include <cstdio>
#include <thread>

#include "spinel/base/error.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

bool has_openssl() {
  try {
    return run_process({"openssl", "version"}).exit_status == 0;
  } catch (const Error&) {
    return false;
  }
}

/// `openssl s_server` that hands out the files of a folder, with a certificate for `name` that signs itself.
class TlsServer {
 public:
  TlsServer(const TemporaryFolder& folder, const std::string& name)
      : key_(folder.file("key.pem")), certificate_(folder.file("certificate.pem")) {
    const ProcessResult made = run_process({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key_, "-out", certificate_,
                                            "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + name});
    EXPECT_EQ(made.exit_status, 0) << made.errors;
    // The shell says its number, which is then the server's.
    const std::string line = "cd '" + folder.path() +
                             "' && echo $$ && exec openssl s_server -accept 127.0.0.1:0 -key '" + key_ + "' -cert '" +
                             certificate_ + "' -WWW 2>&1";
    pipe_ = popen(line.c_str(), "r");
    char text[512];
    while (pipe_ != nullptr && port_ == 0 && std::fgets(text, sizeof text, pipe_) != nullptr) {
      if (process_ == 0) process_ = std::atoi(text);
      // "ACCEPT 127.0.0.1:39481"
      const std::string said = text;
      if (said.starts_with("ACCEPT")) port_ = std::atoi(said.substr(said.rfind(':') + 1).c_str());
    }
    // What it says further must not fill the pipe.
    drain_ = std::thread([pipe = pipe_] {
      for (char rest[512]; pipe != nullptr && std::fgets(rest, sizeof rest, pipe) != nullptr;) {
      }
    });
  }
  ~TlsServer() {
    if (process_ > 0) kill(process_, SIGKILL);
    drain_.join();
    if (pipe_ != nullptr) pclose(pipe_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  bool runs() const { return port_ > 0; }
  std::string url(const std::string& host) const { return format("https://{}:{}/data.npz", host, port_); }
  const std::string& certificate() const { return certificate_; }

 private:
  std::string key_, certificate_;
  FILE* pipe_ = nullptr;
  pid_t process_ = 0;
  int port_ = 0;
  std::thread drain_;
};

struct TlsDownload : testing::Test {
  void SetUp() override {
    if (!has_openssl()) GTEST_SKIP() << "the program openssl is not here";
    write_file_atomic(served.file("data.npz"), "content");
  }
  ProcessResult get(const std::string& url, const std::string& authorities) const {
    return run_spinel({"data", "get", "md17-uracil", "--to", folder.path(), "--url", url},
                      {{"SSL_CERT_FILE", authorities}, {"CURL_CA_BUNDLE", ""}, {"https_proxy", ""}});
  }
  TemporaryFolder served, folder;
};

TEST_F(TlsDownload, ATrustedServerOfTheRightNameIsRead) {
  const TlsServer server(served, "DNS:localhost,IP:127.0.0.1");
  if (!server.runs()) GTEST_SKIP() << "openssl s_server does not start here";
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const ProcessResult result = get(server.url(host), server.certificate());
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_EQ(read_file(folder.file("md17_uracil.npz")), "content");
    remove_file(folder.file("md17_uracil.npz"));
  }
}

TEST_F(TlsDownload, ACertificateForAnotherNameIsRefusedAndLeavesNothing) {  // AR-03
  const TlsServer server(served, "DNS:another.example");
  if (!server.runs()) GTEST_SKIP() << "openssl s_server does not start here";
  // The authority is trusted: only the name is wrong.
  const ProcessResult result = get(server.url("localhost"), server.certificate());
  expect_failure(result, 1, "does not prove that it is the one of this address");
  EXPECT_THAT(result.errors, HasSubstr(server.url("localhost")));
  EXPECT_THAT(result.errors, HasSubstr("'localhost'"));
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>());
}

TEST_F(TlsDownload, WhatNobodyTrustsIsRefusedAndLeavesNothing) {  // AR-03
  const TlsServer server(served, "DNS:localhost");
  if (!server.runs()) GTEST_SKIP() << "openssl s_server does not start here";
  const std::string url = server.url("localhost");
  expect_failure(get(url, ""), 1, "let SSL_CERT_FILE name the authorities that you trust");
  expect_failure(get(url, folder.file("absent.pem")), 1, "absent.pem");
  expect_failure(get("http" + url.substr(5), ""), 1, "cannot be downloaded");  // TLS where plain text is expected
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>());
}

}  // namespace
}  // namespace spinel::cli
#endif
