#include "spinel/base/sharded_safetensors.h"

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/suggest.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

constexpr uint64_t max_index_size = uint64_t{64} << 20;
constexpr std::string_view index_ending = ".safetensors.index.json";

/// The folder below which shards may lie: that of the index, or the root of the hub's cache around it.
std::string allowed_root(const std::string& index_folder) {
  const std::string folder = absolute_path(index_folder);
  const std::string snapshots = folder_of(folder), root = folder_of(snapshots);
  return file_name_of(snapshots) == "snapshots" && folder_exists(join_path(root, "blobs")) ? root : folder;
}

/// Names are relative with '/' between folders, so that none leads elsewhere on any system.
void check_shard_name(const std::string& index, const std::string& name) {
  bool leads_out = name.empty() || name.starts_with('/') || name.find_first_of("\\:") != std::string::npos;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    leads_out = leads_out || name.substr(begin, end - begin) == "..";
    begin = end + 1;
  }
  require(!leads_out, "{}: it names the shard '{}'; a shard must be a file in the folder of the index", index,
          to_valid_utf8(name));
}

std::string shard_path(const std::string& index, const std::string& root, const std::string& name) {
  check_shard_name(index, name);
  const std::string path = join_path(folder_of(index), name), target = absolute_path(path);
  require(target.starts_with(root.ends_with('/') ? root : root + "/"),
          "{}: its shard '{}' is a link to {}, out of the folder; a shard must be a file in the folder of the index",
          index, name, target);
  if (!file_exists(target)) {
    fail(ErrorKind::not_found, "{}: its shard '{}' is missing; download it too", index, name);
  }
  return target;
}

Config read_index(const std::string& path) try {
  const Config index = parse_json(read_file(path, max_index_size), path);
  const Config* map = index.is_map() ? index.find("weight_map") : nullptr;
  if (!map || !map->is_map()) {
    fail(ErrorKind::corrupt, "{}: it has no map 'weight_map'; an index of safetensors files has one", path);
  }
  for (const auto& [tensor, shard] : map->as_map()) {
    if (!shard.is_string()) {
      fail(ErrorKind::corrupt, "{}: the shard of '{}' is {}; a file name is needed", path, tensor, shard.type_name());
    }
  }
  return index;
} catch (const Error& error) {
  // What a JSON file breaks is the file's fault, not that of an argument.
  if (error.kind() == ErrorKind::invalid_argument) throw Error(ErrorKind::corrupt, error.what());
  throw;
}

/// Reads a byte of each page; the smallest page that systems have is 4096 bytes.
void touch_pages(std::span<const std::byte> bytes) {
  for (size_t at = 0; at < bytes.size(); at += 4096) (void)*static_cast<const volatile std::byte*>(&bytes[at]);
}

std::string text_of(const Config& value) { return value.is_string() ? value.as_string() : to_json(value, -1); }

}  // namespace

bool ShardedSafetensors::is_index(const std::string& path) {
  if (folder_exists(path)) return file_exists(join_path(path, "model.safetensors.index.json"));
  return path.ends_with(index_ending);
}

ShardedSafetensors ShardedSafetensors::open(const std::string& path) {
  ShardedSafetensors result;
  result.name_ = path;
  if (!is_index(path)) {
    if (folder_exists(path)) result.name_ = join_path(path, "model.safetensors");
    const SafetensorsFile& file = result.shards_.emplace_back(SafetensorsFile::open(result.name_));
    result.names_ = file.names();
    result.metadata_ = file.metadata();
    for (const std::string& name : result.names_) result.place_[name] = 0;
    return result;
  }
  if (folder_exists(path)) result.name_ = join_path(path, "model.safetensors.index.json");
  const std::string& index_path = result.name_;
  const Config index = read_index(index_path);
  const std::string root = allowed_root(folder_of(index_path));
  if (const Config* metadata = index.find("metadata"); metadata && metadata->is_map()) {
    for (const auto& [key, value] : metadata->as_map()) result.metadata_[key] = text_of(value);
  }
  std::map<std::string, size_t> opened;
  for (const auto& [tensor, shard] : index.at("weight_map").as_map()) {
    const auto [known, added] = opened.try_emplace(shard.as_string(), result.shards_.size());
    if (added) {
      result.shards_.push_back(SafetensorsFile::open(shard_path(index_path, root, shard.as_string())));
    }
    if (!result.shards_[known->second].contains(tensor)) {
      fail(ErrorKind::corrupt, "{}: the tensor '{}' is not in its shard '{}'; index and shards are of one checkpoint",
           index_path, tensor, shard.as_string());
    }
    result.names_.push_back(tensor);
    result.place_[tensor] = known->second;
  }
  return result;
}

const SafetensorsFile& ShardedSafetensors::shard_of(std::string_view name) const {
  const auto found = place_.find(name);
  if (found != place_.end()) return shards_[found->second];
  fail(ErrorKind::not_found, "{}: it holds no tensor '{}'{}", name_, name, suggestion(name, names_));
}

const TensorView& ShardedSafetensors::tensor(std::string_view name) const { return shard_of(name).tensor(name); }
std::shared_ptr<const void> ShardedSafetensors::owner(std::string_view name) const { return shard_of(name).owner(); }

void ShardedSafetensors::check_intact() const {
  for (const SafetensorsFile& shard : shards_) shard.check_intact();
}

void write_safetensors(const std::string& path, const ShardedSafetensors& tensors) {
  std::vector<NamedTensorView> views;
  for (const std::string& name : tensors.names()) views.push_back({name, tensors.tensor(name)});
  try {
    write_safetensors(path, views, tensors.metadata());
  } catch (const Error&) {
    // The system does not write pages that a shard has lost. Read here they tell that, and the shard is the reason.
    for (const NamedTensorView& view : views) touch_pages(view.tensor.bytes);
    tensors.check_intact();
    throw;
  }
  try {
    tensors.check_intact();
  } catch (const Error&) {
    // Lost pages that were read before read as zeros, so what was written is not the checkpoint.
    remove_file(path);
    throw;
  }
}

}  // namespace spinel
