"""The session ends, or the server restarts."""

import pytest
from children import At
from scene import WHOLE

import omero_tables_jupyter as otj
from omero_tables_jupyter.events import LoginNeeded, Stage, StageDone

MOMENTS = {
    "StageDone Connect": "right after it was looked at",
    "StageDone Check": "after the check",
    "Progress Convert": "while rows are written",
    "StageDone Verify": "after all was read back",
    "StageStarted Register": "right before the registration",
}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("moment", MOMENTS)
def test_with_somebody_to_ask_the_upload_goes_on(scene, told, moment):
    server = scene.server
    job = scene.submit(ask=True, on_event=At(moment, server.expire_sessions))
    answers = ["wrong", "", server.password]
    reasons = []
    for event in job.events():
        if isinstance(event, LoginNeeded):
            reasons.append(event.reason)
            job.renew(otj.Secret(answers.pop(0)))
    assert len(reasons) == 3
    assert reasons[0] == ""
    assert all(reasons[1:])
    done = [event.stage for event in job.events() if isinstance(event, StageDone)]
    assert done == list(Stage)
    job.result()
    told(
        f"the session expires {MOMENTS[moment]}, in the panel or in a cell of its own",
        "you are asked for the password, again where it is wrong; then the upload goes on",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("moment", MOMENTS)
def test_with_nobody_to_ask_the_error_says_where_the_array_is(scene, told, moment):
    job = scene.submit(on_event=At(moment, scene.server.expire_sessions))
    job.wait()
    assert isinstance(job.error, otj.SessionExpiredError)
    early = moment == "StageDone Connect"
    told(
        f"the session expires {MOMENTS[moment]}, with nobody there to ask",
        job.error,
        disk="nothing" if early else WHOLE,
        server="nothing",
        history="nothing" if early else "written",
    )


@pytest.mark.usefixtures("session")
def test_a_session_that_ends_right_after_the_registration_does_not_undo_it(scene, told):
    job = scene.submit(on_event=At("StageStarted Confirm", scene.server.expire_sessions))
    told(
        "the session expires right after the registration",
        job.result(),
        about="its page was not found",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.fixture
def restarting(tmp_path):
    """Give a server of this test's own, and what closes it and starts it again at its address."""
    opened = [otj.demo.serve()]

    def restart():
        port = opened[-1].port
        opened[-1].close()
        opened.append(otj.demo.serve(port=port))

    yield opened, restart
    otj.logout()
    for one in opened:
        one.close()


def on_a_share_of_its_own(scene, server, tmp_path):
    """Let the share outlive the server, as a share does."""
    scene.server = server
    scene.folder = tmp_path / "share"
    scene.folder.mkdir()
    scene.seen = otj.PathMapping([(str(scene.folder), "/data/tables")])
    login = otj.login(server.url, username=server.username, password=server.password)
    login.channel.sleep = lambda seconds: None


@pytest.mark.parametrize("moment", ["Progress Convert", "StageStarted Register"])
def test_a_server_that_is_started_anew_has_forgotten_the_session(
    scene, told, restarting, tmp_path, moment
):
    opened, restart = restarting
    on_a_share_of_its_own(scene, opened[0], tmp_path)
    job = scene.submit(on_event=At(moment, restart))
    job.wait()
    scene.server = opened[-1]
    assert isinstance(job.error, otj.SessionExpiredError)
    told(
        f"the server is restarted {MOMENTS[moment]}, with nobody there to ask",
        job.error,
        disk=WHOLE,
        server="nothing",
        history="written",
    )


@pytest.mark.parametrize("moment", ["StageDone Connect", "Progress Convert"])
def test_a_server_that_goes_down_for_good(scene, told, restarting, tmp_path, moment):
    opened, _ = restarting
    on_a_share_of_its_own(scene, opened[0], tmp_path)
    job = scene.submit(on_event=At(moment, opened[0].close))
    job.wait()
    assert isinstance(job.error, otj.UnreachableError)
    early = moment == "StageDone Connect"
    told(
        f"the server goes down {MOMENTS[moment]}",
        job.error,
        disk="nothing" if early else WHOLE,
        server="nothing",
        history="nothing" if early else "written",
    )
