"""The matrix: what is promised to work together, on every promised Python.

`nox` runs the nine sessions of PAIRS. Each two releases that are promised of two different things
meet in one of them at least (tests/unit/test_matrix.py holds it), in a twelfth of the time that all
combinations take. Those are `nox -s every`, 108 sessions, of which `nox -k "every and py313 and
pandas23"` chooses some. `nox -s audit wheel` looks at what is published.
"""

import re
from itertools import product
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

#: The oldest, what people have in between, and the newest.
RELEASES = {
    "python": ("3.11", "3.12", "3.13"),
    "pandas": ("2.2.*", "2.3.*", "3.*"),
    "tiledb": ("0.33.2", "0.34.0", "0.36.*"),
    "ipykernel": ("6.29.5", "7.*"),
    "ipywidgets": ("8.1.0", "8.*"),
}
THINGS = tuple(RELEASES)
OLDEST = tuple(releases[0] for releases in RELEASES.values())
NEWEST = tuple(releases[-1] for releases in RELEASES.values())
PAIRS = (
    OLDEST,
    ("3.11", "2.3.*", "0.36.*", "7.*", "8.1.0"),
    ("3.11", "3.*", "0.34.0", "6.29.5", "8.*"),
    ("3.12", "2.2.*", "0.36.*", "6.29.5", "8.*"),
    ("3.12", "2.3.*", "0.34.0", "7.*", "8.*"),
    ("3.12", "3.*", "0.33.2", "7.*", "8.1.0"),
    ("3.13", "2.2.*", "0.34.0", "7.*", "8.1.0"),
    ("3.13", "2.3.*", "0.33.2", "6.29.5", "8.*"),
    NEWEST,
)
#: What depends on the releases; the rest is run once, by `make test`.
TESTS = ("tests/unit", "tests/integration", "tests/kernel")
#: What takes longer, in the two corners.
MORE_TESTS = ("tests/fuzz", "tests/faults")
#: A release with a hole that has long been published.
KNOWN_HOLE = "requests==2.31.0"


def named(row):
    # letters and digits, as -k knows no others: py313-pandas23-...
    words = [
        thing.replace("python", "py", 1) + re.sub(r"\W", "", release)
        for thing, release in zip(THINGS, row, strict=True)
    ]
    return nox.param(*row, id="-".join(words))


def run_tests(session, releases):
    oldest = ["--constraint", "tests/constraints-oldest.txt"] * (releases == OLDEST)
    _, *others = zip(THINGS, releases, strict=True)
    wanted = [f"{thing}=={release}" for thing, release in others]
    session.install("--upgrade", "pip>=25.1")
    session.install(".", "--group", "test", *wanted, *oldest)
    session.run("python", "-m", "pip", "check")
    more = MORE_TESTS if releases in (OLDEST, NEWEST) else ()
    session.run("pytest", *(session.posargs or (*TESTS, *more)))


@nox.session
@nox.parametrize(THINGS, [named(row) for row in PAIRS])
def pairs(session, pandas, tiledb, ipykernel, ipywidgets):
    run_tests(session, (session.python, pandas, tiledb, ipykernel, ipywidgets))


@nox.session(default=False)
@nox.parametrize(THINGS, [named(row) for row in product(*RELEASES.values())])
def every(session, pandas, tiledb, ipykernel, ipywidgets):
    run_tests(session, (session.python, pandas, tiledb, ipykernel, ipywidgets))


@nox.session(default=False)
def audit(session):
    """Known holes in what a user installs with us."""
    session.install("pip-audit")
    # A service that tells of no holes at all is a success to pip-audit.
    asked = Path(session.create_tmp()) / "known_hole.txt"
    asked.write_text(f"{KNOWN_HOLE}\n", encoding="utf-8")
    told = session.run(
        *("pip-audit", "--no-deps", "--disable-pip", "--format=json", "--requirement", str(asked)),
        *session.posargs,
        success_codes=[0, 1],
        silent=True,
    )
    if '"fix_versions"' not in told:
        session.error(
            f"nothing was audited: what pip-audit asks knows of no hole in {KNOWN_HOLE}, which has "
            "some. Run this session where advisories can be had (nox -s audit -- -s osv asks "
            "another service)"
        )
    session.install(".[all]")
    session.run("pip-audit", *session.posargs)


@nox.session(python=RELEASES["python"], default=False)
def wheel(session):
    session.run("python", "tests/wheel_smoke.py")
