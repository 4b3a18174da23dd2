#include "spinel/cli/frame_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Sources : testing::Test {
  std::string write(const std::string& text) {
    write_file_atomic(folder.file("a.xyz"), text);
    return folder.file("a.xyz");
  }
  /// The places of the frames that come through.
  std::vector<int64_t> places(FrameSource& source) {
    std::vector<int64_t> result;
    for (Frame frame; source.next(frame); frame = Frame()) result.push_back(source.index());
    return result;
  }
  TemporaryFolder folder;
};

const std::string kGood = "1\nProperties=species:S:1:pos:R:3\nH 0 0 0\n";

TEST_F(Sources, BrokenFramesAreCountedAndTheOthersKeepTheirPlace) {
  FrameSource source(write(kGood + "1\n\nH 0 ***** 0\n" + "\n" + kGood + "1\n\nXx 0 0 0\n" + kGood), true);
  EXPECT_THAT(places(source), ElementsAre(0, 2, 4));
  EXPECT_EQ(source.skipped(), 2);
  EXPECT_THAT(source.first_error(), HasSubstr("frame 2"));
  EXPECT_THAT(source.first_error(), HasSubstr("'*****'"));
}

TEST_F(Sources, WithoutTheWishABrokenFrameIsAnError) {
  FrameSource source(write(kGood + "1\n\nH 0 ***** 0\n"), false);
  Frame frame;
  ASSERT_TRUE(source.next(frame));
  EXPECT_EQ(source.index(), 0);
  EXPECT_EQ(error_of([&] { source.next(frame); }).kind(), ErrorKind::corrupt);
}

TEST_F(Sources, AFrameThatIsCutCountsAsBroken) {
  FrameSource source(write(kGood + "3\n\nH 0 0 0\n"), true);
  EXPECT_THAT(places(source), ElementsAre(0));
  EXPECT_EQ(source.skipped(), 1);
}

TEST_F(Sources, WhereTheNextFrameCannotBeFoundTheFileIsCorrupt) {
  for (const char* count : {"x", "-1", "1.5", "99999999999999999999"}) {
    FrameSource source(write(kGood + count + "\n\nH 0 0 0\n"), true);
    Frame frame;
    ASSERT_TRUE(source.next(frame));
    const Error error = error_of([&] { source.next(frame); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << count;
    EXPECT_THAT(error.what(), HasSubstr("a.xyz:4"));
  }
}

TEST_F(Sources, CellVectorsBehindTheAtomsBelongToTheFrame) {
  FrameSource source(write("1\n\nH 0 0 0\nVEC1 4 0 0\nVEC2 0 4 0\nVEC3 0 0 4\n" + kGood), true);
  Frame frame;
  ASSERT_TRUE(source.next(frame));
  EXPECT_EQ(frame.cell[2][2], 4);
  ASSERT_TRUE(source.next(frame));
  EXPECT_FALSE(source.next(frame));
  EXPECT_EQ(source.skipped(), 0);
}

}  // namespace
}  // namespace spinel::cli
