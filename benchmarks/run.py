"""Our speed and memory beside the reference client's, Parquet's and the disk's, as Markdown.

    python benchmarks/run.py             # all works, 3 rounds, about ten minutes
    python benchmarks/run.py --quick     # the first four at a quarter of their size
    python benchmarks/run.py --scale     # 1, 10 and 100 million rows from Parquet parts
    python benchmarks/run.py --options   # compression and chunk_rows

Variants alternate within a round, each in a process of its own, so that a slow minute of the
machine is everybody's. The reference client runs in `.venv-oldest`, which `make test` makes: it
refuses pandas 3. Where that is missing, the rest is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from data import write_csv, write_parquet, write_parts
from works import LABELS, READING, SLOW, WORKS, Goal, Work

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
OLDEST = HERE.parent / ".venv-oldest" / "bin" / "python"
QUICK = 4
#: How many million rows, and how often: what is short is measured more often.
SCALES = {1: 5, 10: 3, 100: 1}
_SCALED = ("seconds", "cpu", "peak_mb")
FLAT = 1.2
OPTIONS = (
    "",
    "compression=zstd",
    "compression=lz4",
    "chunk_rows=1000",
    "chunk_rows=10000",
    "chunk_rows=50000",
    "chunk_rows=250000",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--work", default="", help="only works with this in their title")
    arguments.add_argument("--folder", type=Path, help="where to work; 4 GB, 12 with --scale")
    kinds = arguments.add_mutually_exclusive_group()
    kinds.add_argument("--quick", action="store_true", help="smaller tables, the slowest once")
    kinds.add_argument("--scale", action="store_true", help="1, 10 and 100 million rows")
    kinds.add_argument("--options", action="store_true", help="compression and chunk_rows")
    options = arguments.parse_args()
    print(f"{_machine()}\n")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if options.scale:
            report_scale(folder)
        elif options.options:
            report_options(options.rounds)
        else:
            works = [one for one in WORKS if options.work in one.title]
            report_works(works, folder, rounds=options.rounds, is_quick=options.quick)


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "tiledb"))
    load = ""
    if hasattr(os, "getloadavg"):
        load = f", load {os.getloadavg()[0]:.1f} before the first round"
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}{load}."


def measure(variant: str, *arguments: object) -> dict[str, float]:
    python = str(OLDEST) if variant.startswith("reference") else sys.executable
    command = [python, str(HERE / "measure.py"), variant, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{variant} failed:\n{ran.stderr}")
    figures: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    print(f"{variant} {' '.join(map(str, arguments))}: {figures}", file=sys.stderr)
    return figures


def report_works(works: Sequence[Work], folder: Path, *, rounds: int, is_quick: bool) -> None:
    goals: list[tuple[str, ...]] = []
    for work in works:
        if is_quick and not work.is_quick:
            continue
        rows = work.rows // (QUICK if is_quick else 1)
        title = work.title.format(rows=f"{rows:,}".replace(",", " "))
        figures = measured(work, rows, folder, rounds=rounds, is_quick=is_quick)
        _show_work(title, figures)
        goals += [_reached(title, goal, goal.figure(figures)) for goal in work.goals]
        if (folder / "reference").exists():
            goals += reading(folder)
    print("| work | goal | reached | |\n|---|---|---|---|")
    for row in goals:
        print(f"| {' | '.join(row)} |")


def measured(
    work: Work, rows: int, folder: Path, *, rounds: int, is_quick: bool
) -> dict[str, list[dict[str, float] | None]]:
    source = _source(work, rows, folder)
    variants = [one for one in work.variants if OLDEST.exists() or not one.startswith("reference")]
    figures: dict[str, list[dict[str, float] | None]] = {one: [] for one in variants}
    for number in range(rounds):
        for variant in variants:
            left_out = variant in SLOW and number % (rounds if is_quick else 2)
            kept = _kept(work, variant, folder) if number == 0 else ()
            one = None if left_out else measure(variant, *source, *kept)
            figures[variant].append(one)
    if work.source != "frame":
        Path(source[-1]).unlink()
    return figures


def _source(work: Work, rows: int, folder: Path) -> tuple[str, ...]:
    if work.source == "frame":
        return ("--table", work.table, "--rows", str(rows))
    path = folder / f"{work.table}.{work.source}"
    write = write_csv if work.source == "csv" else write_parquet
    write(work.table, rows, path)
    return ("--table", work.table, "--source", str(path))


def _kept(work: Work, variant: str, folder: Path) -> tuple[str, ...]:
    """Keep the first work's arrays, to be read."""
    if work is not WORKS[0] or variant not in ("ours", "reference"):
        return ()
    (folder / variant).mkdir()
    return ("--into", str(folder / variant))


def reading(folder: Path) -> list[tuple[str, ...]]:
    """Read the arrays that were kept, and remove them."""
    folders = [folder / one for one in ("ours", "reference")]
    paths = [one / f"{one.name}.tiledb" for one in folders]
    command = [sys.executable, str(HERE / "reading.py"), *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    ours, reference = json.loads(ran.stdout)
    rows: list[tuple[str, ...]] = []
    for (what, least), here, there in zip(READING.items(), ours, reference, strict=True):
        ratio = there / here
        reached = f"{ratio:.1f}x ({1000 * here:.1f} ms against {1000 * there:.0f})"
        goal = f"at least {least:g}x faster than the reference's default array"
        rows.append((f"reading, {what}", goal, reached, _verdict(is_met=ratio >= least)))
    for one in folders:
        shutil.rmtree(one)
    return rows


def _show_work(title: str, figures: dict[str, list[dict[str, float] | None]]) -> None:
    print(
        f"{title}\n\n| what | seconds, median (range) | CPU s | memory above the source, MB ",
        end="",
    )
    print("| fragments | files | MB on disk |\n|---|---|---|---|---|---|---|")
    for variant, rounds in figures.items():
        runs = [one for one in rounds if one]
        middle = {key: median(one[key] for one in runs) for key in runs[0]}
        seconds = [one["seconds"] for one in runs]
        cells = (
            LABELS[variant],
            f"{middle['seconds']:.2f} ({min(seconds):.2f}-{max(seconds):.2f})",
            f"{middle['cpu']:.2f}",
            f"{middle['peak_mb']:.0f}",
            f"{middle['fragments']:.0f}",
            f"{middle['files']:.0f}",
            f"{middle['bytes'] / 1e6:.0f}",
        )
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def _reached(title: str, goal: Goal, figure: float | None) -> tuple[str, ...]:
    if figure is None:
        return title, goal.words, "not measured", ""
    return title, goal.words, goal.shown(figure), _verdict(is_met=goal.is_met(figure))


def _verdict(*, is_met: bool) -> str:
    return "met" if is_met else "**missed**"


def report_scale(folder: Path) -> None:
    """Measure how time and memory grow with the rows, read from a folder of Parquet parts."""
    print("| million rows | seconds | microseconds a row | CPU microseconds a row | MB |")
    print("|---|---|---|---|---|")
    flat: list[tuple[float, float, float]] = []
    for parts, rounds in SCALES.items():
        source = folder / f"parts-{parts}"
        write_parts("long", parts, source)
        runs = [measure("ours", "--table", "long", "--source", source) for _ in range(rounds)]
        seconds, cpu, peak = (median(one[key] for one in runs) for key in _SCALED)
        flat.append((seconds / parts, cpu / parts, peak))
        print(
            f"| {parts} | {seconds:.1f} | {seconds / parts:.2f} | {cpu / parts:.2f} | {peak:.0f} |"
        )
    whats = ("time a row", "CPU time a row", "memory above the interpreter")
    for what, of_scales in zip(whats, zip(*flat, strict=True), strict=True):
        ratio = max(of_scales) / min(of_scales)
        print(f"\n{what}: within a factor of {ratio:.2f}, {_verdict(is_met=ratio <= FLAT)}")


def report_options(rounds: int) -> None:
    """Measure what the options do to the first table."""
    figures: dict[str, list[dict[str, float]]] = {one: [] for one in OPTIONS}
    for _ in range(rounds):
        for option in OPTIONS:
            figures[option].append(measure("ours", *(["--option", option] if option else [])))
    print("| option | seconds | CPU s | MB above the frame | MB on disk |")
    print("|---|---|---|---|---|")
    for option, runs in figures.items():
        middle = {key: median(one[key] for one in runs) for key in runs[0]}
        print(
            f"| {option or 'none'} | {middle['seconds']:.2f} | {middle['cpu']:.2f} "
            f"| {middle['peak_mb']:.0f} | {middle['bytes'] / 1e6:.0f} |"
        )


if __name__ == "__main__":
    main()
