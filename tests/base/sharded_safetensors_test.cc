#include "spinel/base/sharded_safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write_shard(const std::string& path, const std::string& tensor, float value) {
  std::byte bytes[4];
  std::memcpy(bytes, &value, 4);
  write_safetensors(path, {{tensor, {Dtype::f32, {1}, bytes}}});
}

float value_of(const ShardedSafetensors& file, const std::string& name) {
  float value = 0;
  std::memcpy(&value, file.tensor(name).bytes.data(), 4);
  return value;
}

struct Sharded : ::testing::Test {
  TemporaryFolder folder;
  std::string index = folder.file("model.safetensors.index.json");

  Sharded() {
    write_shard(folder.file("model-00001-of-00002.safetensors"), "a", 1);
    write_shard(folder.file("model-00002-of-00002.safetensors"), "b", 2);
    write_file_atomic(index, R"({"metadata": {"total_size": 8}, "weight_map": {
      "b": "model-00002-of-00002.safetensors", "a": "model-00001-of-00002.safetensors"}})");
  }
  void write_index(const std::string& shard) {
    write_file_atomic(index, "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
  }
  Error error() {
    return error_of([&] { ShardedSafetensors::open(index); });
  }
};

TEST_F(Sharded, GivesTheTensorsOfAllShards) {
  for (const std::string& path : {index, folder.path()}) {
    EXPECT_TRUE(ShardedSafetensors::is_index(path));
    const ShardedSafetensors file = ShardedSafetensors::open(path);
    EXPECT_THAT(file.names(), ElementsAre("b", "a"));
    EXPECT_EQ(value_of(file, "a"), 1);
    EXPECT_EQ(value_of(file, "b"), 2);
    EXPECT_EQ(file.num_shards(), 2u);
    EXPECT_EQ(file.metadata().at("total_size"), "8");
    EXPECT_EQ(error_of([&] { file.tensor("c"); }).kind(), ErrorKind::not_found);
    EXPECT_TRUE(file.owner("a"));
    file.check_intact();
  }
}

TEST_F(Sharded, ASingleFileIsReadTheSameWay) {
  const std::string single = folder.file("model-00001-of-00002.safetensors");
  EXPECT_FALSE(ShardedSafetensors::is_index(single));
  EXPECT_EQ(value_of(ShardedSafetensors::open(single), "a"), 1);
  const TemporaryFolder other;
  std::filesystem::copy_file(single, other.file("model.safetensors"));
  EXPECT_EQ(value_of(ShardedSafetensors::open(other.path()), "a"), 1);
}

TEST_F(Sharded, AllTensorsGoIntoOneFile) {
  write_safetensors(folder.file("all.safetensors"), ShardedSafetensors::open(index));
  const auto file = SafetensorsFile::open(folder.file("all.safetensors"));
  EXPECT_THAT(file.names(), ElementsAre("a", "b"));
  EXPECT_EQ(file.metadata().at("total_size"), "8");
}

TEST_F(Sharded, NamesThatLeadOutOfTheFolderAreRefused) {  // ST-12
  // The file that they name is there, so only the name can be the reason.
  const TemporaryFolder outside;
  write_shard(outside.file("x.safetensors"), "a", 3);
  const std::string to_it = "../" + file_name_of(outside.path()) + "/x.safetensors";
  for (const std::string& name :
       {to_it, "./" + to_it, outside.file("x.safetensors"), std::string(".."), std::string("a/../../x"),
        std::string("..\\\\x"), std::string("C:/x"), std::string("")}) {
    write_index(name);
    EXPECT_EQ(error().kind(), ErrorKind::invalid_argument) << name << error().what();
    EXPECT_THAT(error().what(), HasSubstr("in the folder of the index")) << name;
  }
}

TEST_F(Sharded, LinksOutOfTheFolderAreRefused) {  // ST-12
  const TemporaryFolder outside;
  write_shard(outside.file("x.safetensors"), "a", 3);
  std::filesystem::create_symlink(outside.file("x.safetensors"), folder.file("link.safetensors"));
  std::filesystem::create_symlink(outside.path(), folder.file("sub"));
  for (const char* name : {"link.safetensors", "sub/x.safetensors"}) {
    write_index(name);
    EXPECT_EQ(error().kind(), ErrorKind::invalid_argument) << name;
    EXPECT_THAT(error().what(), HasSubstr("is a link to"));
  }
  std::filesystem::create_symlink("model-00001-of-00002.safetensors", folder.file("inside.safetensors"));
  write_index("inside.safetensors");
  EXPECT_EQ(value_of(ShardedSafetensors::open(index), "a"), 1);
}

TEST_F(Sharded, TheHubsCacheMayLinkToItsBlobs) {  // ST-12
  const std::string snapshot = folder.file("snapshots/abc");
  make_folders(snapshot);
  make_folders(folder.file("blobs"));
  write_shard(folder.file("blobs/1"), "a", 5);
  write_file_atomic(folder.file("blobs/2"), R"({"weight_map": {"a": "one.safetensors"}})");
  std::filesystem::create_symlink("../../blobs/1", snapshot + "/one.safetensors");
  std::filesystem::create_symlink("../../blobs/2", snapshot + "/model.safetensors.index.json");
  EXPECT_EQ(value_of(ShardedSafetensors::open(snapshot), "a"), 5);
  const TemporaryFolder outside;
  write_shard(outside.file("x.safetensors"), "a", 3);
  remove_file(snapshot + "/one.safetensors");
  std::filesystem::create_symlink(outside.file("x.safetensors"), snapshot + "/one.safetensors");
  EXPECT_EQ(error_of([&] { ShardedSafetensors::open(snapshot); }).kind(), ErrorKind::invalid_argument);
}

TEST_F(Sharded, AMissingShardIsNamed) {  // ST-12
  remove_file(folder.file("model-00002-of-00002.safetensors"));
  EXPECT_EQ(error().kind(), ErrorKind::not_found);
  EXPECT_THAT(error().what(), HasSubstr("'model-00002-of-00002.safetensors' is missing"));
}

TEST_F(Sharded, BrokenIndicesAreCorrupt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"[]", "weight_map"},
      {"{}", "weight_map"},
      {R"({"weight_map": []})", "weight_map"},
      {R"({"weight_map": {"a": 3}})", "a file name is needed"},
      {R"({"weight_map": {"a": "x", "a": "y"}})", "a"},
      {R"({"weight_map": {"c": "model-00001-of-00002.safetensors"}})", "is not in its shard"},
  };
  for (const auto& [text, part] : cases) {
    write_file_atomic(index, text);
    EXPECT_EQ(error().kind(), ErrorKind::corrupt) << text;
    EXPECT_THAT(error().what(), HasSubstr(part));
  }
  write_index("model-00001-of-00002.safetensors");
  write_file_atomic(folder.file("model-00001-of-00002.safetensors"), "cut");
  EXPECT_EQ(error().kind(), ErrorKind::corrupt);
}

TEST_F(Sharded, AShardThatIsCutWhileItIsMappedIsNamed) {  // ST-13
  // Larger than a page, so that whole pages are lost.
  const std::vector<std::byte> zeros(1 << 20);
  const std::string shard = folder.file("model-00001-of-00002.safetensors");
  write_safetensors(shard, {{"a", {Dtype::u8, {1 << 20}, zeros}}});
  const ShardedSafetensors file = ShardedSafetensors::open(index);
  File::open(shard, File::Mode::update).truncate(4096);
  const Error error = error_of([&] { write_safetensors(folder.file("all.safetensors"), file); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("model-00001-of-00002.safetensors"));
  EXPECT_FALSE(file_exists(folder.file("all.safetensors")));
}

}  // namespace
}  // namespace spinel
