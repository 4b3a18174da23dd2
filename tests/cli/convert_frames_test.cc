// `spinel convert` on data sets as their authors publish them.
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "spinel/base/config.h"
#include "tests/cli/run_spinel.h"
#include "tests/support/npy_writer.h"
#include "tests/support/tar_writer.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

std::string qm9_archive() { return source_file("tests/golden/cli/qm9/dsgdb9nsd.xyz.tar.bz2"); }
std::string database(const std::string& name) { return source_file("tests/golden/atoms/ase/" + name); }

double real(const Frame& frame, const std::string& key) {
  return std::get<std::vector<double>>(frame.info.at(key).values).at(0);
}
std::vector<double> forces(const Frame& frame) {
  return std::get<std::vector<double>>(frame.arrays.at("forces").values);
}

struct Convert : testing::Test {
  TemporaryFolder folder;
  std::string output = folder.file("out.xyz");

  std::string write(const std::string& name, const std::string& content) {
    write_file_atomic(folder.file(name), content);
    return folder.file(name);
  }
  ProcessResult run(const std::string& input, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"convert", input, "-o", output});
    return run_spinel(options);
  }
  std::vector<Frame> frames(const std::string& input, const std::vector<std::string>& options = {},
                            const std::string& says = "") {
    const ProcessResult result = run(input, options);
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr(says));
    return result.exit_status == 0 ? read_xyz(output) : std::vector<Frame>(10);
  }
  /// The run fails, and what stood under the output's name stays.
  void refused(const std::string& input, const std::vector<std::string>& options, const std::string& text) {
    write_file_atomic(output, "old");
    const size_t files = list_folder(folder.path()).size();
    expect_failure(run(input, options), 2, text);
    EXPECT_EQ(read_file(output), "old");
    EXPECT_EQ(list_folder(folder.path()).size(), files);
  }
};

TEST_F(Convert, Qm9sArchiveGivesAFrameAMolecule) {
  const std::vector<Frame> all = frames(qm9_archive(), {}, "2 frames written to " + output + "; energies in eV");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NEAR(real(all[0], "energy_U0"), -40.47893 * 27.2113862, 1e-5);
  EXPECT_EQ(real(all[1], "dipole_moment"), 1.8511);
  EXPECT_EQ(all[1].positions[1][2], 1.5346341e-3);
}

TEST_F(Convert, Qm9sUncharacterizedMoleculesAreLeftOut) {
  const std::string list = write("uncharacterized.txt", "Index  SMILES\n     3\tO\n   900\tN\n-----\n");
  const auto some = frames(qm9_archive(), {"--exclude", list}, "; 1 molecules of " + list + " left out");
  ASSERT_EQ(some.size(), 1u);
  EXPECT_EQ(some[0].size(), 5);
  refused(write("a.tar", tar_of({{"a.xyz", "1\n\nH 0 0 0\n"}})), {"--exclude", list}, "no molecules of QM9");
  refused(database("iso17.db"), {"--exclude", list}, "no molecules of QM9");
  refused(qm9_archive(), {"--exclude", write("empty.txt", "nothing")}, "no line begins with the number");
}

TEST_F(Convert, ASingleFileOfQm9IsRead) {
  const std::string text =
      "1\ngdb 7 1 2 3 4 5 0.5 7 8 9 10 11 12 13 14 15\nH 0 0 1.5*^-2 0\n\nH\tH\nInChI=x\tInChI=x\n";
  const auto frame = frames(write("h.xyz", text)).at(0);
  EXPECT_NEAR(real(frame, "homo"), 13.6056931, 1e-6);
  refused(write("plain.xyz", "1\nenergy=1\nH 0 0 0\n"), {}, "extended XYZ needs no conversion");
  const std::string list = write("list.txt", "7 H\n");
  refused(folder.file("h.xyz"), {"--exclude", list}, "nothing is left");
}

TEST_F(Convert, ABrokenMoleculeIsNamedAndNothingIsWritten) {
  const std::string good = "1\ngdb 1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\nH 0 0 0 0\n\nH\tH\nI\tI\n";
  std::string bad = good;
  bad.replace(bad.find("H 0 0 0"), 7, "H 0 x 0");
  const std::string archive = write("qm9.tar.gz", gzip_of(tar_of({{"a/1.xyz", good}, {"a/2.xyz", bad}})));
  refused(archive, {}, "qm9.tar.gz: a/2.xyz:3: not a finite number: 'x'");
  const std::string cut = read_file(qm9_archive());
  refused(write("cut.tar.bz2", cut.substr(0, cut.size() - 9)), {}, "cut.tar.bz2: ");  // AR-02
}

TEST_F(Convert, ArchivesOfExtendedXyzBecomeOneFile) {
  const std::string archive =
      write("many.zip",
            zip_of({{"1.xyz", "1\nenergy=1.5\nH 0 0 0\n"}, {"._1.xyz", "x"}, {"2.xyz", "1\nenergy=2.5\nO 0 0 0\n"}}));
  EXPECT_EQ(frames(archive).size(), 2u);
  EXPECT_EQ(real(frames(archive, {"--member", "2.xyz"}).at(0), "energy"), 2.5);
  const std::string outside =
      write("b.tar", tar_of({{"/1.xyz", "x"}, {"2.xyz", "1\n\nH 0 0 0\n"}, {"l", "", '2', "/"}}));
  EXPECT_EQ(frames(outside, {}, "; 2 entries that are no plain files inside").size(), 1u);  // AR-01
}

std::string trajectory(double energy) {
  return zip_of({{"nuclear_charges.npy", npy_of("|u1", "(1,)", bytes_of<uint8_t>({8}))},
                 {"coords.npy", npy_of("<f8", "(2, 1, 3)", bytes_of<double>({0, 0, 0, 1, 2, 3}))},
                 {"energies.npy", npy_of("<f8", "(2,)", bytes_of<double>({energy, energy + 1}))}});
}

TEST_F(Convert, ATrajectoryOfRmd17IsTakenOutOfItsArchive) {
  const std::string archive =
      write("rmd17.tar.gz", gzip_of(tar_of({{"rmd17/readme.txt", "x"},
                                            {"rmd17/npz_data/rmd17_aspirin.npz", trajectory(-5)},
                                            {"rmd17/npz_data/rmd17_uracil.npz", trajectory(-7)}})));
  const auto uracil = frames(archive, {"--member", "rmd17_uracil.npz"}, "kcal/mol");
  ASSERT_EQ(uracil.size(), 2u);
  EXPECT_EQ(real(uracil[1], "energy"), -6);
  EXPECT_EQ(uracil[1].positions[0], (Vector3{1, 2, 3}));
  EXPECT_EQ(frames(archive, {"--member", "rmd17/npz_data/rmd17_aspirin.npz"}).size(), 2u);
  refused(archive, {}, "it holds rmd17/npz_data/rmd17_aspirin.npz, rmd17/npz_data/rmd17_uracil.npz; choose one by --m");
  refused(archive, {"--member", "rmd17_urazil.npz"}, "did you mean 'rmd17_uracil.npz'?");
  refused(archive, {"--member", "17_uracil.npz"}, "it holds no file");
  refused(archive, {"--member", "readme.txt"}, "it is not .xyz, .npz, .db or .json");
  EXPECT_EQ(frames(write("one.tar", tar_of({{"a.npz", trajectory(1)}}))).size(), 2u);
  refused(write("none.tar", tar_of({{"a.txt", ""}})), {}, "nothing can be converted");
  refused(write("broken.tar", tar_of({{"a.npz", "no zip"}})), {}, "broken.tar: a.npz: ");
  refused(write("a.npz", trajectory(1)), {"--member", "x"}, "is no archive");
}

TEST_F(Convert, ADatabaseOfIso17IsTakenOutOfItsArchive) {
  const std::string bytes = read_file(database("iso17.db"));
  const std::string archive =
      write("iso17.tar.gz", gzip_of(tar_of({{"iso17/reference.db", bytes}, {"iso17/test_other.db", "damaged"}})));
  const auto all = frames(archive, {"--member", "reference.db"}, "3 frames");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(real(all[2], "energy"), -12.5);
  EXPECT_EQ(forces(all[2]).size(), 6u);
  std::string damaged = read_file(archive);
  damaged[damaged.size() - 8] ^= 1;  // the checksum, far behind the member
  refused(write("damaged.tar.gz", damaged), {"--member", "reference.db"}, "damaged.tar.gz: the gzip data is broken");
  refused(archive, {"--member", "test_other.db"}, "iso17.tar.gz: iso17/test_other.db: ");  // AR-04
}

TEST_F(Convert, SchNetPacksDatabaseComesOutInElectronVoltAndAngstrom) {
  const Config all = parse_json(read_file(database("expected.json")), "expected.json");
  const auto read = frames(database("schnetpack.db"), {}, "energy from kcal/mol to eV");
  ASSERT_EQ(read.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    const Config& wanted = all.at("schnetpack").as_list()[k];
    EXPECT_NEAR(real(read[k], "energy"), wanted.at("energy").as_doubles()[0], 1e-5);
    EXPECT_NEAR(real(read[k], "homo"), wanted.at("homo").as_doubles()[0], 1e-5);
    EXPECT_EQ(real(read[k], "heat_capacity"), 6.469);
    EXPECT_NEAR(forces(read[k])[2], wanted.at("forces").as_list()[0].as_doubles()[2], 1e-7);
    EXPECT_NEAR(read[k].positions[0][1], wanted.at("_positions").as_list()[0].as_doubles()[1], 1e-8);
    // 1 GPa = 0.00624151 eV/Å³.
    EXPECT_NEAR(real(read[k], "stress"), 0.0062415091 * wanted.at("stress").as_list()[0].as_list()[0].as_doubles()[0],
                1e-8);
  }
  EXPECT_THAT(run(database("schnetpack.db")).output, HasSubstr("dipole_moment in Debye as it is"));
}

TEST_F(Convert, DocumentsOfTheMaterialsProjectBecomeFrames) {
  const std::string crystal =
      R"("structure": {"lattice": {"matrix": [[2,0,0],[0,2,0],[0,0,2]]},
          "sites": [{"species": [{"element": "Po", "occu": 1}], "abc": [0.5, 0, 0]}]}})";
  const std::string first = R"({"material_id": "mp-1", "formation_energy_per_atom": -0.5, )" + crystal;
  const std::string second = R"({"material_id": "mp-2", )" + crystal;
  const auto read = frames(write("mp.json", "{\"data\": [" + first + "," + second + "]}"), {},
                           "; 1 of them have no formation_energy_per_atom");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(real(read[0], "formation_energy_per_atom"), -0.5);
  EXPECT_EQ(read[0].positions[0], (Vector3{1, 0, 0}));
  EXPECT_TRUE(read[0].periodic());
  EXPECT_EQ(frames(write("mp.jsonl.gz", gzip_of(first + "\n" + second + "\n"))).size(), 2u);
  EXPECT_EQ(frames(write("mp.tar", tar_of({{"mp.json", first}}))).size(), 1u);
  refused(write("bad.json", "[" + first + "\n, {\"material_id\": \"mp-3\"}]"), {},
          "bad.json: document 2 from line 3 (mp-3)");
}

TEST_F(Convert, OptionsThatSayNothingAndOtherOutputsAreRefused) {
  expect_failure(run_spinel({"convert", qm9_archive(), "-o", folder.file("a.yaml")}), 2, "converted to .xyz only");
  expect_failure(run_spinel({"convert", schnetpack_model(), "-o", folder.file("a.safetensors"), "--member", "x"}), 2,
                 "--member and --exclude say nothing");
  expect_failure(run(folder.file("nothing.db")), 2, "no such file");
}

}  // namespace
}  // namespace spinel::cli
