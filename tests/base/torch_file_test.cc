#include "spinel/base/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/allocation_fault.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/zip_writer.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;

std::string golden(const std::string& name) { return source_dir() + "/tests/golden/torch_file/" + name; }

struct Case {
  const char* checkpoint;
  const char* expected;
  std::vector<std::string> left_out;
};

class PublishedForm : public ::testing::TestWithParam<Case> {};

TEST_P(PublishedForm, HasTheTensorsThatPyTorchReads) {
  const SafetensorsFile expected = SafetensorsFile::open(golden(GetParam().expected));
  const TorchFile file = TorchFile::open(golden(GetParam().checkpoint));
  size_t count = 0;
  for (const std::string& name : expected.names()) {
    const auto& left_out = GetParam().left_out;
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) continue;
    ++count;
    const TorchTensor* tensor = file.find(name);
    ASSERT_TRUE(tensor) << name;
    EXPECT_EQ(to_string(tensor->dtype), to_string(expected.tensor(name).dtype)) << name;
    EXPECT_EQ(tensor->shape, expected.tensor(name).shape) << name;
    const std::vector<std::byte> bytes = tensor->contiguous();
    ASSERT_EQ(bytes.size(), expected.tensor(name).bytes.size()) << name;
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.tensor(name).bytes.begin())) << name;
  }
  EXPECT_EQ(file.tensors().size(), count);
}

INSTANTIATE_TEST_SUITE_P(
    Files, PublishedForm,
    ::testing::Values(Case{"state_protocol2.pt", "state.safetensors", {}},
                      Case{"state_protocol3.pt", "state.safetensors", {}},
                      Case{"state_protocol4.pt", "state.safetensors", {}},
                      Case{"state_protocol5.pt", "state.safetensors", {}}, Case{"legacy.pt", "state.safetensors", {}},
                      Case{"module.pt", "state.safetensors", {}}, Case{"lightning.ckpt", "state.safetensors", {}},
                      Case{"views.pt", "views.safetensors", {}}, Case{"deflated.pt", "views.safetensors", {}},
                      Case{"legacy_views.pt", "views.safetensors", {"u16", "f8"}},
                      Case{"schnetpack_best_model.pt", "schnetpack_best_model.safetensors", {}}));

TEST(TorchFile, KeepsTheOrderAndThePlainValues) {
  const TorchFile file = TorchFile::open(golden("lightning.ckpt"));
  EXPECT_EQ(file.tensors()[0].name, "0.weight");
  EXPECT_EQ(file.tensors()[1].name, "0.bias");
  EXPECT_EQ(file.values().at("epoch"), "3");
  EXPECT_EQ(file.values().at("hyper_parameters.lr"), "0.001");
  EXPECT_EQ(file.values().at("hyper_parameters.betas.1"), "0.999");
  EXPECT_EQ(file.values().at("hyper_parameters.flag"), "true");
  EXPECT_EQ(file.values().at("pytorch-lightning_version"), "2.0");
}

TEST(TorchFile, SharedStoragesStaySharedAndTransposedOnesAreNotContiguous) {
  const TorchFile file = TorchFile::open(golden("views.pt"));
  EXPECT_EQ(file.find("base")->storage.data(), file.find("transposed")->storage.data());
  EXPECT_TRUE(file.find("base")->is_contiguous());
  EXPECT_FALSE(file.find("transposed")->is_contiguous());
  EXPECT_EQ(file.find("none"), nullptr);
}

TEST(TorchFile, IsWrittenAsSafetensors) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("a"), TorchFile::open(golden("views.pt")), {{"from", "views.pt"}});
  const SafetensorsFile ours = SafetensorsFile::open(folder.file("a"));
  const SafetensorsFile expected = SafetensorsFile::open(golden("views.safetensors"));
  EXPECT_EQ(ours.metadata().at("from"), "views.pt");
  ASSERT_EQ(ours.names().size(), expected.names().size());
  for (const std::string& name : expected.names()) {
    const auto a = ours.tensor(name).bytes, b = expected.tensor(name).bytes;
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << name;
  }
}

TEST(TorchFile, SafetensorsReaderPointsToConvert) {  // ST-14
  const Error error = error_of([] { SafetensorsFile::open(golden("views.pt")); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("spinel convert"));
  EXPECT_THAT(error_of([] { SafetensorsFile::open(golden("legacy.pt")); }).what(), HasSubstr("spinel convert"));
}

Error parse_error(const std::string& bytes) {
  return error_of([&] { TorchFile::parse(std::as_bytes(std::span(bytes)), "c.pt"); });
}

TEST(TorchFile, EveryCutIsCorrupt) {  // ST-15
  for (const char* name : {"state_protocol4.pt", "legacy.pt", "deflated.pt"}) {
    const std::string whole = read_file(golden(name));
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(parse_error(whole.substr(0, size)).kind(), ErrorKind::corrupt) << name << " " << size;
    }
  }
}

TEST(TorchFile, FlippedBytesAreCorruptOrHarmless) {  // ST-15
  const std::string whole = read_file(golden("deflated.pt"));
  int refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    const Error error = parse_error(changed);
    const bool harmless = error.kind() == ErrorKind::internal;  // none was thrown: dates, versions, attributes
    EXPECT_TRUE(harmless || error.kind() == ErrorKind::corrupt) << i << " " << error.what();
    refused += !harmless;
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) / 2);
}

std::string checkpoint(const std::string& pickle, const std::string& storage = "") {
  return zip_of({{"a/data.pkl", "\x80\x02" + pickle + "."}, {"a/data/0", storage}});
}

/// The opcodes of a tensor over storage 0, with these opcodes for the number of elements, offset, sizes and strides.
std::string tensor(const std::string& size, const std::string& offset, const std::string& sizes,
                   const std::string& strides, const std::string& type = "FloatStorage") {
  return "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\n" + type + "\nU\x01" + "0U\x03" + "cpu" + size +
         "tQ" + offset + sizes + strides + "\x89}tR";
}
std::string one(char value) { return std::string("K") + value; }
std::string tuple1(const std::string& value) { return value + "\x85"; }

TEST(TorchFile, ATensorMustFitItsStorage) {  // ST-15
  const std::string data(16, '\1');
  const auto kind = [&](const std::string& opcodes) { return parse_error(checkpoint(opcodes, data)); };
  const std::string four = one(4), zero(2, '\0'), none = std::string("K\0", 2);
  const Error good = kind(tensor(four, none, tuple1(four), tuple1(one(1))));
  EXPECT_EQ(good.kind(), ErrorKind::internal) << good.what();  // nothing was thrown
  EXPECT_THAT(kind(tensor(one(5), none, tuple1(four), tuple1(one(1)))).what(),
              HasSubstr("has 16 bytes in the archive, but 20"));
  EXPECT_THAT(kind(tensor(four, none, tuple1(one(5)), tuple1(one(1)))).what(), HasSubstr("reaches beyond its storage"));
  EXPECT_THAT(kind(tensor(four, one(1), tuple1(four), tuple1(one(1)))).what(), HasSubstr("reaches beyond its storage"));
  EXPECT_THAT(kind(tensor(four, one(5), tuple1(none), tuple1(one(1)))).what(), HasSubstr("reaches beyond"));
  EXPECT_THAT(kind(tensor(four, none, tuple1(four), tuple1(one(2)))).what(), HasSubstr("reaches beyond"));
  const std::string minus_one = "J\xff\xff\xff\xff", huge = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
  for (const std::string& bad : {minus_one, huge}) {
    EXPECT_EQ(kind(tensor(four, none, tuple1(bad), tuple1(one(1)))).kind(), ErrorKind::corrupt);
    EXPECT_EQ(kind(tensor(four, none, tuple1(four), tuple1(bad))).kind(), ErrorKind::corrupt);
    EXPECT_EQ(kind(tensor(four, bad, tuple1(four), tuple1(one(1)))).kind(), ErrorKind::corrupt);
    EXPECT_EQ(kind(tensor(bad, none, tuple1(four), tuple1(one(1)))).kind(), ErrorKind::corrupt);
  }
  // A billion elements over one, by stride 0.
  EXPECT_THAT(kind(tensor(four, none, tuple1("J\x00\x00\x00\x40" + std::string()), tuple1(none))).what(),
              HasSubstr("c.pt"));
  EXPECT_THAT(kind(tensor(four, none, tuple1(std::string("J\0\0\0\x40", 5)), tuple1(none))).what(),
              HasSubstr("too large"));
  EXPECT_THAT(kind(tensor(four, none, tuple1(four), tuple1(one(1)), "ComplexFloatStorage")).what(),
              HasSubstr("unknown"));
}

TEST(TorchFile, NothingIsCalledThatIsNotKnown) {  // ST-15
  const TemporaryFolder folder;
  const std::string command = "touch " + folder.file("executed");
  const Error error = parse_error(checkpoint("cposix\nsystem\nX" + little(command.size(), 4) + command + "\x85R"));
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("asks to call 'posix.system'"));
  EXPECT_FALSE(file_exists(folder.file("executed")));
  EXPECT_EQ(parse_error(checkpoint("c__builtin__\neval\nU\x01x\x85R")).kind(), ErrorKind::corrupt);
  EXPECT_EQ(parse_error(checkpoint("NN\x85R")).kind(), ErrorKind::corrupt);
}

TEST(TorchFile, MalformedPicklesAreCorrupt) {  // ST-15
  const std::string too_long = "]" + std::string(1'000'001, '0');
  for (const std::string& opcodes : {std::string("}q\x01U\x01"
                                                 "ah\x01s"),  // a dict that holds itself
                                     std::string("]q\x01h\x01"
                                                 "a"),  // a list that holds itself
                                     std::string("h\x05"),
                                     std::string("t"),
                                     std::string("a"),
                                     std::string("s"),
                                     std::string("u"),
                                     std::string("R"),
                                     std::string("b"),
                                     std::string("\x86"),
                                     std::string("(0"),
                                     std::string("Q"),
                                     std::string("cno line end"),
                                     std::string("X\xff\xff\xff\xff"),
                                     std::string("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"),
                                     std::string("I1\n"),
                                     std::string("i"),
                                     std::string("\x82\x01"),
                                     std::string("Pid\n"),
                                     std::string("\xff"),
                                     std::string("}(U\x01"
                                                 "au"),
                                     std::string("(U\x01"
                                                 "ad"),
                                     std::string("K\x01K\x02"
                                                 "a"),
                                     std::string("(") + std::string(100'000, '('),
                                     std::string("]"),
                                     std::string("N"),
                                     "]" + [] {
                                       std::string text;
                                       for (int i = 0; i < 500'000; ++i) text += "N0";
                                       return text;
                                     }()}) {
    const Error error = parse_error(checkpoint(opcodes));
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << ::testing::PrintToString(opcodes.substr(0, 40)) << error.what();
  }
  EXPECT_EQ(parse_error(zip_of({{"a/data.pkl", "\x80\x07N."}})).kind(), ErrorKind::corrupt);
  EXPECT_EQ(parse_error(zip_of({{"a/data.pkl", "N."}})).kind(), ErrorKind::corrupt);
  EXPECT_EQ(parse_error(zip_of({{"a/data.pkl", ""}})).kind(), ErrorKind::corrupt);
}

TEST(TorchFile, DeeplyNestedValuesAreCorruptNotAStackOverflow) {
  std::string opcodes = "N";
  for (int i = 0; i < 200'000; ++i) opcodes += "\x85";
  EXPECT_EQ(parse_error(checkpoint(opcodes)).kind(), ErrorKind::corrupt);
}

TEST(TorchFile, OtherArchivesAreNamed) {
  EXPECT_THAT(parse_error(zip_of({{"x.txt", "x"}})).what(), HasSubstr("no data.pkl"));
  EXPECT_THAT(parse_error(zip_of({{"a/constants.pkl", "x"}})).what(), HasSubstr("TorchScript"));
  EXPECT_THAT(parse_error(zip_of({{"a/data.pkl", "\x80\x02}."}, {"a/byteorder", "big"}})).what(), HasSubstr("'big'"));
  EXPECT_THAT(parse_error("not a checkpoint").what(), HasSubstr("neither a zip archive nor a pickle"));
  EXPECT_THAT(parse_error("\x80\x02}.").what(), HasSubstr("not one that torch.save wrote"));
  EXPECT_THAT(parse_error(zip_of({{"a", "x"}, {"a", "y"}})).what(), HasSubstr("twice"));
  EXPECT_EQ(error_of([] { TorchFile::open("/no/such/file"); }).kind(), ErrorKind::not_found);
}

TEST(TorchFile, EveryFailedAllocationIsUnavailable) {  // FI-01
  const std::string path = golden("deflated.pt");
  for_each_failing_allocation([&] { TorchFile::open(path); });
}

}  // namespace
}  // namespace spinel
