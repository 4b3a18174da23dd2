// Writes TensorBoard event files: scalars over steps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel::train {

/// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4).
uint32_t crc32c(std::span<const std::byte> bytes);

/// One file `<folder>/events.out.tfevents.<seconds>.spinel.<n>` in the format that TensorBoard reads: TFRecords
/// (length, masked CRC-32C of it, data, masked CRC-32C of them) that hold `Event` messages of the protocol buffers of
/// TensorFlow.
class EventWriter {
 public:
  /// Creates the folder and the file. With `purge_from` TensorBoard forgets what older files of the folder have from
  /// this step on: a run resumed at step s passes s + 1.
  explicit EventWriter(const std::string& folder, std::optional<int64_t> purge_from = std::nullopt);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  /// Buffered; `tag` is "loss/train" or the like (the part before '/' groups the plots). Values become float32.
  void scalar(std::string_view tag, int64_t step, double value);
  /// Hands the buffer to the system.
  void flush();
  const std::string& path() const { return path_; }

 private:
  struct Output;
  std::string path_;
  std::unique_ptr<Output> output_;
};

}  // namespace spinel::train
