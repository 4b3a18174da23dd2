#include "spinel/atoms/qm9.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// QM9's first molecule (CC0).
const std::string methane =
    "5\n"
    "gdb 1\t157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t0.044749\t-40.47893\t"
    "-40.476062\t-40.475117\t-40.498597\t6.469\t\n"
    "C\t-0.0126981359\t 1.0858041578\t 0.0080009958\t-0.535689\n"
    "H\t 0.002150416\t-0.0060313176\t 0.0019761204\t 0.133921\n"
    "H\t 1.0117308433\t 1.4637511618\t 0.0002765748\t 0.133922\n"
    "H\t-0.540815069\t 1.4475266138\t-0.8766437152\t 0.133923\n"
    "H\t-0.5238136345\t 1.4379326443\t 0.9063972942\t 0.133923\n"
    "1341.307\t1341.3284\t1341.365\t1562.6731\t1562.7453\t3038.3205\t3151.6034\t3151.6788\t3151.7078\n"
    "C\tC\t\n"
    "InChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4\n";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = methane;
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

double real(const Frame& frame, const std::string& key) {
  return std::get<std::vector<double>>(frame.info.at(key).values).at(0);
}

TEST(Qm9, AMoleculeHasItsAtomsAndAllPropertiesInTheirUnits) {
  const Frame frame = parse_qm9(methane, "a.xyz");
  EXPECT_THAT(frame.numbers, ElementsAre(6, 1, 1, 1, 1));
  EXPECT_EQ(frame.positions[4], (Vector3{-0.5238136345, 1.4379326443, 0.9063972942}));
  EXPECT_FALSE(frame.periodic());
  EXPECT_EQ(std::get<std::vector<double>>(frame.arrays.at("charges").values)[0], -0.535689);
  const std::pair<const char*, double> wanted[] = {
      {"rotational_constant_A", 157.7118},
      {"rotational_constant_B", 157.70997},
      {"rotational_constant_C", 157.70699},
      {"dipole_moment", 0},
      {"isotropic_polarizability", 13.21},
      {"homo", -10.549854},
      {"lumo", 3.186453},
      {"gap", 13.736308},
      {"electronic_spatial_extent", 35.3641},
      {"zpve", 1.217682},
      {"energy_U0", -1101.487799},
      {"energy_U", -1101.409757},
      {"enthalpy_H", -1101.384042},
      {"free_energy", -1102.022965},
      {"heat_capacity", 6.469},
  };
  ASSERT_EQ(std::size(wanted), qm9_properties().size());
  for (const auto& [key, value] : wanted) EXPECT_NEAR(real(frame, key), value, 2e-5) << key;
  EXPECT_EQ(std::get<std::vector<int64_t>>(frame.info.at("gdb_index").values), std::vector<int64_t>{1});
  EXPECT_EQ(frame.info.at("frequencies").shape, std::vector<int64_t>{9});
  EXPECT_EQ(std::get<std::vector<std::string>>(frame.info.at("smiles").values)[0], "C");
  EXPECT_EQ(std::get<std::vector<std::string>>(frame.info.at("inchi").values)[0], "InChI=1S/CH4/h1H4");
}

TEST(Qm9, ExponentsInMathematicasNotationAreRead) {
  const Frame frame = parse_qm9(changed("0.0002765748", "2.765748*^-4"), "a.xyz");
  EXPECT_EQ(frame.positions[2][2], 2.765748e-4);
  EXPECT_EQ(parse_qm9(changed("0.0002765748", "-1.0*^-6"), "a.xyz").positions[2][2], -1e-6);
}

TEST(Qm9, SurvivesExtendedXyz) {
  const Frame frame = parse_qm9(methane, "a.xyz");
  const Frame again = parse_xyz(format_xyz(frame), "b.xyz").at(0);
  EXPECT_EQ(again.numbers, frame.numbers);
  EXPECT_EQ(again.positions, frame.positions);
  EXPECT_EQ(again.info.size(), frame.info.size());
  for (const Qm9Property& property : qm9_properties()) {
    EXPECT_EQ(real(again, std::string(property.name)), real(frame, std::string(property.name)));
  }
  EXPECT_EQ(again.arrays.at("charges").values, frame.arrays.at("charges").values);
}

TEST(Qm9, LinearMoleculesHaveOneMoreFrequencyAndAtomsNone) {
  const std::string properties = methane.substr(2, methane.find('\n', 2) - 2);
  const std::string end = "\nC\tC\nInChI\tInChI\n";
  EXPECT_EQ(parse_qm9("2\n" + properties + "\nC 0 0 0 0\nO 0 0 1 0\n2170" + end, "a").size(), 2);
  EXPECT_EQ(parse_qm9("1\n" + properties + "\nC 0 0 0 0\n" + end, "a").size(), 1);
}

TEST(Qm9, OtherFilesAreToldApart) {
  EXPECT_TRUE(is_qm9(methane));
  EXPECT_FALSE(is_qm9("5\nenergy=1\nC 0 0 0\n"));
  EXPECT_FALSE(is_qm9("5"));
  EXPECT_FALSE(is_qm9("5\ngdb"));
}

TEST(Qm9, BrokenFilesAreCorruptAndSayWhere) {
  const std::pair<std::string, const char*> cases[] = {
      {changed("5\n", "x\n"), "a.xyz:1: not a number of atoms"},
      {changed("5\n", "0\n"), "a.xyz:1: not a number of atoms"},
      {changed("5\n", "9000000000000\n"), "a.xyz:1: not a number of atoms"},
      {changed("gdb 1", "gdb x"), "a.xyz:2: not 'gdb'"},
      {changed("6.469", ""), "a.xyz:2: not 'gdb', a number and 15 properties"},
      {changed("6.469", "6.469\t1"), "a.xyz:2: not 'gdb', a number and 15 properties"},
      {changed("13.21", "13,21"), "a.xyz:2: not a finite number: '13,21'"},
      {changed("13.21", "nan"), "a.xyz:2: not a finite number"},
      {changed("C\t-0.01", "Q\t-0.01"), "a.xyz:3: not an element: 'Q'"},
      {changed("\t 0.133921", ""), "a.xyz:4: not a symbol, a position and a charge"},
      {changed("0.002150416", "1.*^"), "a.xyz:4: not a finite number: '1.*^'"},
      {changed("5\n", "4\n"), "a.xyz:7: not a finite number: 'H'"},
      {changed("1341.307\t", ""), "a.xyz:8: 8 frequencies, but 5 atoms have 9 or 10"},
      {changed("C\tC\t", "C"), "a.xyz:9: not two smiles"},
      {methane + "5\n", "a.xyz:11: more follows"},
  };
  for (const auto& [text, message] : cases) {
    const Error error = error_of([&] { parse_qm9(text, "a.xyz"); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
  for (size_t size = 0; size + 40 < methane.size(); ++size) {
    EXPECT_EQ(error_of([&] { parse_qm9(methane.substr(0, size), "a.xyz"); }).kind(), ErrorKind::corrupt) << size;
  }
}

TEST(Qm9, TheListOfUncharacterizedMoleculesGivesTheirNumbers) {
  const std::string list =
      "List of 2 molecules\n=====\n\nIndex  SMILES\n   21  C#N\n-----\n     58\tO=C\n   21  C#N\n2.5 nothing\n";
  EXPECT_THAT(parse_qm9_exclusions(list, "list.txt"), ElementsAre(21, 58));
  EXPECT_EQ(error_of([] { parse_qm9_exclusions("none\n", "list.txt"); }).kind(), ErrorKind::corrupt);
}

}  // namespace
}  // namespace spinel
