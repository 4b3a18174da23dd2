#include "spinel/atoms/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"

namespace spinel {
namespace {

// What every format must do: keep what it declares, for as many frames as it declares.
TEST(FrameFormats, EachKeepsWhatItDeclares) {
  const TemporaryFolder folder;
  Frame frame;
  frame.numbers = {8, 1, 1};
  frame.positions = {{0, 0, 0}, {0.96, 0, 0}, {-0.24, 0.93, 0}};
  frame.cell = {{{5, 0, 0}, {0.5, 6, 0}, {0, 0, 7}}};
  frame.pbc = {true, true, true};
  frame.info["energy"] = {{}, std::vector<double>{-1.25}};
  frame.arrays["forces"] = {3, std::vector<double>(9, 0.5)};
  for (const FrameFormat& format : frame_formats()) {
    SCOPED_TRACE(format.name);
    EXPECT_FALSE(format.summary.empty());
    if (!format.write || !format.read) continue;
    const std::string path = folder.file("a." + format.name);
    const int count = format.many_frames ? 3 : 1;
    const auto writer = create_frames(path, format.name);
    for (int i = 0; i < count; ++i) writer->write(frame);
    writer->close();
    const auto frames = read_frames(path, format.name);
    ASSERT_EQ(std::ssize(frames), count);
    EXPECT_EQ(frames.back().numbers, frame.numbers);
    EXPECT_EQ(frames.back().positions, frame.positions);
    EXPECT_EQ(frames.back().cell == frame.cell, format.cell);
    EXPECT_EQ(frames.back().info.contains("energy"), format.frame_properties);
    EXPECT_EQ(frames.back().arrays.contains("forces"), format.atom_properties);
  }
}

TEST(FrameFormats, AreFoundByExtensionAndName) {
  EXPECT_EQ(find_frame_format("a/b.XYZ").name, "extxyz");
  EXPECT_EQ(find_frame_format("b.extxyz.gz").name, "extxyz");
  EXPECT_EQ(find_frame_format("b.dat", "xyz").name, "xyz");
  try {
    find_frame_format("b.dat", "extxzy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'extxyz'?"));
  }
  try {
    open_frames("water.xy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("has the extension '.xy'"));
  }
}

}  // namespace
}  // namespace spinel
