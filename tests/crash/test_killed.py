"""`tilth up` is killed again and again while messages come in. Nothing acknowledged is lost, nothing counts twice."""

import random
import statistics

import pytest


@pytest.fixture(scope="module", params=["timed", "bare"])
def killed(request, open_scene, kills, say):
    """A lab that was killed, started again and stopped once everything was processed."""
    bare = request.param == "bare"
    count = max(kills // 5, 1) if bare else kills
    with open_scene(f"killed-{request.param}") as scene:
        scene.publish(bare=bare)
        scene.lab.wait(0.5)
        scene.lab.kill()
        starts = [took for _ in range(count - 1) if (took := scene.kill_once()) is not None]
        scene.publish_marker()
        scene.lab.start()
        up = scene.lab.wait_until_up()
        processed = up + scene.wait_for_marker()
        scene.stop_publishers()
        assert scene.lab.stop()[1] == 0
        if starts:
            say(f"killed, {request.param}: {count} kills, {len(starts)} of them after the lab answered, which took "
                f"{min(starts):.2f} to {max(starts):.2f} s, median {statistics.median(starts):.2f} s; the last start had "
                f"processed all that had waited after {processed:.2f} s")
        yield scene


def test_the_lab_says_that_it_recovered(killed):
    assert "recovery   the last run was killed" in (killed.folder / "up.log").read_text()


def test_every_acknowledged_message_is_in_the_stream_as_often_as_it_came(killed, say):
    say(killed.ask_oracle("stream").rstrip())


def test_every_message_has_effect_exactly_once(killed, say):
    say(killed.ask_oracle("readings").rstrip())


def test_hourly_and_daily_statistics_are_those_of_the_ledger(killed, say):
    say(killed.ask_oracle("statistics").rstrip())


def test_results_equal_a_fresh_replay_of_the_stream_bit_for_bit(killed):
    done = killed.lab.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no fault was found" in done.stdout


def test_a_first_start_that_is_killed_leaves_nothing_the_next_stumbles_over(open_scene, kills, seed):
    rng = random.Random(seed)
    for number in range(max(kills // 5, 1)):
        with open_scene(f"first-start-{number}", kill_after=rng.uniform(0, 0.2)) as scene:
            scene.publish_marker()
            scene.wait_for_marker()
            assert scene.lab.stop()[1] == 0
            done = scene.lab.run("check")
            assert done.returncode == 0, done.stdout + done.stderr
