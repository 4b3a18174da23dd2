// Random content through the readers of gzip, JSON items, NumPy arrays and archives, and through the hash functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/gzip.h"
#include "spinel/base/json_items.h"
#include "spinel/base/md5.h"
#include "spinel/base/npy.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/process.h"
#include "spinel/base/sha256.h"
#include "spinel/base/uninitialized_vector.h"
#include "tests/support/errors.h"
#include "tests/support/npy_writer.h"
#include "tests/support/random_config.h"
#include "tests/support/tar_writer.h"

namespace spinel {
namespace {

std::string random_bytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  // Runs, so that compressors have something to do.
  for (size_t at = 0; at < size;) {
    const size_t run = std::min<size_t>(1 + random() % 40, size - at);
    const bool same = random() % 2;
    const char byte = static_cast<char>(random());
    for (size_t k = 0; k < run; ++k) bytes[at++] = same ? byte : static_cast<char>(random());
  }
  return bytes;
}

std::string gunzipped(const std::string& packed, size_t given, size_t asked) {
  size_t at = 0;
  GzipReader reader("a.gz", [&] {
    const auto piece = std::as_bytes(std::span(packed)).subspan(at, std::min(given, packed.size() - at));
    at += piece.size();
    return piece;
  });
  std::string text;
  std::vector<char> buffer(asked);
  while (const size_t got = reader.read(std::as_writable_bytes(std::span(buffer)))) text.append(buffer.data(), got);
  return text;
}

TEST(GzipProperties, AnyContentInPiecesOfAnySize) {
  std::mt19937_64 random(191);
  for (int repeat = 0; repeat < 60; ++repeat) {
    std::string content, packed;
    for (size_t members = 1 + random() % 3; members-- > 0;) {
      const std::string part = random_bytes(random, random() % 3000);
      content += part;
      packed += gzip_of(part);
    }
    ASSERT_EQ(gunzipped(packed, 1 + random() % 500, 1 + random() % 500), content);
  }
}

TEST(GzipProperties, EveryCutAndMostFlipsAreNoticed) {
  std::mt19937_64 random(192);
  const std::string content = random_bytes(random, 800), packed = gzip_of(content);
  for (size_t size = 1; size < packed.size(); ++size) {
    EXPECT_EQ(error_of([&] { gunzipped(packed.substr(0, size), 100, 100); }).kind(), ErrorKind::corrupt) << size;
  }
  for (size_t at = 0; at < packed.size(); ++at) {
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    try {
      // What comes through is the content: the flip was in the header (time, system) or in padding.
      ASSERT_EQ(gunzipped(changed, 100, 100), content) << at;
      EXPECT_LE(at, 10u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << at;
    }
  }
}

TEST(JsonItemsProperties, AreTheElementsHoweverTheTextIsLaidOut) {
  std::mt19937_64 random(193);
  const TemporaryFolder folder;
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<Config> values;
    for (size_t i = random() % 6; i-- > 0;) {
      Config item = Config::map({{"n", static_cast<int64_t>(i)}});
      item.set("x", random_config(random, 3));
      values.push_back(std::move(item));
    }
    const int indent = static_cast<int>(random() % 3) - 1;
    std::string text;
    std::vector<std::string> list_keys;
    switch (random() % 3) {
      case 0:  // a list
        text = to_json(Config(Config::List(values.begin(), values.end())), indent);
        break;
      case 1:  // one after another
        for (const Config& value : values) text += to_json(value, indent) + (random() % 2 ? "\n" : " \r\n\t");
        break;
      default:  // the list of an answer, with other keys round it
        list_keys = {"data"};
        text = to_json(Config::map({{"before", random_config(random, 2)},
                                    {"data", Config(Config::List(values.begin(), values.end()))},
                                    {"after", random_config(random, 2)}}),
                       indent);
    }
    JsonItems over(text, "t", {.list_keys = list_keys});
    const bool packed = random() % 2;
    write_file_atomic(folder.file("a.json"), packed ? gzip_of(text) : text);
    JsonItems file(folder.file("a.json"), {.list_keys = list_keys});
    for (JsonItems* items : {&over, &file}) {
      std::string_view item;
      for (const Config& value : values) {
        ASSERT_TRUE(items->next(item)) << text;
        ASSERT_TRUE(parse_json(item, "item") == value) << item << " of " << text;
      }
      ASSERT_FALSE(items->next(item)) << text;
      EXPECT_EQ(items->count(), static_cast<int64_t>(values.size()));
    }
    EXPECT_EQ(file.file_offset(), file.file_size());
  }
}

TEST(NpyProperties, ArraysOfEveryTypeAndShapeComeBack) {
  std::mt19937_64 random(194);
  const auto check = [&]<typename T>(const char* descr, T) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<int64_t> shape(random() % 4);
      size_t count = 1;
      std::string text = "(";
      for (int64_t& size : shape) {
        count *= static_cast<size_t>(size = static_cast<int64_t>(random() % 4));
        text += std::to_string(size) + ",";
      }
      std::vector<T> values(count);
      for (T& value : values) value = static_cast<T>(random() % 120);
      const std::string bytes =
          npy_of(descr, text + ")", std::string(reinterpret_cast<const char*>(values.data()), count * sizeof(T)),
                 1 + static_cast<int>(random() % 3));
      const NpyArray array = parse_npy(std::as_bytes(std::span(bytes)), "a.npy");
      ASSERT_EQ(array.shape, shape) << descr;
      ASSERT_EQ(array.num_elements(), static_cast<int64_t>(count));
      ASSERT_TRUE(array.is_number());
      for (size_t k = 0; k < count; ++k) ASSERT_EQ(array.real(static_cast<int64_t>(k)), static_cast<double>(values[k]));
    }
  };
  check("<f8", 0.0);
  check("<f4", 0.f);
  check("<i8", int64_t{});
  check("<i4", int32_t{});
  check("<i2", int16_t{});
  check("|i1", int8_t{});
  check("<u8", uint64_t{});
  check("<u4", uint32_t{});
  check("<u2", uint16_t{});
  check("|u1", uint8_t{});
}

TEST(NpyProperties, ChangedHeadersAreErrorsOrFitTheBytes) {
  std::mt19937_64 random(195);
  const std::string whole = npy_of("<f8", "(2, 3)", std::string(48, '\1'));
  for (int repeat = 0; repeat < 4000; ++repeat) {
    std::string changed = whole;
    for (int changes = 0; changes < 2; ++changes) {
      changed[random() % (whole.size() - 48)] =
          static_cast<char>(random() % 2 ? random() : "0123456789,() '<>|fiu"[random() % 21]);
    }
    try {
      const NpyArray array = parse_npy(std::as_bytes(std::span(changed)), "a.npy");
      int64_t count = 1;
      for (const int64_t size : array.shape) count *= size;
      EXPECT_EQ(static_cast<size_t>(count) * static_cast<size_t>(array.size), array.bytes.size());
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid_argument) << error.what();
      EXPECT_THAT(error.what(), ::testing::StartsWith("a.npy: "));
    }
  }
}

TEST(HashProperties, AreThoseOfCoreutilsForAnyLength) {
  const TemporaryFolder folder;
  std::mt19937_64 random(196);
  std::vector<std::string> md5sum{"md5sum"}, sha256sum{"sha256sum"};
  std::string ours_md5, ours_sha256;
  // All lengths round one and two blocks, and some large ones.
  for (const size_t size : {0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 121, 127, 128, 129, 1000, 3'000'000}) {
    const std::string path = folder.file(std::to_string(size)), content = random_bytes(random, size);
    write_file_atomic(path, content);
    md5sum.push_back(path);
    sha256sum.push_back(path);
    Md5 md5;
    Sha256 sha256, pieces;
    add_file(path, {&md5, &sha256});
    for (size_t at = 0; at < size;) {
      const size_t part = std::min<size_t>(1 + random() % 200'000, size - at);
      pieces.add(std::as_bytes(std::span(content)).subspan(at, part));
      at += part;
    }
    const std::string sum = sha256.finish();
    EXPECT_EQ(pieces.finish(), sum) << size;
    EXPECT_EQ(sha256_of_file(path), sum) << size;
    ours_md5 += md5.finish() + "  " + path + "\n";
    ours_sha256 += sum + "  " + path + "\n";
  }
  try {
    EXPECT_EQ(run_process(md5sum).output, ours_md5);
    EXPECT_EQ(run_process(sha256sum).output, ours_sha256);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    GTEST_SKIP() << "md5sum and sha256sum are not here";
  }
}

TEST(UninitializedVector, BehavesAsAVectorButForTheValuesOfResize) {
  UninitializedVector<int64_t> numbers;
  numbers.resize(1000);
  for (size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<int64_t>(k);
  numbers.push_back(7);
  numbers.resize(1500);
  EXPECT_EQ(numbers[999], 999);  // what was there stays
  EXPECT_EQ(numbers[1000], 7);
  const UninitializedVector<int64_t> copy = numbers;
  EXPECT_TRUE(std::equal(copy.begin(), copy.begin() + 1001, numbers.begin()));
  EXPECT_EQ(UninitializedVector<int64_t>(3, 5), (UninitializedVector<int64_t>{5, 5, 5}));
  UninitializedVector<std::string> texts(2);  // types with a constructor get it
  EXPECT_EQ(texts[1], "");
}

}  // namespace
}  // namespace spinel
