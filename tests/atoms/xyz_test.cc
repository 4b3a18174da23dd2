#include "spinel/atoms/xyz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "tests/support/paths.h"

namespace spinel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string data(const std::string& name) { return source_dir() + "/tests/atoms/data/" + name; }

template <typename T>
const std::vector<T>& values(const FrameProperty& property) {
  return std::get<std::vector<T>>(property.values);
}
template <typename T>
const std::vector<T>& values(const AtomProperty& property) {
  return std::get<std::vector<T>>(property.values);
}

// The only frame of one hydrogen atom with this comment.
Frame with_comment(const std::string& comment, const XyzReadOptions& options = {}) {
  return parse_xyz("1\n" + comment + "\nH 0 0 0\n", "t.xyz", options).at(0);
}

std::string error_of(const std::string& text, ErrorKind kind = ErrorKind::corrupt, const XyzReadOptions& options = {}) {
  try {
    parse_xyz(text, "t.xyz", options);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(XyzReader, ReadsWhatAseWrote) {
  const auto frames = read_xyz(data("ase.xyz"));
  ASSERT_EQ(frames.size(), 3u);
  const Frame& a = frames[0];
  EXPECT_THAT(a.numbers, ElementsAre(6, 6, 8, 1, 1, 1, 1, 1, 1));
  EXPECT_EQ(a.positions[8], (Vector3{1.128599, -1.037234, -0.885881}));
  EXPECT_FALSE(a.periodic());
  EXPECT_EQ(values<double>(a.info.at("energy")).front(), -4.5);
  EXPECT_EQ(values<double>(a.info.at("free_energy")).front(), -4.6);
  EXPECT_EQ(values<std::string>(a.info.at("name")).front(), "ethanol");
  EXPECT_EQ(values<std::string>(a.info.at("note")).front(), "two words");
  EXPECT_EQ(values<std::string>(a.info.at("quote")).front(), "say \"hi\"");
  EXPECT_EQ(values<std::string>(a.info.at("eq")).front(), "a=b");
  EXPECT_EQ(values<std::string>(a.info.at("brace")).front(), "{x}");
  EXPECT_EQ(values<std::string>(a.info.at("uid")).front(), "0123");
  EXPECT_EQ(values<std::string>(a.info.at("obj")).front(), R"(_JSON {"k": [1, 2], "s": "x"})");
  EXPECT_THAT(values<std::string>(a.info.at("words")), ElementsAre("a", "b c"));
  EXPECT_EQ(values<uint8_t>(a.info.at("flag")).front(), 1);
  EXPECT_EQ(values<uint8_t>(a.info.at("off")).front(), 0);
  EXPECT_EQ(values<uint8_t>(a.info.at("none")).front(), 1);
  EXPECT_EQ(values<int64_t>(a.info.at("big")).front(), 1099511627776);
  EXPECT_EQ(values<double>(a.info.at("tiny")).front(), 1e-12);
  EXPECT_EQ(values<double>(a.info.at("version")).front(), 3.0);
  EXPECT_TRUE(std::isnan(values<double>(a.info.at("nan")).front()));
  EXPECT_THAT(a.info.at("vec").shape, ElementsAre(3));
  EXPECT_THAT(values<double>(a.info.at("vec")), ElementsAre(1, 2.5, 3));
  EXPECT_THAT(values<int64_t>(a.info.at("ints")), ElementsAre(1, 2, 3));
  EXPECT_THAT(values<uint8_t>(a.info.at("bools")), ElementsAre(1, 0));
  EXPECT_THAT(a.info.at("mat").shape, ElementsAre(2, 3));
  EXPECT_THAT(values<double>(a.info.at("mat")), ElementsAre(0, 0.5, 1, 1.5, 2, 2.5));
  EXPECT_THAT(a.info.at("imat").shape, ElementsAre(2, 2));
  EXPECT_EQ(a.arrays.at("forces").columns, 3);
  EXPECT_EQ(values<double>(a.arrays.at("forces"))[26], 1.93508803);
  EXPECT_EQ(values<std::string>(a.arrays.at("tag_text"))[1], "b2");
  EXPECT_EQ(values<uint8_t>(a.arrays.at("mask"))[0], 1);
  EXPECT_EQ(values<uint8_t>(a.arrays.at("mask"))[1], 0);
  EXPECT_EQ(values<int64_t>(a.arrays.at("tags"))[8], 8);

  const Frame& b = frames[1];
  EXPECT_EQ(b.pbc, (std::array{true, true, true}));
  EXPECT_EQ(b.cell[1], (Vector3{0.3, 3.61, 0}));
  EXPECT_THAT(b.info.at("stress").shape, ElementsAre(3, 3));
  EXPECT_THAT(values<double>(b.info.at("stress")), ElementsAre(.1, .06, .05, .06, .2, .04, .05, .04, .3));
  EXPECT_TRUE(b.arrays.contains("momenta"));

  const Frame& c = frames[2];
  EXPECT_THAT(c.numbers, ElementsAre(0, 2));
  EXPECT_EQ(c.pbc, (std::array{true, true, false}));
  EXPECT_EQ(c.cell[0], (Vector3{0, 5, 0}));  // left-handed
  EXPECT_THAT(values<double>(c.info.at("virial")), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(values<double>(c.info.at("stress"))[8], -8.0 / 150);
}

TEST(XyzReader, ReadsPlainFilesVectorsAndGzip) {
  const auto plain = read_xyz(data("ase_plain.xyz"));
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_THAT(plain[1].numbers, ElementsAre(6, 8, 8));
  EXPECT_EQ(plain[0].positions[2][1], -0.763239);
  EXPECT_TRUE(plain[0].info.contains("comment"));
  EXPECT_FALSE(plain[0].periodic());
  const auto silicon = read_xyz(data("ase_vec.xyz"));
  ASSERT_EQ(silicon.size(), 1u);
  EXPECT_EQ(silicon[0].cell[2], (Vector3{2.715, 2.715, 0}));
  EXPECT_EQ(silicon[0].pbc, (std::array{true, true, true}));
  const auto packed = read_xyz(data("ase.xyz.gz"));
  ASSERT_EQ(packed.size(), 1u);
  EXPECT_EQ(packed[0].positions, read_xyz(data("ase.xyz"))[1].positions);
}

TEST(XyzReader, QuotesAndEscapes) {
  const Frame f =
      with_comment(R"(a='x y' b={1 2 3} c=[4.5, 5] d="q \" q" e=a\ b  "key with blank"=1 f=T,F g = 7 bare h=)"
                   R"( i="" j=[[1, 2], [3, 4]] k='[[a]]' l=1_000 m=x\=y)");
  EXPECT_EQ(values<std::string>(f.info.at("a"))[0], "x y");
  EXPECT_THAT(values<int64_t>(f.info.at("b")), ElementsAre(1, 2, 3));
  EXPECT_THAT(values<double>(f.info.at("c")), ElementsAre(4.5, 5));
  EXPECT_EQ(values<std::string>(f.info.at("d"))[0], "q \" q");
  EXPECT_EQ(values<std::string>(f.info.at("e"))[0], "a b");
  EXPECT_EQ(values<int64_t>(f.info.at("key with blank"))[0], 1);
  EXPECT_THAT(values<uint8_t>(f.info.at("f")), ElementsAre(1, 0));
  EXPECT_EQ(values<int64_t>(f.info.at("g"))[0], 7);
  EXPECT_EQ(values<uint8_t>(f.info.at("bare"))[0], 1);
  EXPECT_EQ(values<std::string>(f.info.at("h"))[0], "i=");
  EXPECT_THAT(f.info.at("j").shape, ElementsAre(2, 2));
  EXPECT_THAT(values<int64_t>(f.info.at("j")), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(values<std::string>(f.info.at("k"))[0], "[[a]]");
  EXPECT_EQ(values<std::string>(f.info.at("l"))[0], "1_000");
  EXPECT_EQ(values<std::string>(f.info.at("m"))[0], "x=y");
}

TEST(XyzReader, NumbersOfAllKinds) {
  const Frame f =
      with_comment("a=1.0D-3 b=+5 c=-inf d=1e400 e=1e-400 f=99999999999999999999 g=-2.5d+02 h=1E5 i=0x10 j=NaN");
  EXPECT_EQ(values<double>(f.info.at("a"))[0], 1e-3);  // CI-06
  EXPECT_EQ(values<int64_t>(f.info.at("b"))[0], 5);
  EXPECT_EQ(values<double>(f.info.at("c"))[0], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(values<double>(f.info.at("d"))[0], std::numeric_limits<double>::infinity());
  EXPECT_EQ(values<double>(f.info.at("e"))[0], 0);
  EXPECT_EQ(values<double>(f.info.at("f"))[0], 1e20);
  EXPECT_EQ(values<double>(f.info.at("g"))[0], -250);
  EXPECT_EQ(values<double>(f.info.at("h"))[0], 1e5);
  EXPECT_EQ(values<std::string>(f.info.at("i"))[0], "0x10");
  EXPECT_TRUE(std::isnan(values<double>(f.info.at("j"))[0]));
}

TEST(XyzReader, CellAndPeriodicity) {
  const Frame f = with_comment("Lattice=\"1 2 3 4 5 6 7 8 10\"");
  EXPECT_EQ(f.cell, (Matrix3{{{1, 2, 3}, {4, 5, 6}, {7, 8, 10}}}));
  EXPECT_EQ(f.pbc, (std::array{true, true, true}));
  EXPECT_EQ(with_comment("pbc=\"T F T\" Lattice=\"1 0 0 0 1 0 0 0 1\"").pbc, (std::array{true, false, true}));
  EXPECT_EQ(with_comment("Lattice=\"1 0 0 0 1 0 0 0 1\" pbc=\"0 1 1\"").pbc, (std::array{false, true, true}));
  EXPECT_EQ(with_comment("pbc=F Lattice=\"1 0 0 0 1 0 0 0 1\"").pbc, (std::array{false, false, false}));
  EXPECT_EQ(with_comment("").pbc, (std::array{false, false, false}));
}

TEST(XyzReader, StressAndVirial) {
  const Frame voigt = with_comment("stress=\"1 2 3 4 5 6\"");
  EXPECT_THAT(values<double>(voigt.info.at("stress")), ElementsAre(1, 6, 5, 6, 2, 4, 5, 4, 3));
  const Frame virial = with_comment("Lattice=\"2 0 0 0 2 0 0 0 -2\" virials=\"8 0 0 0 16 0 0 0 24\"");
  EXPECT_THAT(values<double>(virial.info.at("stress")), ElementsAre(-1, 0, 0, 0, -2, 0, 0, 0, -3));
  const Frame both =
      with_comment("Lattice=\"2 0 0 0 2 0 0 0 2\" virial=\"8 0 0 0 16 0 0 0 24\" stress=\"9 0 0 0 9 0 0 0 9\"");
  EXPECT_EQ(values<double>(both.info.at("stress"))[0], 9);
  EXPECT_FALSE(with_comment("virial=\"8 0 0 0 16 0 0 0 24\"").info.contains("stress"));
  XyzReadOptions raw;
  raw.stress_from_virial = false;
  EXPECT_FALSE(
      with_comment("Lattice=\"2 0 0 0 2 0 0 0 2\" virials=\"8 0 0 0 16 0 0 0 24\"", raw).info.contains("stress"));
}

TEST(XyzReader, ColumnsInAnyOrder) {
  const auto frames = parse_xyz(
      "2\nProperties=flag:L:1:pos:R:3:Z:I:1:label:S:2:charge:R:1:species:S:1\n"
      "T 1 2 3 6 a b -0.5 anything\nFalse 4 5 6 1 c d 5D-1 H\n1\n\ncl 0 0 0 9.9 extra\n\n  \n",
      "t.xyz");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_THAT(frames[0].numbers, ElementsAre(6, 1));
  EXPECT_EQ(frames[0].positions[1], (Vector3{4, 5, 6}));
  EXPECT_THAT(values<uint8_t>(frames[0].arrays.at("flag")), ElementsAre(1, 0));
  EXPECT_THAT(values<std::string>(frames[0].arrays.at("label")), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(values<double>(frames[0].arrays.at("charges")), ElementsAre(-0.5, 0.5));
  EXPECT_EQ(frames[0].arrays.size(), 3u);
  EXPECT_THAT(frames[1].numbers, ElementsAre(17));
  EXPECT_TRUE(frames[1].arrays.empty());
}

TEST(XyzReader, LineEndsAndEmptyFiles) {
  const auto crlf = parse_xyz("1\r\nenergy=1.5\r\nH 0 0 0\r\n\r\n", "t.xyz");
  ASSERT_EQ(crlf.size(), 1u);
  EXPECT_EQ(values<double>(crlf[0].info.at("energy"))[0], 1.5);
  EXPECT_EQ(parse_xyz("1\n\nH 0 0 0", "t.xyz").size(), 1u);  // no final newline
  EXPECT_TRUE(parse_xyz("", "t.xyz").empty());
  EXPECT_TRUE(parse_xyz("\n\n \n", "t.xyz").empty());
  EXPECT_EQ(parse_xyz("0\n\n", "t.xyz").at(0).size(), 0);
  EXPECT_THAT(parse_xyz("1\n\n6 0 0 0\n", "t.xyz").at(0).numbers, ElementsAre(6));
}

TEST(XyzReader, MixedFramesOfOneFile) {  // CI-06
  const auto frames = parse_xyz(
      "1\nProperties=species:S:1:pos:R:3 energy=1\nH 0 0 0\n2\nplain text\nO 0 0 0 1 2\nO 1 0 0\n"
      "1\nProperties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 1 2 3\n",
      "t.xyz");
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_TRUE(frames[1].arrays.empty());
  EXPECT_EQ(frames[2].arrays.at("forces").columns, 3);
}

TEST(XyzReader, BrokenFilesAreErrorsWithFrameAndLine) {  // CI-06
  const std::string good = "1\nenergy=1\nH 0 0 0\n";
  EXPECT_EQ(error_of(good + "2\n\nH 0 0 0\n"),
            "t.xyz: frame 2, line 6: the file ends after 1 of 2 atoms; it is truncated, or the number is wrong");
  EXPECT_THAT(error_of(good + "1"), HasSubstr("frame 2, line 4: the file ends before the comment line"));
  EXPECT_THAT(error_of("1\n\nH 0 0 0\nH 0 0 1\n"), HasSubstr("frame 2, line 4: 'H 0 0 1' is no number of atoms"));
  EXPECT_THAT(error_of("2\n\nH 0 0 0\n1\n\nH 0 0 0\n"), HasSubstr("frame 1, line 4: the line ends before pos"));
  EXPECT_THAT(error_of("-1\n\n"), HasSubstr("'-1' is no number of atoms"));
  EXPECT_THAT(error_of("1e3\n\n"), HasSubstr("'1e3' is no number of atoms"));
  EXPECT_THAT(error_of("99999999999\n\nH 0 0 0"), HasSubstr("claims 99999999999 atoms"));
  EXPECT_THAT(error_of("90000000\n\nH 0 0 0"), HasSubstr("ends after 1 of 90000000 atoms"));
  EXPECT_THAT(error_of("1\n\nH 0 ***** 0\n"),
              HasSubstr("line 3, column 5: '*****' is no real number, which pos needs"));
  EXPECT_THAT(error_of("1\n\nH 0 0\n"), HasSubstr("the line ends before pos"));
  EXPECT_THAT(error_of("1\n\nCx 0 0 0\n"), HasSubstr("line 3, column 1: 'Cx': no element has this symbol"));
  EXPECT_THAT(error_of("1\n\n119 0 0 0\n"), HasSubstr("'119': no element"));
  EXPECT_THAT(error_of("1\nProperties=species:S:1:pos:R:3\nH 0 0 0 1\n"),
              HasSubstr("column 9: '1' follows the columns"));
  EXPECT_THAT(error_of("1\nProperties=species:S:1:pos:R:3:n:I:1\nH 0 0 0 1.5\n"),
              HasSubstr("'1.5' is no integer, which n"));
  EXPECT_THAT(error_of("1\nProperties=species:S:1:pos:R:3:n:L:1\nH 0 0 0 2\n"), HasSubstr("'2' is no logical"));
  EXPECT_THAT(error_of("1\nProperties=Z:I:1:pos:R:3\n200 0 0 0\n"), HasSubstr("'200' is no integer, which Z needs"));
}

TEST(XyzReader, BrokenCommentsAreErrors) {  // CI-06
  auto comment = [](const std::string& text) { return error_of("1\n" + text + "\nH 0 0 0\n"); };
  EXPECT_EQ(comment("Lattice=\"1 0 0 0 1 0 0 0\""),
            "t.xyz: frame 1, line 2, column 1: Lattice holds 8 numbers; it must hold 9");
  EXPECT_THAT(comment("Lattice=\"1 0 0 0 1 0 0 0 1 1\""), HasSubstr("more than 9"));
  EXPECT_THAT(comment("a=1 Lattice=\"1 0 x 0 1 0 0 0 1\""), HasSubstr("column 5: Lattice holds 'x'"));
  EXPECT_THAT(comment("Lattice"), HasSubstr("Lattice holds 0 numbers"));
  EXPECT_THAT(comment("stress=\"1 2 3\""), HasSubstr("stress holds 3 numbers"));
  EXPECT_THAT(comment("note=\"open"), HasSubstr("column 6: the \" that opens here is not closed"));
  EXPECT_THAT(comment("v=[1 2 3"), HasSubstr("the [ that opens here is not closed; a ] is missing"));
  EXPECT_THAT(comment("pbc=\"T T\""), HasSubstr("pbc is 'T T'"));
  EXPECT_THAT(comment("pbc=\"1 2 0\""), HasSubstr("pbc is '1 2 0'"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:R"), HasSubstr("has 5 fields"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:Q:3"), HasSubstr("gives 'pos' the type 'Q'"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:R:0"), HasSubstr("gives 'pos' 0 columns"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:R:3:x:R:9999999999"), HasSubstr("9999999999 columns"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:R:2"), HasSubstr("it must be pos:R:3"));
  EXPECT_THAT(comment("Properties=species:S:1"), HasSubstr("lacks pos:R:3"));
  EXPECT_THAT(comment("Properties=pos:R:3"), HasSubstr("lacks species:S:1 or Z:I:1"));
  EXPECT_THAT(comment("Properties=species:S:1:pos:R:3:a:R:1:a:R:1"), HasSubstr("names 'a' twice"));
  EXPECT_NE(error_of("1\na=\"_JSON {broken\"\nH 0 0 0\n", ErrorKind::invalid_argument), "no error");
}

TEST(XyzReader, PositionsMustBeFiniteUnlessAllowed) {  // CI-05
  const std::string text = "1\nforce=nan\nH 0 nan 0\n";
  EXPECT_THAT(error_of(text, ErrorKind::invalid_argument),
              HasSubstr("line 3, column 5: the position 'nan' is not finite"));
  XyzReadOptions options;
  options.allow_nonfinite = true;
  EXPECT_TRUE(std::isnan(parse_xyz(text, "t.xyz", options)[0].positions[0][1]));
  EXPECT_THAT(error_of("1\nLattice=\"1 0 0 0 inf 0 0 0 1\"\nH 0 0 0\n", ErrorKind::invalid_argument),
              HasSubstr("Lattice holds inf"));
}

TEST(XyzReader, StreamsAndCounts) {
  const std::string text = "1\n\nH 0 0 0\n2\n\nH 0 0 0\nH 0 0 1\n";
  XyzReader reader(text, "t.xyz");
  Frame frame;
  EXPECT_TRUE(reader.next(frame));
  EXPECT_EQ(reader.count(), 1);
  EXPECT_TRUE(reader.next(frame));
  EXPECT_EQ(frame.size(), 2);
  EXPECT_FALSE(reader.next(frame));
  EXPECT_EQ(reader.count(), 2);
  EXPECT_THROW(read_xyz(data("absent.xyz")), Error);
}

// Cut anywhere: whole frames, or an error; never a crash.
TEST(XyzReader, CutAtEachByte) {  // CI-06
  const std::string text =
      "2\nLattice=\"4 0 0 0 4 0 0 0 4\" Properties=species:S:1:pos:R:3 a=[1, 2]\nH 0 0 0\nO 0 0 1.5\n";
  for (size_t length = 0; length < text.size(); ++length) {
    try {
      const auto frames = parse_xyz(text.substr(0, length), "t.xyz");
      EXPECT_LE(frames.size(), 1u);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("t.xyz: frame 1, line "));
    }
  }
}

}  // namespace
}  // namespace spinel
