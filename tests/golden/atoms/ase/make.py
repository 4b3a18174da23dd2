"""Makes the databases of tests/golden/cli/ase and what ASE says of them, with ASE and SchNetPack."""
import json, os, sys, numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.db import connect
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
def fresh(name):
    path = os.path.join(out, name)
    if os.path.exists(path): os.remove(path)
    return path
rng = np.random.default_rng(0)
r = lambda *s: np.round(rng.normal(size=s), 3)
# ASE: columns, key_value_pairs, data of many types
with connect(fresh('ase.db'), append=False) as db:
    db.metadata = {'title': 'a test'}
    a = Atoms('H2O', positions=r(3, 3)); a.set_initial_charges([0.1, 0.2, -0.3])
    a.calc = SinglePointCalculator(a, energy=-1.5, forces=r(3, 3), dipole=[0.1, 0.2, 0.3], charges=[0.4, 0.5, -0.9])
    db.write(a, key_value_pairs={'relaxed': True, 'name': 'water one', 'gap': 0.25, 'steps': 3},
             data={'shielding': r(3, 3, 3), 'ids': np.array([3, 1, 2, 9], np.int32), 'list': [[1, 2.5], [3, 4]],
                   'nested': {'a': 1}, 'words': ['x', 'y'], 'single': np.float32([0.5]), 'flags': np.array([True, False])})
    b = Atoms('NaCl', scaled_positions=[[0, 0, 0], [.5, .5, .5]], cell=[[4, 0, 0], [.5, 4, 0], [0, .25, 4]], pbc=[1, 1, 0])
    b.calc = SinglePointCalculator(b, energy=-3.25, forces=r(2, 3), stress=[1, 2, 3, 4, 5, 6], magmoms=[0.5, -0.5])
    b.set_tags([1, 2]); b.set_momenta(r(2, 3))
    db.write(b)
# ISO17's keys, and data as text (version 8 and older)
with connect(fresh('iso17.db'), append=False) as db:
    for k in range(3):
        db.write(Atoms('CO', positions=r(2, 3)), key_value_pairs={'total_energy': -10.5 - k}, data={'atomic_forces': r(2, 3)})
import sqlite3
from ase.io.jsonio import encode
db = connect(os.path.join(out, 'iso17.db'))
texts = [(encode(row.data), row.id) for row in db.select()]
c = sqlite3.connect(os.path.join(out, 'iso17.db'))
c.executemany('UPDATE systems SET data=? WHERE id=?', texts)
c.execute("UPDATE information SET value='8' WHERE name='version'"); c.commit(); c.execute('VACUUM'); c.close()
# SchNetPack
from schnetpack.data import create_dataset, AtomsDataFormat
path = fresh('schnetpack.db')
d = create_dataset(datapath=path, format=AtomsDataFormat.ASE, distance_unit='Bohr',
    property_unit_dict={'energy': 'kcal/mol', 'forces': 'kcal / mol / Ang', 'dipole_moment': 'Debye', 'heat_capacity': 'cal/mol/K',
                        'homo': 'Ha', 'stress': 'GPa', 'isotropic_polarizability': 'a0 a0 a0'})
atoms, props = [], []
for symbols in ('H2O', 'CH4', 'OH'):
    a = Atoms(symbols); n = len(a); a.positions = r(n, 3)
    atoms.append(a)
    props.append({'energy': np.array([-97.5]), 'forces': r(n, 3), 'dipole_moment': r(1, 3), 'heat_capacity': np.array([6.469]),
                  'homo': np.array([-0.3877]), 'stress': r(1, 3, 3), 'isotropic_polarizability': np.array([13.21])})
d.add_systems(property_list=props, atoms_list=atoms)
# What the reference readers say
def plain(x):
    if isinstance(x, np.ndarray): return x.tolist()
    if isinstance(x, np.generic): return x.item()
    return x
want = {}
for name in ('ase', 'iso17'):
    rows = []
    for row in connect(os.path.join(out, name + '.db')).select():
        a = row.toatoms()
        rows.append({'numbers': plain(a.numbers), 'positions': plain(a.positions), 'cell': plain(a.cell.array), 'pbc': plain(a.pbc),
          'kv': dict(row.key_value_pairs), 'data': {k: plain(v) for k, v in row.data.items()},
          **{k: plain(row[k]) for k in ('energy', 'forces', 'stress', 'dipole', 'charges', 'magmoms', 'initial_charges', 'momenta', 'tags') if k in row}})
    want[name] = rows
from schnetpack.data import ASEAtomsData
d = ASEAtomsData(path, property_units={'energy': 'eV', 'forces': 'eV/Ang', 'homo': 'eV'}, distance_unit='Ang')
want['schnetpack'] = [{k: plain(v.numpy()) for k, v in d[i].items()} for i in range(len(d))]
json.dump(want, open(os.path.join(out, 'expected.json'), 'w'), indent=1)
for name in ('ase', 'iso17', 'schnetpack'):
    c = sqlite3.connect(os.path.join(out, name + '.db')); c.execute('PRAGMA page_size=512'); c.execute('VACUUM'); c.close()
