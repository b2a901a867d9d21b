"""`tilth up` is asked to stop under load, and is not started twice."""

import signal

import pytest
from processes import wait_for

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def stopped(open_scene, say):
    """A lab that was stopped under load and started again, several times; with what each stop gave."""
    with open_scene("stopped") as scene:
        scene.publish()
        outcomes = []
        for number in STOPS:
            before = scene.acknowledged()
            wait_for("load", lambda: scene.acknowledged() > before + 500)
            outcomes.append(scene.lab.stop(number))
            down = scene.acknowledged()
            wait_for("messages while the lab is down", lambda: scene.acknowledged() > down + 500)
            scene.publish_marker()
            scene.lab.start()
            up = scene.lab.wait_until_up()
            processed = up + scene.wait_for_marker()
            say(f"stopped in {outcomes[-1][0]:.2f} s; started again: answered after {up:.2f} s, had processed what the "
                f"broker had kept ({scene.acknowledged() - down} messages) after {processed:.2f} s")
        scene.stop_publishers()
        assert scene.lab.stop()[1] == 0
        scene.outcomes = outcomes
        yield scene


def test_a_stop_under_load_is_clean_and_takes_at_most_five_seconds(stopped):
    for took, status in stopped.outcomes:
        assert status == 0
        assert took <= 5


def test_what_was_acknowledged_before_and_while_it_was_down_has_effect_exactly_once(stopped):
    stopped.ask_oracle("stream")
    stopped.ask_oracle("readings")
    stopped.ask_oracle("statistics")


def test_a_second_lab_on_the_same_folder_is_refused_with_the_holders_pid(open_scene):
    with open_scene("second") as scene:
        done = scene.lab.run("up", "--broker", f"mqtt://127.0.0.1:{scene.broker.port}", "--no-emulate", "--http", "127.0.0.1:0")
        assert done.returncode == 4, done.stdout + done.stderr
        assert f"in use by process {scene.lab.process.pid}" in done.stderr
        scene.publish_marker()
        scene.wait_for_marker()
        assert scene.lab.stop()[1] == 0
