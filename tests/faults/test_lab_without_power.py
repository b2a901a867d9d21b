"""The lab's machine loses power while messages come in: what was acknowledged to the broker is there."""

import pytest
from disk import Disk


@pytest.fixture(scope="module", params=["strict", "with-file"])
def struck(request, open_scene, kills, say):
    """A lab that was killed again and again, lost what it had not synced, and was stopped once all was processed."""
    folder = request.config.evidence / f"power-{request.param}"
    disk = Disk(folder / "data", folder / "shadow", request.param)
    with open_scene(folder.name, lab={"extra": disk.variables()}) as scene:
        scene.publish()
        for _ in range(kills):
            scene.lab.wait(scene.random.uniform(0.05, 0.6))
            scene.lab.kill()
            disk.lose_power(scene.random)
            scene.lab.start()
            if scene.random.random() < 0.7:
                scene.lab.wait_until_up()
        scene.lab.wait_until_up()
        scene.stop_publishers()
        assert scene.lab.stop()[1] == 0
        say(f"lab, {request.param}: {disk.told()}")
        yield scene


def test_what_was_acknowledged_is_in_the_stream(struck, say):
    say(struck.ask_oracle("stream").rstrip())


def test_it_has_effect_exactly_once(struck, say):
    say(struck.ask_oracle("readings").rstrip())


def test_results_equal_a_fresh_replay_of_the_stream(struck):
    done = struck.lab.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
