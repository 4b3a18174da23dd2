#include "spinel/cli/convert_frames.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "spinel/atoms/ase_database.h"
#include "spinel/atoms/pymatgen_json.h"
#include "spinel/atoms/qm9.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/archive.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/progress.h"
#include "spinel/base/suggest.h"
#include "spinel/cli/ase_units.h"
#include "spinel/cli/convert_npz.h"

namespace spinel::cli {
namespace {

constexpr uint64_t largest_text = uint64_t{1} << 28;  ///< bytes of an .xyz file in an archive, and of a list
constexpr size_t text_at_once = size_t{1} << 20;
constexpr uint64_t quickly_unpacked = uint64_t{16} << 20;  ///< bytes that need no bar of their own

bool is_json(const std::string& path) { return ends_in(path, {".json", ".jsonl", ".json.gz", ".jsonl.gz"}); }

/// Frames on their way into a file, with a bar that counts bytes or rows of the input.
class FrameSink {
 public:
  FrameSink(File& file, int64_t total, const char* unit) : file_(file), bar_("convert", total, {.unit = unit}) {}

  void write(const Frame& frame) {
    text_ += format_xyz(frame);
    ++count_;
    if (text_.size() >= text_at_once) flush();
  }
  void show(int64_t done) {
    if (count_ % frames_at_once == 0) bar_.update(done, format("{} frames", count_));
  }
  void finish() {
    flush();
    bar_.finish();
  }
  int64_t count() const { return count_; }

 private:
  void flush() {
    file_.write(text_);
    text_.clear();
  }
  File& file_;
  Progress bar_;
  std::string text_;
  int64_t count_ = 0;
};

/// The molecules of QM9 that are not wished.
class Exclusions {
 public:
  explicit Exclusions(const std::string& path) : path_(path) {
    if (!path.empty()) numbers_ = parse_qm9_exclusions(read_file(path, largest_text), path);
  }
  bool contains(const Frame& frame) {
    const int64_t index = std::get<std::vector<int64_t>>(frame.info.at("gdb_index").values)[0];
    const bool found = std::binary_search(numbers_.begin(), numbers_.end(), index);
    left_out_ += found;
    return found;
  }
  std::string note() const { return path_.empty() ? "" : format("; {} molecules of {} left out", left_out_, path_); }
  /// For inputs that are not QM9.
  void require_none() const {
    require(path_.empty(), "--exclude {}: the input holds no molecules of QM9, to which the list belongs", path_);
  }

 private:
  std::string path_;
  std::vector<int64_t> numbers_;
  int64_t left_out_ = 0;
};

const char* const qm9_units = "; energies in eV, all else in the units of QM9";

std::string convert_qm9_file(const FrameConversion& conversion) {
  const std::string text = read_file(conversion.input, largest_text);
  require(is_qm9(text), "{}: it is no file of QM9; extended XYZ needs no conversion", conversion.input);
  Exclusions exclusions(conversion.exclude);
  const Frame frame = parse_qm9(text, conversion.input);
  require(!exclusions.contains(frame), "{}: the molecule is in {}, so nothing is left", conversion.input,
          conversion.exclude);
  write_file_atomic(conversion.output, format_xyz(frame));
  return format("1 frame written to {}{}", conversion.output, qm9_units);
}

std::string convert_database(const std::string& path, const std::string& name, const std::string& output) {
  AseDatabaseReader reader(path, name);
  AseUnits units = ase_units(reader.metadata(), name);
  reader.set_units(units.factors);
  int64_t count = 0;
  write_file_atomic(output, [&](File& file) {
    FrameSink sink(file, reader.size(), "frame");
    for (Frame frame; reader.next(frame); sink.show(sink.count())) sink.write(frame);
    sink.finish();
    count = sink.count();
  });
  std::string text = format("{} frames written to {}", count, output);
  if (!units.notes.empty()) text += "; " + join_text(units.notes, ", ");
  if (const auto names = reader.left_out(); !names.empty()) text += "; left out: " + join_text(names, ", ");
  return text;
}

std::string convert_documents(const std::string& path, const std::string& name, const std::string& output) {
  constexpr const char* target = "formation_energy_per_atom";
  PymatgenReader reader(path, name);
  int64_t count = 0, without = 0;
  write_file_atomic(output, [&](File& file) {
    FrameSink sink(file, static_cast<int64_t>(reader.items().file_size()), "byte");
    for (Frame frame; reader.next(frame);) {
      without += !frame.info.count(target);
      sink.write(frame);
      sink.show(static_cast<int64_t>(reader.items().file_offset()));
    }
    sink.finish();
    count = sink.count();
  });
  std::string text = format("{} frames written to {}", count, output);
  if (without && without < count) text += format("; {} of them have no {}", without, target);
  return text;
}

std::string convert_trajectory(const std::string& path, const std::string& name, const std::string& output) {
  Progress bar("convert", 0, {.unit = "frame"});
  const int64_t count = convert_npz(path, output, name, [&](int64_t done, int64_t) { bar.update(done); });
  bar.finish();
  return format("{} frames written to {}, numbers as they were (MD17, rMD17: kcal/mol, kcal/mol/Å)", count, output);
}

std::string convert_file(const std::string& path, const std::string& name, const std::string& output) {
  if (path.ends_with(".db")) return convert_database(path, name, output);
  if (path.ends_with(".npz")) return convert_trajectory(path, name, output);
  return convert_documents(path, name, output);
}

/// An archive on its way through; `wanted` files are looked at.
class ArchiveConversion {
 public:
  explicit ArchiveConversion(const FrameConversion& conversion)
      : conversion_(conversion), exclusions_(conversion.exclude) {}

  std::string run() {
    if (!conversion_.member.empty()) return convert_member(conversion_.member);
    if (!find_xyz_file()) {
      require(!others_.empty(), "{}: no file in it is .xyz, .npz, .db or .json; nothing can be converted",
              conversion_.input);
      require(others_.size() == 1, "{}: it holds {}; choose one by --member", conversion_.input,
              join_text(others_, ", "));
      return convert_member(others_[0]);
    }
    write_file_atomic(conversion_.output, [&](File& file) { convert_xyz_files(file); });
    return format("{} frames written to {}{}{}{}", count_, conversion_.output, molecules_ ? qm9_units : "",
                  exclusions_.note(), skipped_note());
  }

 private:
  std::string where(const std::string& entry) const { return conversion_.input + ": " + entry; }
  std::string skipped_note() const {
    return skipped_ ? format("; {} entries that are no plain files inside the archive skipped", skipped_) : "";
  }

  // "._x.xyz": what macOS puts beside x.xyz.
  static bool is_xyz(const std::string& entry) {
    return ends_in(entry, {".xyz", ".extxyz"}) && !file_name_of(entry).starts_with("._");
  }

  /// Looks through the archive up to its first .xyz file; without one, `others_` are all that could be converted.
  bool find_xyz_file() {
    ArchiveReader archive(conversion_.input);
    while (archive.next()) {
      const std::string& entry = archive.entry();
      if (is_xyz(entry)) return true;
      if (ends_in(entry, {".npz", ".db"}) || is_json(entry)) others_.push_back(entry);
    }
    return false;
  }

  void convert_xyz_files(File& file) {
    ArchiveReader archive(conversion_.input);
    FrameSink sink(file, static_cast<int64_t>(archive.archive_size()), "byte");
    while (archive.next()) {
      const std::string entry = archive.entry();
      if (!is_xyz(entry)) continue;
      const std::string text = archive.read_text(largest_text);
      if (is_qm9(text)) {
        ++molecules_;
        const Frame frame = parse_qm9(text, where(entry));
        if (!exclusions_.contains(frame)) sink.write(frame);
      } else {
        XyzReader reader(text, where(entry));
        for (Frame frame; reader.next(frame);) sink.write(frame);
      }
      sink.show(static_cast<int64_t>(archive.archive_offset()));
    }
    sink.finish();
    count_ = sink.count();
    skipped_ = archive.skipped();
    if (count_ && !molecules_) exclusions_.require_none();
  }

  std::string convert_member(const std::string& member) {
    ArchiveReader archive(conversion_.input);
    std::vector<std::string> names;
    const TemporaryFolder folder;
    while (archive.next()) {
      const std::string entry = archive.entry();
      names.push_back(entry);
      if (entry != member && !entry.ends_with("/" + member)) continue;
      return convert_entry(archive, entry, folder);
    }
    std::vector<std::string> short_names;
    for (const std::string& name : names) short_names.push_back(file_name_of(name));
    fail(ErrorKind::not_found, "{}: it holds no file '{}'{}", conversion_.input, member,
         suggestion(member, short_names));
  }

  std::string convert_entry(ArchiveReader& archive, const std::string& entry, const TemporaryFolder& folder) {
    if (ends_in(entry, {".xyz", ".extxyz"})) {
      return convert_xyz_entry(archive.read_text(largest_text), entry);
    }
    exclusions_.require_none();
    require(ends_in(entry, {".npz", ".db"}) || is_json(entry),
            "{}: it is not .xyz, .npz, .db or .json; only these are converted", where(entry));
    // NumPy's archives and databases are read in any order, so they need a file of their own. Its name is ours.
    const std::string ending = entry.ends_with(".npz") ? ".npz" : entry.ends_with(".db") ? ".db" : ".json";
    const std::string path = folder.file("member" + ending), name = where(entry);
    unpack(archive, path);
    return convert_file(path, name, conversion_.output);
  }

  std::string convert_xyz_entry(const std::string& text, const std::string& entry) {
    std::string result;
    int64_t count = 0;
    if (is_qm9(text)) {
      const Frame frame = parse_qm9(text, where(entry));
      require(!exclusions_.contains(frame), "{}: the molecule is in {}, so nothing is left", where(entry),
              conversion_.exclude);
      result = format_xyz(frame);
      count = 1;
      molecules_ = 1;
    } else {
      exclusions_.require_none();
      XyzReader reader(text, where(entry));
      for (Frame frame; reader.next(frame); ++count) result += format_xyz(frame);
    }
    write_file_atomic(conversion_.output, result);
    return format("{} frames written to {}{}", count, conversion_.output, molecules_ ? qm9_units : "");
  }

  void unpack(ArchiveReader& archive, const std::string& path) const {
    File file = File::open(path, File::Mode::create_new);
    Progress bar("unpack", static_cast<int64_t>(archive.archive_size()),
                 {.unit = "byte", .quiet = archive.archive_size() < quickly_unpacked});
    std::vector<std::byte> buffer(text_at_once);
    while (const size_t got = archive.read(buffer)) {
      file.write(std::span<const std::byte>(buffer.data(), got));
      bar.update(static_cast<int64_t>(archive.archive_offset()));
    }
    // The checksum of a gzip file stands at its end, so until there nothing is known to be right.
    while (archive.next()) bar.update(static_cast<int64_t>(archive.archive_offset()));
    file.close();
    bar.finish();
  }

  const FrameConversion& conversion_;
  Exclusions exclusions_;
  std::vector<std::string> others_;
  int64_t count_ = 0, molecules_ = 0, skipped_ = 0;
};

}  // namespace

bool ends_in(const std::string& path, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return path.ends_with(ending); });
}

bool holds_frames(const FrameConversion& conversion) {
  const std::string& input = conversion.input;
  return ArchiveReader::has_ending(input) || ends_in(input, {".npz", ".db", ".xyz", ".extxyz"}) ||
         (is_json(input) && ends_in(conversion.output, {".xyz", ".extxyz"}));
}

std::string convert_frames(const FrameConversion& conversion) {
  const std::string& input = conversion.input;
  require(ends_in(conversion.output, {".xyz", ".extxyz"}), "{}: frames of atoms are converted to .xyz only",
          conversion.output);
  if (!file_exists(input)) fail(ErrorKind::not_found, "{}: there is no such file", input);
  const bool archive = ArchiveReader::has_ending(input);
  require(archive || conversion.member.empty(), "--member {}: {} is no archive, so it has no members",
          conversion.member, input);
  if (archive) return ArchiveConversion(conversion).run();
  if (ends_in(input, {".xyz", ".extxyz"})) return convert_qm9_file(conversion);
  Exclusions(conversion.exclude).require_none();
  return convert_file(input, input, conversion.output);
}

}  // namespace spinel::cli
