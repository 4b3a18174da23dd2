#include "spinel/sparse/matrix_market.h"

#include "spinel/base/platform/file.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MatrixMarket parse(const std::string& banner, const std::string& rest) {
  return parse_matrix_market("%%MatrixMarket matrix " + banner + "\n" + rest, "m.mtx");
}
std::string refused(const std::string& banner, const std::string& rest) {
  return error_of([&] { parse(banner, rest); });
}

TEST(MatrixMarket, Coordinates) {
  const MatrixMarket m = parse("coordinate real general", "% a comment\n\n3 2 2\n1 2 -1.5e2\n  3\t1 +4\r\n");
  EXPECT_EQ(m.rows, 3);
  EXPECT_EQ(m.cols, 2);
  EXPECT_THAT(m.row, ElementsAre(0, 2));
  EXPECT_THAT(m.col, ElementsAre(1, 0));
  EXPECT_THAT(m.real, ElementsAre(-150, 4));
  EXPECT_THAT(parse("coordinate integer general", "1 1 1\n1 1 9007199254740993\n").integer,
              ElementsAre(9007199254740993));
  EXPECT_THAT(parse("COORDINATE Pattern General", "1 2 1\n1 2\n").col, ElementsAre(1));
}

TEST(MatrixMarket, SymmetricPartsAreMirrored) {
  const MatrixMarket m = parse("coordinate real symmetric", "2 2 2\n1 1 3\n2 1 5\n");
  EXPECT_THAT(m.row, ElementsAre(0, 1, 0));
  EXPECT_THAT(m.col, ElementsAre(0, 0, 1));
  EXPECT_THAT(m.real, ElementsAre(3, 5, 5));
  EXPECT_THAT(parse("coordinate integer skew-symmetric", "2 2 1\n2 1 5\n").integer, ElementsAre(5, -5));
  EXPECT_THAT(parse("coordinate pattern symmetric", "2 2 1\n2 1\n").row, ElementsAre(1, 0));
}

TEST(MatrixMarket, ArraysGoByColumns) {
  const MatrixMarket m = parse("array real general", "2 2\n1\n0\n3\n4\n");
  EXPECT_THAT(m.row, ElementsAre(0, 0, 1));
  EXPECT_THAT(m.col, ElementsAre(0, 1, 1));
  EXPECT_THAT(m.real, ElementsAre(1, 3, 4));
  EXPECT_THAT(parse("array integer symmetric", "2 2\n1\n2\n3\n").integer, ElementsAre(1, 2, 2, 3));
  EXPECT_THAT(parse("array real skew-symmetric", "2 2\n7\n").real, ElementsAre(7, -7));
}

TEST(MatrixMarket, ColumnsWithoutRowsTakeNoTime) {
  EXPECT_EQ(parse("array real general", "0 9223372036854775807\n").cols, INT64_MAX);
  EXPECT_EQ(parse("array real general", "3 0\n").rows, 3);
  EXPECT_THAT(parse("array real skew-symmetric", "1 1\n").row, ElementsAre());
}

TEST(MatrixMarket, RefusesWhatIsBroken) {
  EXPECT_THAT(error_of([] { parse_matrix_market("", "m.mtx"); }), HasSubstr("m.mtx: it does not begin"));
  EXPECT_THAT(refused("coordinate complex general", ""), HasSubstr("'complex'"));
  EXPECT_THAT(refused("coordinate real hermitian", ""), HasSubstr("'hermitian'"));
  EXPECT_THAT(refused("array pattern general", ""), HasSubstr("only coordinates"));
  EXPECT_THAT(refused("coordinate real general", ""), HasSubstr("line of sizes"));
  EXPECT_THAT(refused("coordinate real general", "2 2\n"), HasSubstr("'' is no number of entries"));
  EXPECT_THAT(refused("coordinate real general", "2 2 -1\n"), HasSubstr("a size is negative"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1 4\n"), HasSubstr("'4' follows"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n"), HasSubstr("0 of 1 entries"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n0 1 1\n"),
              HasSubstr("m.mtx:3: the entry (0, 1) lies outside"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n1 3 1\n"), HasSubstr("(1, 3)"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n1 1\n"), HasSubstr("'' is no number"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n1 1 1 1\n"), HasSubstr("'1' follows"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n1 1 x\n"), HasSubstr("'x' is no number"));
  EXPECT_THAT(refused("coordinate real general", "2 2 1\n1 1 1\n2 2 2\n"), HasSubstr("more numbers"));
  EXPECT_THAT(refused("coordinate real general", "9999999999999 2 9223372036854775807\n1 1 1\n"), HasSubstr("1 of 92"));
  EXPECT_THAT(refused("coordinate real general", "99999999999999999999 2 1\n"), HasSubstr("no number of rows"));
  EXPECT_THAT(refused("coordinate real symmetric", "2 3 0\n"), HasSubstr("symmetric matrix has 2 rows and 3"));
  EXPECT_THAT(refused("coordinate real symmetric", "2 2 1\n1 2 1\n"), HasSubstr("below the diagonal"));
  EXPECT_THAT(refused("coordinate real skew-symmetric", "2 2 1\n1 1 1\n"), HasSubstr("below the diagonal"));
  EXPECT_THAT(refused("coordinate integer skew-symmetric", "2 2 1\n2 1 -9223372036854775808\n"), HasSubstr("64 bits"));
  EXPECT_THAT(refused("array real general", "2 2\n1\n2\n3\n"), HasSubstr("row 2, column 2 is not there"));
}

// Cut anywhere it is refused, or, cut within the last number, a matrix whose indices lie inside its sizes.
TEST(MatrixMarket, RefusesWhatIsCut) {
  const std::string whole =
      "%%MatrixMarket matrix coordinate real symmetric\n% lower half\n4 4 3\n1 1 2.5\n3 1 -1e3\n4 4 12\n";
  const MatrixMarket all = parse_matrix_market(whole, "m.mtx");
  EXPECT_EQ(all.row.size(), 4u);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string message = error_of([&] {
      const MatrixMarket part = parse_matrix_market(whole.substr(0, size), "m.mtx");
      EXPECT_GE(size, whole.rfind("12") + 1);
      EXPECT_EQ(part.row, all.row);
      EXPECT_EQ(part.col, all.col);
    });
    if (size <= whole.rfind("12")) EXPECT_THAT(message, HasSubstr("m.mtx")) << size;
  }
}

TEST(MatrixMarket, WritesWhatItReads) {
  std::mt19937 random(22);
  const TemporaryFolder folder;
  const std::string path = folder.file("m.mtx");
  const SparseTensor a = random_matrix(random, 7, 9, 20);
  const SparseTensor fractions = a.set_value(at::randn({a.nnz()}, at::kDouble), Layout::coo);
  for (const SparseTensor& matrix : {fractions, a.int64(), a.set_value({}, Layout::coo)}) {
    write_matrix_market(path, matrix);
    EXPECT_TRUE(read_matrix_market(path) == matrix);
  }
  EXPECT_THAT(error_of([&] { write_matrix_market(path, a.boolean()); }), HasSubstr("real and whole"));
  EXPECT_THAT(error_of([&] {
                write_matrix_market(path, a.set_value(at::zeros({a.nnz(), 2}), Layout::coo));
              }),
              HasSubstr("one number an entry"));
  EXPECT_THAT(error_of([&] { read_matrix_market(folder.file("none.mtx")); }), HasSubstr("none.mtx"));
}

}  // namespace
}  // namespace spinel::sparse
