#!/usr/bin/env bash
# Trains SchNet on real data, tests it on frames it has not seen, and runs molecular dynamics with it.
# Usage: tools/demo.sh [FOLDER]      results go to FOLDER (runs/demo)
# `make demo` calls it after building; a few minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

spinel=build/release/bin/spinel
data=data/ethanol-gfn2/ethanol_gfn2.xyz
run=${1:-runs/demo}
if [[ ! -x $spinel ]]; then
  echo "demo: $spinel is missing; run: make demo" >&2
  exit 1
fi

step() { printf '\n== %s\n   %s\n' "$1" "$2"; }

step "1. Train SchNet on 400 frames of ethanol (energies and forces at GFN2-xTB)" \
     "spinel train configs/schnet/ethanol_demo.yaml"
"$spinel" train configs/schnet/ethanol_demo.yaml --output "$run" --overwrite

step "2. Predict the 100 test frames, which training has not seen" \
     "spinel predict $run $data --part test -o $run/test.xyz --plot $run/parity.png --report $run/report.html"
"$spinel" predict "$run" "$data" --part test -o "$run/test.xyz" --plot "$run/parity.png" --report "$run/report.html"

step "3. Molecular dynamics with the trained potential: 1 ps at constant energy" \
     "spinel md $run $data -o $run/md.xyz --steps 2000 --temperature 300 --table $run/md.csv"
"$spinel" md "$run" "$data" -o "$run/md.xyz" --steps 2000 --temperature 300 --table "$run/md.csv"

cat << END

Results in $run:
  checkpoints/best.safetensors   the trained model            (spinel info $run)
  config.yaml                    every option of the run
  parity.png, report.html        predictions beside targets, errors, learning curves
  test.xyz                       the predictions
  md.xyz, md.csv                 trajectory and energies

What to try next:
  $spinel train configs/schnet/ethanol_demo.yaml --set Trainer.max_epochs=300 --output runs/longer
  $spinel predict $run YOUR.xyz -o predicted.csv
  $spinel md $run $data -o hot.xyz --ensemble nvt --temperature 500 --steps 10000
  docs/getting-started.md walks through the same with your own data.
END
