#include "spinel/base/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "spinel/base/error.h"
#include "tests/support/errors.h"
#include "tests/support/zip_writer.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;
using Kind = PickleValue::Kind;

bool callable(std::string_view name) { return name == "collections.OrderedDict" || name == "known.make"; }

/// A pickle of protocol 2 with these opcodes, and the bytes that it views.
struct Parsed {
  explicit Parsed(const std::string& opcodes) : bytes("\x80\x02" + opcodes + "."), pickle(view(), "p", callable) {}
  std::span<const std::byte> view() const { return std::as_bytes(std::span(bytes)); }
  const PickleValue& root() const { return pickle.root(); }
  std::string bytes;
  Pickle pickle;
};

Error pickle_error(const std::string& bytes) {
  return error_of([&] { Pickle(std::as_bytes(std::span(bytes)), "p", callable); });
}
Error opcode_error(const std::string& opcodes) { return pickle_error("\x80\x02" + opcodes + "."); }

std::string zeros(int count) { return std::string(static_cast<size_t>(count), '\0'); }

TEST(Pickle, ReadsIntegersOfEveryWidth) {
  struct Case {
    std::string opcodes;
    int64_t value;
  };
  for (const Case& c :
       {Case{"K\xff", 255}, Case{"M\x34\x12", 0x1234}, Case{"J\xff\xff\xff\xff", -1},
        Case{"J" + zeros(3) + "\x80", INT32_MIN}, Case{"\x8a" + zeros(1), 0}, Case{"\x8a\x01\x80", -128},
        Case{"\x8a\x02\x80" + zeros(1), 128}, Case{"\x8a\x08" + zeros(7) + "\x80", INT64_MIN},
        Case{"\x8b\x02" + zeros(3) + "\xfe\xff", -2}}) {
    const Parsed parsed(c.opcodes);
    ASSERT_TRUE(parsed.root().is(Kind::integer)) << testing::PrintToString(c.opcodes);
    EXPECT_EQ(parsed.root().integer, c.value) << testing::PrintToString(c.opcodes);
  }
  EXPECT_TRUE(Parsed("\x8a\x09" + zeros(8) + "\x01").root().is(Kind::big_integer));
}

TEST(Pickle, ReadsOtherScalars) {
  EXPECT_TRUE(Parsed("N").root().is(Kind::none));
  EXPECT_TRUE(Parsed("\x88").root().is(Kind::boolean));
  EXPECT_EQ(Parsed("\x88").root().integer, 1);
  EXPECT_EQ(Parsed("\x89").root().integer, 0);
  const Parsed number("G\x40\x09\x21\xfb\x54\x44\x2d\x18");
  EXPECT_TRUE(number.root().is(Kind::number));
  EXPECT_EQ(number.root().number, 3.141592653589793);
}

TEST(Pickle, ReadsTextsAndBytesOfEveryForm) {
  for (const std::string& opcodes : {"X\x02" + zeros(3) + "hi", std::string("\x8c\x02hi"), "\x8d\x02" + zeros(7) + "hi",
                                     "T\x02" + zeros(3) + "hi", std::string("U\x02hi")}) {
    const Parsed parsed(opcodes);
    EXPECT_TRUE(parsed.root().is(Kind::text));
    EXPECT_EQ(parsed.root().text, "hi");
    EXPECT_GE(parsed.root().text.data(), parsed.bytes.data());  // a view, not a copy
    EXPECT_LT(parsed.root().text.data(), parsed.bytes.data() + parsed.bytes.size());
  }
  for (const std::string& opcodes : {"B\x02" + zeros(3) + "hi", std::string("C\x02hi"), "\x8e\x02" + zeros(7) + "hi",
                                     "\x96\x02" + zeros(7) + "hi"}) {
    EXPECT_TRUE(Parsed(opcodes).root().is(Kind::bytes));
    EXPECT_EQ(Parsed(opcodes).root().text, "hi");
  }
}

TEST(Pickle, BuildsContainers) {
  struct Case {
    std::string opcodes;
    Kind kind;
    size_t items;
  };
  for (const Case& c :
       {Case{"]", Kind::list, 0}, Case{"(K\1K\2l", Kind::list, 2}, Case{"]K\1a", Kind::list, 1},
        Case{"](K\1K\2K\3e", Kind::list, 3}, Case{")", Kind::tuple, 0}, Case{"(t", Kind::tuple, 0},
        Case{"K\1\x85", Kind::tuple, 1}, Case{"K\1K\2\x86", Kind::tuple, 2}, Case{"K\1K\2K\3\x87", Kind::tuple, 3},
        Case{"(K\1K\2K\3K\4t", Kind::tuple, 4}, Case{"}", Kind::dict, 0}, Case{"(K\1K\2d", Kind::dict, 2},
        Case{"}K\1K\2s", Kind::dict, 2}, Case{"}(K\1K\2K\3K\4u", Kind::dict, 4}, Case{"\x8f", Kind::set, 0},
        Case{"\x8f(K\1K\2\x90", Kind::set, 2}, Case{"(K\1\x91", Kind::set, 1}}) {
    const Parsed parsed(c.opcodes);
    EXPECT_TRUE(parsed.root().is(c.kind)) << testing::PrintToString(c.opcodes);
    ASSERT_EQ(parsed.root().items.size(), c.items) << testing::PrintToString(c.opcodes);
    for (size_t i = 0; i < c.items; ++i) EXPECT_EQ(parsed.root().items[i]->integer, static_cast<int64_t>(i + 1));
  }
}

TEST(Pickle, FindsTextKeysOfDicts) {
  const Parsed parsed("}(U\1aK\1K\7K\2U\1bK\3u");
  EXPECT_EQ(parsed.root().find("a")->integer, 1);
  EXPECT_EQ(parsed.root().find("b")->integer, 3);
  EXPECT_EQ(parsed.root().find("c"), nullptr);
  EXPECT_EQ(parsed.root().pairs().size(), 6u);
  EXPECT_TRUE(Parsed("]").root().pairs().empty());
  EXPECT_EQ(Parsed("]").root().find("a"), nullptr);
}

TEST(Pickle, TheStackObeysItsOpcodes) {
  EXPECT_EQ(Parsed("K\1K\2"
                   "0")
                .root()
                .integer,
            1);  // POP
  EXPECT_EQ(Parsed("K\1(K\2K\3"
                   "1")
                .root()
                .integer,
            1);  // POP_MARK
  const Parsed twice(
      "K\5"
      "2\x86");  // DUP
  EXPECT_EQ(twice.root().items[0], twice.root().items[1]);
  EXPECT_EQ(Parsed("\x95" + zeros(8) + "K\1").root().integer, 1);  // FRAME
}

TEST(Pickle, MemosGiveTheSameValueAgain) {
  for (const std::string& opcodes :
       {"]q\7" + std::string("h\7\x86"), "]r\7" + zeros(3) + "j\7" + zeros(3) + "\x86", "]\x94h" + zeros(1) + "\x86"}) {
    const Parsed parsed(opcodes);
    ASSERT_EQ(parsed.root().items.size(), 2u);
    EXPECT_EQ(parsed.root().items[0], parsed.root().items[1]);
  }
  const Parsed circle(
      "]q\1h\1"
      "a");  // a list that holds itself
  EXPECT_EQ(circle.root().items[0], &circle.root());
}

TEST(Pickle, NotesGlobalsAndObjectsWithoutCallingThem) {
  EXPECT_EQ(Parsed("cos\nsystem\n").root().global_name(), "os.system");
  EXPECT_EQ(Parsed("U\2osU\6system\x93").root().global_name(), "os.system");
  const Parsed made("cknown\nmake\n(K\1K\2tR");
  EXPECT_TRUE(made.root().is(Kind::object));
  EXPECT_EQ(made.root().global_name(), "known.make");
  EXPECT_EQ(made.root().arguments()->items.size(), 2u);
  EXPECT_TRUE(made.root().state()->is(Kind::none));
  const Parsed instance("cany\nClass\n)\x81}U\1xK\5sb");  // NEWOBJ and BUILD need no permission: nothing is run
  EXPECT_EQ(instance.root().global_name(), "any.Class");
  EXPECT_EQ(instance.root().state()->find("x")->integer, 5);
  EXPECT_EQ(Parsed("cany\nClass\n)}\x92").root().global_name(), "any.Class");
  const Parsed ordered("ccollections\nOrderedDict\n)R(U\1aK\1u");
  EXPECT_EQ(ordered.root().find("a")->integer, 1);
  EXPECT_EQ(Parsed("K\1").root().global_name(), "");
  EXPECT_EQ(Parsed("K\1").root().arguments(), nullptr);
  EXPECT_EQ(Parsed("K\1").root().state(), nullptr);
  const Parsed reference(
      "U\3"
      "keyQ");
  EXPECT_TRUE(reference.root().is(Kind::persistent));
  EXPECT_EQ(reference.root().items[0]->text, "key");
}

TEST(Pickle, CallsAreAllowedByName) {  // ST-15
  EXPECT_THAT(opcode_error("cos\nsystem\n)R").what(), HasSubstr("asks to call 'os.system'"));
  EXPECT_THAT(opcode_error("K\1)R").what(), HasSubstr("something without a name"));
  EXPECT_EQ(opcode_error("cknown\nmake\nK\1R").kind(), ErrorKind::corrupt);  // arguments that are no tuple
}

TEST(Pickle, MalformedOnesAreCorruptAndSayWhere) {  // ST-15
  struct Case {
    std::string opcodes;
    const char* message;
  };
  for (const Case& c : {Case{"", "the stack is empty"},
                        Case{"0", "byte 2 of the pickle: the stack is empty"},
                        Case{"(0", "the stack is empty"},
                        Case{"K\1(0", "the stack is empty"},
                        Case{"t", "no mark"},
                        Case{"K\1K\2s", "the stack is empty"},
                        Case{"K\1K\2K\3s", "no container"},
                        Case{"](K\1u", "no container"},
                        Case{"}(K\1u", "a key without a value"},
                        Case{"(K\1d", "a key without a value"},
                        Case{"K\1a", "the stack is empty"},
                        Case{")K\1a", "no container"},
                        Case{"h\3", "memo 3 is empty"},
                        Case{"q\1", "the stack is empty"},
                        Case{"N\x85\x86", "the stack is empty"},
                        Case{"U\5ab", "5 bytes are needed, but 3 are left"},
                        Case{"X\xff\xff\xff\xff", "4294967295 bytes are needed"},
                        Case{"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615 bytes"},
                        Case{"cmodule", "a line has no end"},
                        Case{"cmodule\nname", "a line has no end"},
                        Case{"NN\x93", "no text"},
                        Case{"N)\x81", "made by no class"},
                        Case{"i", "opcode 0x69 is none that a checkpoint needs"},
                        Case{"P", "opcode 0x50"},
                        Case{"\x82\x01", "opcode 0x82"},
                        Case{std::string(1, '\0'), "opcode 0x00"}}) {
    const Error error = opcode_error(c.opcodes);
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << testing::PrintToString(c.opcodes);
    EXPECT_THAT(error.what(), HasSubstr(c.message)) << testing::PrintToString(c.opcodes);
  }
}

TEST(Pickle, OnlyProtocols2To5AreRead) {
  for (int protocol = 0; protocol < 256; ++protocol) {
    const Error error = pickle_error("\x80" + little(static_cast<uint64_t>(protocol), 1) + "N.");
    const bool known = protocol >= 2 && protocol <= 5;
    EXPECT_EQ(error.kind(), known ? ErrorKind::internal : ErrorKind::corrupt) << protocol;  // internal: none thrown
  }
  EXPECT_EQ(pickle_error("N.").kind(), ErrorKind::corrupt);
  EXPECT_EQ(pickle_error("").kind(), ErrorKind::corrupt);
}

TEST(Pickle, LeavesWhatFollowsAlone) {
  const std::string bytes = "\x80\x02K\7.trailing";
  const Pickle pickle(std::as_bytes(std::span(bytes)), "p", callable);
  EXPECT_EQ(pickle.root().integer, 7);
  EXPECT_EQ(pickle.size(), 5u);
}

TEST(Pickle, OpcodesAreLimited) {
  const auto opcodes = [](size_t count) { return "N" + std::string(count - 2, '2'); };  // N, then copies, then STOP
  EXPECT_EQ(opcode_error(opcodes(999'999)).kind(), ErrorKind::internal);                // nothing was thrown
  EXPECT_THAT(opcode_error(opcodes(1'000'001)).what(), HasSubstr("more than 1000000 opcodes"));
}

}  // namespace
}  // namespace spinel
