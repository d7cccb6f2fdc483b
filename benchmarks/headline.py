"""Our speed beside the reference client's and Parquet's, alternating in one run, as Markdown.

    python benchmarks/headline.py            # 1 000 000 rows x 20 columns, 5 rounds
    python benchmarks/headline.py --quick    # 3 rounds, the reference client once

The reference client runs in `.venv-oldest`, which `make test` makes: it refuses pandas 3.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
OLDEST = HERE.parent / ".venv-oldest" / "bin" / "python"

LABELS = {
    "ours": "this package, every value verified by reading back (the default)",
    "ours-rows": 'this package, `verify="rows"`',
    "parquet": "pandas `to_parquet`",
    "reference-50000": "reference client, 50 000 rows a write",
    "reference": "reference client, its default (1000 rows a write)",
}


def measure(variant: str, rows: int, *extra: str) -> dict[str, float]:
    python = str(OLDEST) if variant.startswith("reference") else sys.executable
    command = [python, str(HERE / "measure.py"), variant, "--rows", str(rows), *extra]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{variant} failed:\n{ran.stderr}")
    figures: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return figures


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="3 rounds, the slowest once")
    options = arguments.parse_args()
    rounds = 3 if options.quick else options.rounds
    variants = [v for v in LABELS if OLDEST.exists() or not v.startswith("reference")]
    figures = defaultdict(list)
    for number in range(rounds):
        for variant in variants:
            if variant == "reference" and options.quick and number:
                continue
            figures[variant].append(measure(variant, options.rows))
            print(f"round {number + 1}: {variant} {figures[variant][-1]}", file=sys.stderr)
    report(figures, options.rows)


def report(figures: dict[str, list[dict[str, float]]], rows: int) -> None:
    middle = {
        variant: {key: median(run[key] for run in runs) for key in runs[0]}
        for variant, runs in figures.items()
    }
    shown = f"{rows:,}".replace(",", " ")
    print(f"\n{shown} rows x 20 columns, medians:\n")
    print("| what | seconds | x Parquet | memory above the frame, MB | fragments | files |")
    print("|---|---|---|---|---|---|")
    base = middle["parquet"]["seconds"]
    for variant, row in middle.items():
        print(
            f"| {LABELS[variant]} | {row['seconds']:.2f} | {row['seconds'] / base:.2f} "
            f"| {row['peak_mb']:.0f} | {row['fragments']:.0f} | {row['files']:.0f} |"
        )
    if "reference" in middle:
        for variant in ("ours", "ours-rows"):
            times = middle["reference"]["seconds"] / middle[variant]["seconds"]
            print(f"\n{variant}: {times:.0f} times the reference client's default.")


if __name__ == "__main__":
    main()
