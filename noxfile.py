"""The matrix: every promised combination of Python, pandas, tiledb and ipykernel.

`nox -l` lists it; `nox -s audit wheel` looks at what is published.
"""

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13"]
#: pandas, tiledb, ipykernel: the oldest, the newest, and what people have in between.
COMBINATIONS = [
    ("2.2.*", "0.33.2", "6.29.5"),
    ("2.2.*", "0.34.0", "6.*"),
    ("2.3.*", "0.34.0", "6.29.5"),
    ("2.3.*", "0.36.*", "7.*"),
    ("3.*", "0.34.0", "6.29.5"),
    ("3.*", "0.36.*", "7.*"),
]


@nox.session(python=PYTHONS)
@nox.parametrize(("pandas", "tiledb", "ipykernel"), COMBINATIONS)
def tests(session, pandas, tiledb, ipykernel):
    session.install("--upgrade", "pip>=25.1")
    wanted = [
        f"pandas=={pandas}",
        f"tiledb=={tiledb}",
        f"ipykernel=={ipykernel}",
        "ipywidgets==8.*",
    ]
    session.install(".", "--group", "test", *wanted)
    session.run("pytest", "tests/unit", "tests/integration", "tests/fuzz", *session.posargs)


@nox.session
def audit(session):
    """Known holes in what a user installs with us."""
    session.install(".[all]", "pip-audit")
    session.run("pip-audit", *session.posargs)


@nox.session(python=PYTHONS)
def wheel(session):
    session.run("python", "tests/wheel_smoke.py")
