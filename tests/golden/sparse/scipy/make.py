#!/usr/bin/env python3
"""Makes the .npz files of this folder with SciPy (1.17 made those that are here)."""
import numpy as np
import scipy.sparse as sp

dense = np.array([[0, 1.5, 0, 0], [0, 0, 0, 0], [-2, 0, 0, 4]])
sp.save_npz("csr.npz", sp.csr_matrix(dense))
sp.save_npz("csc.npz", sp.csc_matrix(dense), compressed=False)
sp.save_npz("coo.npz", sp.coo_matrix(dense))
