// Random scalars through the log of a run and its TensorBoard file, which is taken apart as protocol buffers say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/run_log.h"
#include "spinel/train/tensorboard.h"
#include "tests/support/random_config.h"

namespace spinel::train {
namespace {

/// The fields of one message: number, and the bytes of its value (a varint as eight bytes).
std::vector<std::pair<uint64_t, std::string>> fields_of(const std::string& message) {
  std::vector<std::pair<uint64_t, std::string>> fields;
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(message.at(at++));
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const uint64_t key = varint();
    std::string value;
    size_t size = 0;
    switch (key & 7) {
      case 0: {
        const uint64_t number = varint();
        value.assign(reinterpret_cast<const char*>(&number), 8);
        break;
      }
      case 1: size = 8; break;
      case 2: size = varint(); break;
      case 5: size = 4; break;
      default: ADD_FAILURE() << "wire type " << (key & 7);
    }
    if ((key & 7) != 0) {
      value = message.substr(at, size);
      EXPECT_EQ(value.size(), size);
      at += size;
    }
    fields.emplace_back(key >> 3, value);
  }
  return fields;
}

template <typename T>
T number_in(const std::string& bytes) {
  T value{};
  EXPECT_EQ(bytes.size(), sizeof(T));
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

struct Scalar {
  std::string tag;
  int64_t step;
  float value;
};

/// What TensorBoard would show of a file.
std::vector<Scalar> scalars_of(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<Scalar> scalars;
  for (size_t at = 0; at < bytes.size();) {
    const auto length = number_in<uint64_t>(bytes.substr(at, 8));
    const std::string event = bytes.substr(at + 12, length);
    at += 16 + length;
    std::map<uint64_t, std::string> fields;
    for (const auto& [field, value] : fields_of(event)) fields[field] = value;
    if (!fields.contains(5)) continue;  // version or session
    for (const auto& [summary_field, value] : fields_of(fields[5])) {
      EXPECT_EQ(summary_field, 1u);
      std::map<uint64_t, std::string> entry;
      for (const auto& [field, content] : fields_of(value)) entry[field] = content;
      scalars.push_back({entry[1], number_in<int64_t>(fields[2]), number_in<float>(entry[2])});
    }
  }
  return scalars;
}

TEST(EventProperties, EveryScalarIsReadBack) {
  const TemporaryFolder folder;
  std::mt19937_64 random(201);
  std::vector<Scalar> written;
  EventWriter writer(folder.path());
  for (int i = 0; i < 500; ++i) {
    const double value = random() % 10 ? random_number(random) : std::nan("");
    written.push_back({"part/" + std::to_string(random() % 5) + std::string(random() % 200, 'x'),
                       static_cast<int64_t>(random() >> (1 + random() % 63)), static_cast<float>(value)});
    writer.scalar(written.back().tag, written.back().step, value);
    if (random() % 50 == 0) writer.flush();
  }
  writer.flush();
  const std::vector<Scalar> read = scalars_of(writer.path());
  ASSERT_EQ(read.size(), written.size());
  for (size_t k = 0; k < read.size(); ++k) {
    EXPECT_EQ(read[k].tag, written[k].tag);
    EXPECT_EQ(read[k].step, written[k].step);
    EXPECT_TRUE(read[k].value == written[k].value || (std::isnan(read[k].value) && std::isnan(written[k].value)));
  }
}

TEST(LogProperties, BothFilesHoldTheSameScalars) {
  const TemporaryFolder folder;
  std::mt19937_64 random(202);
  std::vector<std::pair<int64_t, std::map<std::string, double>>> written;
  {
    RunLog log(folder.path());
    for (int64_t step = 1; step <= 60; ++step) {
      std::vector<std::pair<std::string, double>> values;
      for (size_t i = 1 + random() % 3; i-- > 0;)
        values.emplace_back("train/s" + std::to_string(i), random_number(random));
      log.scalars(step, values);
      written.emplace_back(step, std::map<std::string, double>(values.begin(), values.end()));
    }
  }
  const std::vector<Config> lines = read_run_log(folder.file("log.jsonl"));
  ASSERT_EQ(lines.size(), written.size());
  size_t count = 0;
  for (size_t k = 0; k < lines.size(); ++k) {
    EXPECT_EQ(lines[k].at("step").as_int(), written[k].first);
    EXPECT_EQ(lines[k].as_map().size(), written[k].second.size() + 2);
    for (const auto& [name, value] : written[k].second) {
      EXPECT_EQ(std::bit_cast<uint64_t>(lines[k].at(name).as_double()), std::bit_cast<uint64_t>(value));
      ++count;
    }
  }
  size_t events = 0;
  for (const std::string& name : list_folder(folder.path())) {
    if (name.starts_with("events.")) events += scalars_of(folder.file(name)).size();
  }
  EXPECT_EQ(events, count);
}

TEST(LogProperties, ARunKilledAnywhereGoesOnFromItsStep) {
  std::mt19937_64 random(203);
  const TemporaryFolder whole;
  {
    RunLog log(whole.path(), {.tensorboard = false, .resume_step = {}});
    for (int64_t step = 1; step <= 12; ++step) log.scalar("loss", step, static_cast<double>(step));
  }
  const std::string text = read_file(whole.file("log.jsonl"));
  for (size_t size = 0; size <= text.size(); size += 1 + random() % 9) {
    const TemporaryFolder folder;
    write_file_atomic(folder.file("log.jsonl"), text.substr(0, size));
    const auto complete =
        static_cast<int64_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    const int64_t step = std::min<int64_t>(5, complete);
    {
      RunLog log(folder.path(), {.tensorboard = false, .resume_step = step});
      for (int64_t next = step + 1; next <= 12; ++next) log.scalar("loss", next, static_cast<double>(next));
    }
    const std::vector<Config> lines = read_run_log(folder.file("log.jsonl"));
    ASSERT_EQ(lines.size(), 12u) << size;
    for (size_t k = 0; k < 12; ++k) EXPECT_EQ(lines[k].at("step").as_int(), static_cast<int64_t>(k + 1));
  }
}

TEST(LogProperties, LinesThatAreNoneOfOursAreLeftOut) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("log.jsonl"),
                    "{\"step\": 1}\n\n5\n[1, 2]\nnull\n\"step\"\n{\"loss\": 2}\n{\"step\": \"x\"}\n{broken\n\xff\n"
                    "{\"step\": 2, \"loss\": 0.5}\n{\"step\": 3");
  const std::vector<Config> lines = read_run_log(folder.file("log.jsonl"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].at("loss").as_double(), 0.5);
  EXPECT_EQ(read_run_log(folder.file("log.jsonl"), 1).size(), 1u);
  EXPECT_EQ(read_run_log(folder.file("log.jsonl"), 0).size(), 0u);
}

}  // namespace
}  // namespace spinel::train
