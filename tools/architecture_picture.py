#!/usr/bin/env python3
"""Draws docs/architecture.svg: the rooms as boxes, lowest at the bottom, and the arrows of what includes what."""
import html
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
# (room, what it holds, column, row from the bottom, stands on libtorch)
ROOMS = [
    ("base", "errors, files, configs, safetensors, threads", 0, 0, False),
    ("kernels", "CPU kernels on raw pointers", 0, 1, False),
    ("hosts/torch", "kernels as libtorch operators", 0, 2, True),
    ("nn", "Module, dense layers, activations", 0, 3, True),
    ("atoms", "frames, extended XYZ, neighbours", 0, 4, True),
    ("train", "Trainer, optimisers, metrics, checkpoints", 0, 5, True),
    ("models", "schnet", 0, 6, True),
    ("cli", "spinel train, predict, md, check, …", 0, 7, True),
]
LATER = [("registry, ops", "operators as data", 1), ("sparse, graph", "matrices, graph learning", 2.5),
         ("serve, diffusion", "language and image models", 6.5)]
WIDTH, HEIGHT, STEP, TOP = 340, 44, 64, 20


def box(x, y, width, title, text, fill, dash=""):
    return (f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="6" fill="{fill}" stroke="#334"{dash}/>'
            f'<text x="{x + 12}" y="{y + 18}" font-weight="bold">{html.escape(title)}</text>'
            f'<text x="{x + 12}" y="{y + 35}" font-size="12">{html.escape(text)}</text>')


def main():
    rows = len(ROOMS)
    height = TOP * 2 + rows * STEP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}" '
             'font-family="sans-serif" font-size="14">',
             "<title>The rooms of Spinel; an include only goes down</title>",
             '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
             'orient="auto"><path d="M0 0L8 4L0 8z" fill="#334"/></marker></defs>',
             f'<rect width="720" height="{height}" fill="#fff"/>']
    for name, text, _, row, torch in ROOMS:
        y = TOP + (rows - 1 - row) * STEP
        parts.append(box(40, y, WIDTH, name, text, "#fde9d2" if torch else "#dcebfa"))
        if row:
            parts.append(f'<line x1="210" y1="{y + HEIGHT}" x2="210" y2="{y + STEP}" stroke="#334" '
                         'marker-end="url(#tip)"/>')
    for name, text, row in LATER:
        y = TOP + (rows - 1 - row) * STEP
        parts.append(box(440, y, 240, name, text, "#f4f4f4", ' stroke-dasharray="4 3"'))
        parts.append(f'<line x1="440" y1="{y + 30}" x2="382" y2="{y + 42}" stroke="#999" marker-end="url(#tip)"/>')
    y = TOP + (rows - 1) * STEP
    parts.append(f'<rect x="440" y="{y}" width="14" height="14" fill="#dcebfa" stroke="#334"/>'
                 f'<text x="462" y="{y + 12}" font-size="12">without libtorch; base also on Windows</text>'
                 f'<rect x="440" y="{y + 22}" width="14" height="14" fill="#fde9d2" stroke="#334"/>'
                 f'<text x="462" y="{y + 34}" font-size="12">on libtorch (dashed: a place kept free)</text>')
    parts.append("</svg>\n")
    (ROOT / "docs/architecture.svg").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
