"""A clock jumps."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scene import WHOLE

#: Moves the time of day, of libtiledb too, by as many seconds as a file says.
SHIFTED = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    FILE *file = clock == CLOCK_REALTIME ? fopen(getenv("CLOCK_SHIFT"), "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) == 1) now->tv_sec += seconds;
        fclose(file);
    }
    return failed;
}
"""
HOUR = 3600
UPLOAD = """
import sys
from pathlib import Path
import omero_tables_jupyter as otj
from children import At
from scene import cells
url, user, password, folder, seen, before, moment, after, shift = sys.argv[1:]
shift = Path(shift)
shift.write_text(before)
otj.login(url, username=user, password=password)
jump = At(moment, lambda: shift.write_text(after))
job = otj.submit_table(cells(), "Cells", to="Dataset:51", local_path=folder, chunk_rows=1000,
                       mapping=otj.PathMapping([(folder, seen)]), on_event=jump)
done = job.result()
assert len(otj.read_table(done)) == 5000
shift.write_text("0")
print(int(done))
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None or os.uname().sysname != "Linux":
        pytest.skip("moves a clock with a C compiler and Linux's loader")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(SHIFTED)
    made = folder / "clock.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", made, folder / "clock.c", "-ldl"], check=True
    )
    return made


JUMPS = {
    "is set back an hour while rows are written": (0, "Progress Convert", -HOUR),
    "is set back an hour before the rows are read back": (0, "StageDone Convert", -HOUR),
    "jumps an hour ahead while rows are written": (0, "Progress Convert", HOUR),
    "is an hour ahead, and is set right afterwards": (HOUR, "never", 0),
}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("jump", JUMPS)
def test_whatever_the_clock_does_every_row_is_there(scene, told, clock, jump, tmp_path):
    before, moment, after = JUMPS[jump]
    shift = tmp_path / "shift"
    seen = scene.mapping.to_server(str(scene.folder))
    server = scene.server
    given = [server.url, server.username, server.password, scene.folder, seen, before, moment]
    given += [after, shift]
    moved = {"LD_PRELOAD": str(clock), "CLOCK_SHIFT": str(shift)}
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD, *map(str, given)],
        env=os.environ | moved | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == scene.registered()[0].annotation_id
    told(
        f"this computer's clock {jump}",
        "registered, as if nothing had been",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
def test_a_server_whose_clock_is_behind_is_told_of(scene, told, monkeypatch):
    later = datetime.now(UTC) + timedelta(hours=1)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    monkeypatch.setattr("omero_tables_jupyter.omero.tables.datetime", Ahead)
    told(
        "this computer's clock is an hour ahead of the server's",
        scene.upload(),
        about="set this computer's clock",
        disk=WHOLE,
        server="one table",
        history="registered",
    )
