"""Faults in random order and overlap on a whole cluster under load: nothing acknowledged is lost, nothing counts twice."""

import collections

import audit
import logs
import plan
import pytest
import servers
import strikes
from round import BACKLOG_MESSAGES, Round


@pytest.fixture(scope="module")
def after(request, seed, faults, say):
    """A round whose faults are over, with everything processed and every role stopped."""
    if not servers.FERRETDB.exists():
        pytest.skip(f"{servers.FERRETDB} is absent: third_party/fetch ferretdb")
    if not servers.POSTGRESQL.exists():
        pytest.skip("PostgreSQL is not installed")
    say(f"chaos: {faults} faults of seed {seed}")
    kinds = request.config.getoption("kinds")
    one = Round(request.config.evidence / "chaos", seed, faults, kinds.split(",") if kinds else plan.KINDS)
    try:
        one.run()
        one.rest()
        yield one
    finally:
        one.end()


def test_every_fault_was_put_on_and_taken_away(after, faults, say):
    assert len(after.plan) == faults
    kinds = collections.Counter(fault.kind for fault in after.plan)
    say("faults: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    if not after.cluster.disks:
        say(f"no disk was filled: {after.cluster.no_disks_because}")


def test_the_logs_name_each_fault_that_somebody_can_notice(after, say):
    missing, named, unnoticed = logs.check(after.cluster, after.plan, after.strikes.times)
    say(f"logs: {named} faults are named by a role that met them")
    for what, count in sorted(unnoticed.items()):
        say(f"logs: {count} {what}: {logs.UNNOTICED[what]}")
    assert [str(fault) for fault in missing] == []


def test_every_role_got_ready_again_by_itself(after, say):
    found = strikes.recoveries(after.cluster, after.plan, after.strikes.times)
    for name, seconds in sorted(found.items()):
        say(f"{name}: away {len(seconds)} times, ready again at most {max(seconds):.1f} s after the fault")
    say(", ".join(f"{what}: {seconds:.1f} s" for what, seconds in after.timings.items()))


def test_no_role_ended_by_itself(after):
    assert not [(name, status, one.last_words()) for _, name, status, one in after.cluster.supervisor.ended
                if name in after.cluster.roles]


def test_every_role_stops_in_peace(after):
    assert {name: status for name, status in after.statuses.items() if status != 0} == {}


def test_nobody_wrote_without_a_lease(after, say):
    postgresql = after.cluster.servers["postgresql"]
    processes, moves = audit.watched(postgresql)
    say(f"leases: {moves} moves of cursors by {processes} processes, each by who had the lease")
    assert audit.violations(postgresql) == []
    assert processes >= 3


def test_readers_of_the_change_feed_saw_what_is_stored(after, say):
    stored = after.stored_rows()
    for reader in after.readers:
        seen = reader.rows()
        missing, extra = stored.keys() - seen.keys(), seen.keys() - stored.keys()
        wrong = [key for key in stored.keys() & seen.keys() if stored[key] != seen[key]]
        say(f"{reader.name}: {len(seen)} rows by {reader.events} events on {reader.connections} connections, "
            f"{reader.resets} resets")
        assert not missing and not extra and not wrong, (
            f"{len(missing)} missing, {len(extra)} of nobody, {len(wrong)} different: "
            f"{[(key, stored.get(key), seen.get(key)) for key in [*missing, *extra, *wrong][:10]]}")


def test_every_server_gives_the_same_answers(after):
    first, *others = after.answers.values()
    assert all(other == first for other in others)


def test_results_equal_a_replay_into_an_empty_embedded_store_bit_for_bit(after, say):
    (stored, *_), replayed = after.answers.values(), after.answers_of_a_replay()
    for name, text in stored.items():
        difference = set(text.splitlines()) ^ set(replayed[name].splitlines())
        assert not difference, f"{len(difference)} {name} differ: {sorted(difference)[:6]}"
        say(f"replayed into an empty embedded store: {text.count(chr(10)) - 1} {name}, all the same")


def test_results_equal_the_stream_processed_again_beside_them(after):
    done = after.cluster.tilth("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no fault was found" in done.stdout


def test_every_acknowledged_message_is_in_the_stream_as_often_as_it_came(after, say):
    say(after.ask_oracle("stream"))


def test_every_message_has_effect_exactly_once(after, say):
    say(after.ask_oracle("readings"))


def test_hourly_and_daily_statistics_are_those_of_the_ledger(after, say):
    say(after.ask_oracle("statistics"))


def test_a_backlog_that_comes_at_once_is_worked_off(after, say):
    took = after.timings["backlog"]
    say(f"backlog: {BACKLOG_MESSAGES} messages at once, all of them results after {took:.1f} s, "
        f"{BACKLOG_MESSAGES / took:.0f} messages/s with the routers' start")
