// Random frames through the writer and back through the reader of extended XYZ.
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/atoms/frame_testing.h"

namespace spinel {
namespace {

TEST(XyzRoundTrip, EveryFrameComesBackWithEveryBit) {
  std::mt19937_64 random(21);
  for (int repeat = 0; repeat < 1500; ++repeat) {
    const Frame frame = random_frame(random);
    const std::string text = format_xyz(frame);
    const std::vector<Frame> read = parse_xyz(text, "t.xyz");
    ASSERT_EQ(read.size(), 1u) << text;
    expect_same(read[0], frame);
    ASSERT_FALSE(testing::Test::HasFailure()) << text;
  }
}

TEST(XyzRoundTrip, FilesKeepTheOrderOfFrames) {
  const TemporaryFolder folder;
  std::mt19937_64 random(22);
  std::vector<Frame> frames;
  for (int i = 0; i < 200; ++i) frames.push_back(random_frame(random));
  write_xyz(folder.file("once.xyz"), frames);
  {
    XyzWriter writer(folder.file("stream.xyz"));
    for (const Frame& frame : frames) writer.write(frame);
    writer.close();
  }
  EXPECT_EQ(read_file(folder.file("once.xyz")), read_file(folder.file("stream.xyz")));
  XyzReader reader(folder.file("stream.xyz"));
  Frame frame;
  for (size_t i = 0; i < frames.size(); ++i) {
    ASSERT_TRUE(reader.next(frame)) << i;
    expect_same(frame, frames[i]);
    EXPECT_EQ(reader.count(), static_cast<int64_t>(i + 1));
  }
  EXPECT_FALSE(reader.next(frame));
}

TEST(XyzRoundTrip, WindowsLineEndsMakeNoDifference) {
  std::mt19937_64 random(23);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const Frame frame = random_frame(random);
    std::string text;
    for (const char c : format_xyz(frame)) text += c == '\n' ? "\r\n" : std::string(1, c);
    const std::vector<Frame> read = parse_xyz(text, "t.xyz");
    ASSERT_EQ(read.size(), 1u) << text;
    expect_same(read[0], frame);
  }
}

TEST(XyzRoundTrip, ChangedBytesGiveAnErrorOrFramesNeverACrash) {
  std::mt19937_64 random(24);
  for (int repeat = 0; repeat < 1500; ++repeat) {
    std::string text = format_xyz(random_frame(random)) + format_xyz(random_frame(random));
    for (int changes = 0; changes < 3; ++changes) {
      text[random() % text.size()] = static_cast<char>(random() % 3 ? " \n\"'{}[]=\\,.0T"[random() % 14] : random());
    }
    try {
      for (const Frame& frame : parse_xyz(text, "t.xyz")) {
        ASSERT_EQ(frame.numbers.size(), frame.positions.size());
        for (const auto& [name, array] : frame.arrays) {
          std::visit([&](const auto& v) { ASSERT_EQ(std::ssize(v), frame.size() * array.columns) << name; },
                     array.values);
        }
        for (const auto& [key, property] : frame.info) {
          int64_t count = 1;
          for (const int64_t extent : property.shape) count *= extent;
          std::visit([&](const auto& v) { ASSERT_EQ(std::ssize(v), count) << key; }, property.values);
        }
      }
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid_argument) << error.what();
      EXPECT_EQ(std::string(error.what()).rfind("t.xyz: frame ", 0), 0u) << error.what();
    }
  }
}

}  // namespace
}  // namespace spinel
