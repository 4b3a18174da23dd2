#include "spinel/base/platform/memory_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

size_t count(std::span<const std::byte> bytes, char value) {
  return static_cast<size_t>(std::count(bytes.begin(), bytes.end(), static_cast<std::byte>(value)));
}

TEST(MemoryMap, ShowsTheContent) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a"), std::string(100'000, 'x'));
  const auto map = MemoryMap::open(folder.file("a"));
  EXPECT_EQ(map->bytes().size(), 100'000u);
  EXPECT_EQ(count(map->bytes(), 'x'), 100'000u);
  EXPECT_TRUE(map->intact());
}

TEST(MemoryMap, AnEmptyFileHasNoBytes) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a"), "");
  EXPECT_TRUE(MemoryMap::open(folder.file("a"))->bytes().empty());
}

TEST(MemoryMap, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of([&] { MemoryMap::open(folder.path()); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { MemoryMap::open(folder.file("none")); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { MemoryMap::open("/dev/null"); }).kind(), ErrorKind::invalid_argument);
}

TEST(MemoryMap, SurvivesAFileCutWhileMapped) {  // ST-13
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_file_atomic(path, std::string(1 << 20, 'x'));
  const auto map = MemoryMap::open(path);
  const auto other = MemoryMap::open(path);
  File::open(path, File::Mode::update).truncate(8192);
  EXPECT_TRUE(map->intact());
  EXPECT_EQ(count(map->bytes(), 'x'), 8192u);
  EXPECT_EQ(count(map->bytes(), 0), (1u << 20) - 8192u);
  EXPECT_FALSE(map->intact());
  EXPECT_TRUE(other->intact());
}

TEST(MemoryMap, ThousandsAtOnceAreFine) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a"), "content");
  std::vector<std::shared_ptr<const MemoryMap>> maps;
  for (int i = 0; i < 1500; ++i) maps.push_back(MemoryMap::open(folder.file("a")));
  for (const auto& map : maps) EXPECT_EQ(count(map->bytes(), 't'), 2u);
}

}  // namespace
}  // namespace spinel
