#!/usr/bin/env python3
"""Draws docs/images/NAME.svg from docs/images/NAME.csv (rows: group, name, messages a second), for each NAME of TITLES.

Usage: scripts/plot_bars.py; the figures are those that docs/performance.md names.
"""

import csv
import math
import pathlib
from xml.sax.saxutils import escape

IMAGES = pathlib.Path(__file__).parent.parent / "docs" / "images"
LEFT, WIDTH, BAR, STEP, GAP = 330, 460, 16, 22, 34
COLOURS = {"plugin": "#2f6b3a", "tilth": "#2f6b3a", "loop": "#8a8f98"}
OTHERS_COLOUR = "#b0793a"
TITLES = {"broker": "Messages a second that Mosquitto acknowledges (logarithmic)",
          "peers": "Messages a second from the publisher to the store (logarithmic)"}


def colour(name):
    return next((value for start, value in COLOURS.items() if name.startswith(start)), OTHERS_COLOUR)


def draw(title, rows):
    most = max(value for _, _, value in rows)
    decades = math.ceil(math.log10(most))
    out, y, before = [], 34, None
    for group, name, value in rows:
        if group != before:
            y += 0 if before is None else GAP - STEP + 8
            out.append(f'<text x="10" y="{y}" font-weight="bold">{escape(group)}</text>')
            y += STEP
            before = group
        length = max(2, WIDTH * math.log10(max(value, 1)) / decades)
        out.append(f'<text x="{LEFT - 8}" y="{y}" text-anchor="end">{escape(name)}</text>')
        out.append(f'<rect x="{LEFT}" y="{y - 12}" width="{length:.1f}" height="{BAR}" fill="{colour(name)}"/>')
        out.append(f'<text x="{LEFT + length + 6:.1f}" y="{y}">{value:,.0f}</text>')
        y += STEP
    for power in range(decades + 1):
        x = LEFT + WIDTH * power / decades
        out.insert(0, f'<line x1="{x:.1f}" y1="40" x2="{x:.1f}" y2="{y}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{y + 12}" text-anchor="middle" fill="#666">{10 ** power:,}</text>')
    height = y + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 {height}" font-family="sans-serif" font-size="13">\n'
        f'<title>{title}</title>\n<rect width="880" height="{height}" fill="#fff"/>\n'
        f'<text x="10" y="16" font-size="14">{title}</text>\n' + "\n".join(out) + "\n</svg>\n"
    )


def main():
    for name, title in TITLES.items():
        with open(IMAGES / f"{name}.csv", newline="", encoding="utf-8") as file:
            rows = [(row["group"], row["name"], float(row["rate"])) for row in csv.DictReader(file)]
        (IMAGES / f"{name}.svg").write_text(draw(title, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
