"""The matrix: every promised combination of Python, pandas and tiledb. `nox -l` lists it."""

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False

COMBINATIONS = [
    ("2.2.*", "0.33.2"),
    ("2.2.*", "0.34.0"),
    ("2.3.*", "0.34.0"),
    ("2.3.*", "0.36.*"),
    ("3.*", "0.34.0"),
    ("3.*", "0.36.*"),
]


@nox.session(python=["3.11", "3.12", "3.13"])
@nox.parametrize(("pandas", "tiledb"), COMBINATIONS)
def tests(session, pandas, tiledb):
    session.install("--upgrade", "pip>=25.1")
    session.install(".", "--group", "test", f"pandas=={pandas}", f"tiledb=={tiledb}")
    session.run("pytest", "tests/unit", "tests/integration", *session.posargs)
