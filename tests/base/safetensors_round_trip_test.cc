// Random sets of tensors through the writers and readers of safetensors files, in one file and in shards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors_header.h"
#include "spinel/base/sharded_safetensors.h"
#include "tests/support/errors.h"
#include "tests/support/random_config.h"

namespace spinel {
namespace {

const std::vector<Dtype> dtypes{Dtype::boolean, Dtype::u8,  Dtype::i8,  Dtype::u16,     Dtype::i16,
                                Dtype::u32,     Dtype::i32, Dtype::u64, Dtype::i64,     Dtype::f16,
                                Dtype::bf16,    Dtype::f32, Dtype::f64, Dtype::f8_e4m3, Dtype::f8_e5m2};

/// Tensors of every type with sizes that may be 0, and the bytes that the views look at.
struct RandomTensors {
  explicit RandomTensors(std::mt19937_64& random) {
    for (size_t i = random() % 9; i-- > 0;) {
      TensorView view;
      view.dtype = dtypes[random() % dtypes.size()];
      size_t count = 1;
      for (size_t axes = random() % 4; axes-- > 0;) {
        view.shape.push_back(static_cast<int64_t>(random() % 5));
        count *= static_cast<size_t>(view.shape.back());
      }
      std::vector<std::byte> content(count * element_size(view.dtype));
      for (std::byte& byte : content) byte = static_cast<std::byte>(random());
      const std::string name = random_text(random) + std::to_string(i);
      bytes.push_back(std::move(content));
      view.bytes = bytes.back();
      views.push_back({name, view});
    }
    for (size_t i = random() % 3; i-- > 0;) metadata[random_text(random)] = random_text(random);
  }
  std::vector<std::vector<std::byte>> bytes;
  std::vector<NamedTensorView> views;
  std::map<std::string, std::string> metadata;
};

void expect_same(const TensorView& a, const TensorView& b, const std::string& name) {
  EXPECT_EQ(a.dtype, b.dtype) << name;
  EXPECT_EQ(a.shape, b.shape) << name;
  EXPECT_EQ(a.num_elements(), b.num_elements()) << name;
  EXPECT_TRUE(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end())) << name;
}

TEST(SafetensorsRoundTrip, EveryTypeHasItsNameAndSize) {
  const char* const names[] = {"BOOL", "U8",  "I8",   "U16", "I16", "U32",     "I32",    "U64",
                               "I64",  "F16", "BF16", "F32", "F64", "F8_E4M3", "F8_E5M2"};
  const size_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4, 8, 1, 1};
  for (size_t i = 0; i < dtypes.size(); ++i) {
    EXPECT_EQ(to_string(dtypes[i]), names[i]);
    EXPECT_EQ(element_size(dtypes[i]), sizes[i]) << names[i];
  }
}

TEST(SafetensorsRoundTrip, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  std::mt19937_64 random(12);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const RandomTensors tensors(random);
    const std::string path = folder.file("a.safetensors");
    write_safetensors(path, tensors.views, tensors.metadata);
    const SafetensorsFile file = SafetensorsFile::open(path, repeat % 2 == 0);
    ASSERT_EQ(file.names().size(), tensors.views.size());
    EXPECT_EQ(file.metadata(), tensors.metadata);
    for (const NamedTensorView& view : tensors.views) expect_same(file.tensor(view.name), view.tensor, view.name);
  }
}

TEST(SafetensorsRoundTrip, TensorsLieByElementSizeThenNameAndAreAligned) {
  const TemporaryFolder folder;
  std::mt19937_64 random(13);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const RandomTensors tensors(random);
    write_safetensors(folder.file("a"), tensors.views);
    const SafetensorsFile file = SafetensorsFile::open(folder.file("a"));
    for (size_t i = 0; i < file.names().size(); ++i) {
      const TensorView& view = file.tensor(file.names()[i]);
      const size_t size = element_size(view.dtype);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(view.bytes.data()) % size, 0u) << file.names()[i];
      if (i == 0 || view.bytes.empty()) continue;
      const std::string &before = file.names()[i - 1], &name = file.names()[i];
      const size_t size_before = element_size(file.tensor(before).dtype);
      if (file.tensor(before).bytes.empty()) continue;  // stands where its neighbour begins
      EXPECT_TRUE(size_before > size || (size_before == size && before < name)) << before << " " << name;
    }
  }
}

TEST(SafetensorsRoundTrip, ShardsGiveTheSameTensorsAsOneFile) {
  std::mt19937_64 random(14);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const TemporaryFolder folder;
    const RandomTensors tensors(random);
    std::map<std::string, std::vector<NamedTensorView>> shards;
    Config weight_map = Config::map();
    for (const NamedTensorView& view : tensors.views) {
      const std::string shard = "part-" + std::to_string(random() % 3) + ".safetensors";
      shards[shard].push_back(view);
      weight_map.set(view.name, shard);
    }
    for (const auto& [shard, views] : shards) write_safetensors(folder.file(shard), views);
    const std::string index = folder.file("x.safetensors.index.json");
    write_file_atomic(index, to_json(Config::map({{"weight_map", weight_map}})));
    const ShardedSafetensors read = ShardedSafetensors::open(index);
    EXPECT_EQ(read.num_shards(), shards.size());
    write_safetensors(folder.file("one.safetensors"), read);
    const ShardedSafetensors one = ShardedSafetensors::open(folder.file("one.safetensors"));
    ASSERT_EQ(read.names().size(), tensors.views.size());
    for (size_t i = 0; i < tensors.views.size(); ++i) {
      const NamedTensorView& view = tensors.views[i];
      EXPECT_EQ(read.names()[i], view.name);
      expect_same(read.tensor(view.name), view.tensor, view.name);
      expect_same(one.tensor(view.name), view.tensor, view.name);
    }
  }
}

TEST(SafetensorsHeader, IsReadAsItWasMade) {
  std::mt19937_64 random(15);
  for (int repeat = 0; repeat < 100; ++repeat) {
    const RandomTensors tensors(random);
    std::vector<const NamedTensorView*> order;
    uint64_t size = 0;
    for (const NamedTensorView& view : tensors.views) {
      order.push_back(&view);
      size += view.tensor.bytes.size();
    }
    const std::string json = make_safetensors_header(order, tensors.metadata);
    EXPECT_EQ(json.size() % 8, 0u);
    EXPECT_TRUE(json.starts_with('{'));
    const SafetensorsHeader header = parse_safetensors_header(json, size, "f");
    EXPECT_EQ(header.metadata, tensors.metadata);
    ASSERT_EQ(header.entries.size(), order.size());
    uint64_t begin = 0;
    std::map<std::string, const SafetensorsEntry*> by_name;
    for (const SafetensorsEntry& entry : header.entries) by_name[entry.name] = &entry;
    for (const NamedTensorView& view : tensors.views) {
      ASSERT_TRUE(by_name.contains(view.name));
      const SafetensorsEntry& entry = *by_name[view.name];
      EXPECT_EQ(entry.begin, begin);
      begin = entry.end;
      EXPECT_EQ(entry.end - entry.begin, view.tensor.bytes.size());
      EXPECT_EQ(entry.dtype, view.tensor.dtype);
      EXPECT_EQ(entry.shape, view.tensor.shape);
    }
    // One byte more or less of data than the tensors cover.
    EXPECT_EQ(error_of([&] { parse_safetensors_header(json, size + 1, "f"); }).kind(), ErrorKind::corrupt);
    if (size > 0) {
      EXPECT_EQ(error_of([&] { parse_safetensors_header(json, size - 1, "f"); }).kind(), ErrorKind::corrupt);
    }
  }
}

TEST(SafetensorsRoundTrip, ChangedHeadersAreCorruptOrDescribeTheSameBytes) {  // ST-03 to ST-08
  const TemporaryFolder folder;
  std::mt19937_64 random(16);
  const std::vector<float> values(12, 1.f);
  const std::vector<int16_t> shorts(6, 2);
  write_safetensors(folder.file("a"), {{"values", {Dtype::f32, {3, 4}, std::as_bytes(std::span(values))}},
                                       {"shorts", {Dtype::i16, {6}, std::as_bytes(std::span(shorts))}}});
  const std::string whole = read_file(folder.file("a"));
  const size_t header_end = whole.size() - 12 * 4 - 6 * 2;
  for (int repeat = 0; repeat < 3000; ++repeat) {
    std::string changed = whole;
    changed[random() % header_end] = static_cast<char>(random());
    try {
      const SafetensorsFile file = SafetensorsFile::parse(std::as_bytes(std::span(changed)), "c");
      uint64_t bytes = 0;
      for (const std::string& name : file.names()) {
        const TensorView& view = file.tensor(name);
        EXPECT_EQ(static_cast<uint64_t>(view.num_elements()) * element_size(view.dtype), view.bytes.size());
        bytes += view.bytes.size();
      }
      EXPECT_EQ(bytes, 60u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
      EXPECT_THAT(error.what(), ::testing::StartsWith("c: "));
    }
  }
}

}  // namespace
}  // namespace spinel
