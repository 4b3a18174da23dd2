#include "spinel/cli/convert_npz.h"

#include <initializer_list>
#include <optional>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/npy.h"
#include "spinel/base/platform/file.h"
#include "spinel/cli/convert_frames.h"

namespace spinel::cli {
namespace {

/// An array with its key, which messages name.
struct Array {
  std::string key;
  NpyArray values;
};

class Trajectory {
 public:
  Trajectory(const std::string& path, const std::string& name) : path_(name), file_(NpzFile::open(path, name)) {
    const std::optional<Array> numbers = find({"z", "nuclear_charges"}), positions = find({"R", "coords"});
    if (!numbers || !positions) {
      fail(ErrorKind::not_found, "{}: it holds the arrays {}, but {} of {}; MD17's or rMD17's names are needed", name,
           join_text(file_.names(), ", "), numbers ? "no positions" : "no atomic numbers",
           numbers ? "R or coords" : "z or nuclear_charges");
    }
    read_numbers(*numbers);
    positions_ = positions->values;
    const std::vector<int64_t>& shape = positions_.shape;
    if (shape.size() != 3) refuse(*positions, "[frames, atoms, 3]");
    frames_ = shape[0];
    expect(*positions, {frames_, atoms(), 3});
    if (const auto energies = find({"E", "energies"})) {
      const bool column = energies->values.shape.size() == 2;
      if (column) expect(*energies, {frames_, 1});
      else expect(*energies, {frames_});
      energies_ = energies->values;
    }
    if (const auto forces = find({"F", "forces"})) {
      expect(*forces, {frames_, atoms(), 3});
      forces_ = forces->values;
    }
  }

  int64_t frames() const { return frames_; }
  int64_t atoms() const { return static_cast<int64_t>(numbers_.size()); }
  void check_intact() const { file_.check_intact(); }

  Frame frame(int64_t index) const {
    Frame frame;
    frame.numbers = numbers_;
    const int64_t begin = index * atoms() * 3;
    for (int64_t i = 0; i < atoms(); ++i) {
      frame.positions.push_back(
          {positions_.real(begin + 3 * i), positions_.real(begin + 3 * i + 1), positions_.real(begin + 3 * i + 2)});
    }
    if (energies_) frame.info["energy"] = {{}, std::vector<double>{energies_->real(index)}};
    if (forces_) {
      std::vector<double> values;
      for (int64_t k = 0; k < atoms() * 3; ++k) values.push_back(forces_->real(begin + k));
      frame.arrays["forces"] = {3, std::move(values)};
    }
    return frame;
  }

 private:
  std::optional<Array> find(std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
      if (file_.contains(key)) return Array{key, file_.array(key)};
    }
    return std::nullopt;
  }
  [[noreturn]] void refuse(const Array& array, const std::string& wanted) const {
    fail(ErrorKind::corrupt, "{}: {} has shape [{}] of type {}{}; {} of numbers is needed", path_, array.key,
         join_text(array.values.shape, ", "), array.values.kind, array.values.size, wanted);
  }
  void expect(const Array& array, const std::vector<int64_t>& shape) const {
    if (array.values.shape != shape || !array.values.is_number()) refuse(array, "[" + join_text(shape, ", ") + "]");
  }
  void read_numbers(const Array& array) {
    if (array.values.shape.size() != 1 || !array.values.is_number()) refuse(array, "[atoms]");
    for (int64_t i = 0; i < array.values.num_elements(); ++i) {
      const double number = array.values.real(i);
      if (!(number >= 1 && number <= kLargestAtomicNumber) || number != static_cast<double>(static_cast<int>(number))) {
        fail(ErrorKind::corrupt, "{}: {}[{}] is {}; an atomic number from 1 to {} is needed", path_, array.key, i,
             number, kLargestAtomicNumber);
      }
      numbers_.push_back(static_cast<int64_t>(number));
    }
    if (numbers_.empty()) refuse(array, "[atoms]");
  }

  std::string path_;
  NpzFile file_;
  std::vector<int64_t> numbers_;
  NpyArray positions_;
  std::optional<NpyArray> energies_, forces_;
  int64_t frames_ = 0;
};

}  // namespace

int64_t convert_npz(const std::string& input, const std::string& output, const std::string& name,
                    const std::function<void(int64_t, int64_t)>& progress) {
  const Trajectory trajectory(input, name);
  write_file_atomic(output, [&](File& file) {
    std::string text;
    for (int64_t k = 0; k < trajectory.frames(); ++k) {
      text += format_xyz(trajectory.frame(k));
      if ((k + 1) % frames_at_once && k + 1 != trajectory.frames()) continue;
      file.write(text);
      text.clear();
      if (progress) progress(k + 1, trajectory.frames());
    }
    trajectory.check_intact();
  });
  return trajectory.frames();
}

}  // namespace spinel::cli
