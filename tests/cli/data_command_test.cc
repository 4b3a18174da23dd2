// `spinel data`: what is known of data sets, and downloads from a server that the test runs.
#include <gtest/gtest.h>

#include "spinel/base/md5.h"
#include "spinel/base/sha256.h"
#include "spinel/cli/data_get.h"
#include "tests/cli/http_server.h"
#include "tests/cli/run_spinel.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

const std::string kContent(100'000, 'x');

std::string sha256(const std::string& text) {
  Sha256 hash;
  hash.add(std::as_bytes(std::span(text)));
  return hash.finish();
}

/// What a server of a published file can do wrong.
std::string answer(const std::string& path) {
  if (path == "/good") return http_response("200 OK", kContent);
  if (path == "/other") return http_response("200 OK", "something else");
  if (path == "/moved") return http_response("302 Found", "", "Location: /good\r\n");
  if (path == "/loop") return http_response("302 Found", "", "Location: /loop\r\n");
  if (path == "/file") return http_response("302 Found", "", "Location: file:///etc/passwd\r\n");
  if (path == "/broken") return http_response("500 Internal Server Error", "sorry");
  if (path == "/junk") return "this is no HTTP\r\n\r\n";
  if (path == "/cut") return http_response("200 OK", kContent).substr(0, 5000);
  return http_response("404 Not Found", "no such file");
}

struct Download : testing::Test {
  HttpServer server{answer};
  TemporaryFolder folder;
  std::string file = folder.file("uracil.npz");
  DataSet set{"uracil", "", "", "", "", server.url("/good"), "", "uracil.npz", ""};

  Error error(const FetchOptions& options) {
    return error_of([&] { fetch_data_set(set, options); });
  }
  FetchedDataSet fetch(const std::string& sha256 = "") { return fetch_data_set(set, {folder.path(), sha256, ""}); }
};

TEST_F(Download, WritesTheFileAndItsSum) {
  const FetchedDataSet fetched = fetch();
  EXPECT_EQ(read_file(fetched.path), kContent);
  EXPECT_EQ(fetched.sha256, sha256(kContent));
  EXPECT_EQ(fetched.compared_with, "");
  EXPECT_EQ(read_file(file + ".sha256"), sha256(kContent) + "  uracil.npz\n");
  set.url = server.url("/gone");
  const FetchedDataSet again = fetch();
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.compared_with, "uracil.npz.sha256");
}

TEST_F(Download, LaterContentMustHaveTheSumOfTheFirst) {
  fetch();
  write_file_atomic(file, "damaged");
  const Error damaged = error({folder.path(), "", ""});
  EXPECT_EQ(damaged.kind(), ErrorKind::corrupt);
  EXPECT_THAT(damaged.what(), HasSubstr("remove it to fetch it anew"));
  EXPECT_EQ(read_file(file), "damaged");
  remove_file(file);
  EXPECT_EQ(error({folder.path(), "", server.url("/other")}).kind(), ErrorKind::corrupt);
  EXPECT_FALSE(file_exists(file));
  EXPECT_EQ(fetch().compared_with, "uracil.npz.sha256");
  write_file_atomic(file + ".sha256", "not a sum\n");
  EXPECT_EQ(error({folder.path(), "", ""}).kind(), ErrorKind::corrupt);
}

TEST_F(Download, PublishedSumsAreCompared) {
  Md5 md5;
  md5.add(std::as_bytes(std::span(kContent)));
  set.md5 = md5.finish();
  EXPECT_EQ(fetch().compared_with, "its publisher");
  remove_file(file);
  remove_file(file + ".sha256");
  set.md5 = std::string(32, '0');
  EXPECT_THAT(error({folder.path(), "", ""}).what(), HasSubstr("has the MD5"));
  EXPECT_FALSE(file_exists(file));
  EXPECT_FALSE(file_exists(file + ".sha256"));
}

TEST_F(Download, GivenSumsAreTakenInEitherCase) {
  std::string upper = sha256(kContent);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(fetch(upper).compared_with, "--sha256");
  EXPECT_EQ(error({folder.path(), "12ab", ""}).kind(), ErrorKind::invalid_argument);
}

TEST_F(Download, RedirectionsAreFollowed) {
  set.url = server.url("/moved");
  EXPECT_EQ(fetch().sha256, sha256(kContent));
}

TEST_F(Download, WhatGoesWrongIsOneLineAndLeavesNothing) {  // AR-03
  const std::pair<const char*, const char*> cases[] = {{"/gone", "404"},      {"/cut", "bytes remaining"},
                                                       {"/loop", "redirect"}, {"/file", "rotocol"},
                                                       {"/broken", "500"},    {"/junk", "HTTP/0.9"}};
  for (const auto& [path, text] : cases) {
    SCOPED_TRACE(path);
    expect_failure(run_spinel({"data", "get", "md17-uracil", "--to", folder.path(), "--url", server.url(path)}), 1,
                   text);
    EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>());
  }
}

TEST_F(Download, OtherContentThanExpectedIsNotKept) {  // AR-03
  expect_failure(run_spinel({"data", "get", "md17-uracil", "--to", folder.path(), "--url", server.url("/other"),
                             "--sha256", sha256(kContent)}),
                 2, "expected is " + sha256(kContent));
  // QM9's publisher states the sum.
  expect_failure(run_spinel({"data", "get", "qm9", "--to", folder.path(), "--url", server.url("/other")}), 2,
                 "expected is ad1ebd51ee7f5b3a6e32e974e5d54012");
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>());
}

TEST_F(Download, WithoutANetworkOrWithAnotherProtocolNothingIsWritten) {  // AR-03
  uint16_t closed_port = 0;
  { closed_port = TcpListener().port(); }
  const std::string nobody = format("http://127.0.0.1:{}/x", closed_port);
  const auto get = [&](const std::string& url) {
    return run_spinel({"data", "get", "md17-uracil", "--to", folder.path(), "--url", url});
  };
  expect_failure(get(nobody), 1, "cannot be downloaded");
  expect_failure(get("http://nowhere.invalid/x"), 1, "resolve");
  expect_failure(get("file:///etc/passwd"), 2, "http://");
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>());
}

TEST_F(Download, SaysWhichCommandMakesExtendedXyzOfTheFile) {
  const std::string path = folder.file("my data");
  const ProcessResult result = run_spinel({"data", "get", "md17-uracil", "--to", path, "--url", server.url("/good")});
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output,
              HasSubstr("spinel convert '" + path + "/md17_uracil.npz' -o '" + path + "/md17_uracil.xyz'\n"));
}

TEST(DataCommand, InfoSaysTheCommandsForTheConfigs) {
  EXPECT_THAT(run_spinel({"data", "info", "qm9"}).output,
              HasSubstr("  spinel data get qm9 --to data/qm9\n"
                        "  spinel data get qm9-uncharacterized --to data/qm9\n"
                        "  spinel convert data/qm9/dsgdb9nsd.xyz.tar.bz2 --exclude data/qm9/uncharacterized.txt "
                        "-o data/qm9/qm9.xyz\n"));
  EXPECT_THAT(run_spinel({"data", "info", "iso17"}).output,
              HasSubstr("convert data/iso17/iso17.tar.gz --member reference_eq.db -o data/iso17/reference_eq.xyz\n"));
}

TEST(DataSets, NothingThatAFolderIsCalledIsTakenForAPlaceholder) {
  EXPECT_EQ(
      commands_after_fetching({"x", "", "", "", "", "", "", "f", "", "", {"do {file} -o {folder}/y"}}, "{folder}'s"),
      std::vector<std::string>{"do '{folder}'\\''s/f' -o '{folder}'\\''s/y'"});
}

TEST(DataCommand, KnowsTheSetsAndNamesTheNearest) {
  EXPECT_THAT(run_spinel({"data", "info"}).output, HasSubstr("md17-ethanol"));
  EXPECT_THAT(run_spinel({"data", "info", "qm9"}).output, HasSubstr("ad1ebd51ee7f5b3a6e32e974e5d54012"));
  expect_failure(run_spinel({"data", "get", "md17-etanol"}), 2, "did you mean 'md17-ethanol'?");
  expect_failure(run_spinel({"data", "get", "materials-project"}), 2, "materialsproject.org");
}

TEST(DataCommand, DescribesAFile) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a.xyz"),
                    "1\nProperties=species:S:1:pos:R:3 energy=1.5\nH nan 0 0\n"
                    "2\nProperties=species:S:1:pos:R:3 energy=inf\nO 0 0 0\nH 1 0 0\n");
  const ProcessResult result = run_spinel({"data", "info", folder.file("a.xyz")});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  for (const char* text : {"2 frames, 0 of them periodic", "1 … 2, mean 1.5", "H 2  O 1", "1 values not finite",
                           "energy: in 2 frames, 1.5 … 1.5, mean 1.5, 1 values not finite"}) {
    EXPECT_THAT(result.output, HasSubstr(text));
  }
}

}  // namespace
}  // namespace spinel::cli
