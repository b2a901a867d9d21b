"""The tools themselves: a plan comes again from its seed, and links do to bytes what they say."""

import socket
import threading
import time

import plan
import pytest
from links import Network

ROLES = ("route-0", "route-1", "process-0", "process-1", "process-2", "serve-0", "serve-1")
SERVERS = ("broker", "mongodb", "postgresql")
LINKS = tuple(f"{role}-{server}" for role in ROLES for server in SERVERS)
TARGETS = plan.Targets(ROLES, SERVERS, LINKS, SERVERS, ROLES, lease=4)


def test_a_seed_gives_the_same_plan_again_and_another_another():
    assert plan.make(50, 7, TARGETS) == plan.make(50, 7, TARGETS)
    assert plan.make(50, 7, TARGETS) != plan.make(50, 8, TARGETS)


@pytest.mark.parametrize("seed", range(20))
def test_a_short_plan_has_something_of_every_kind_and_hits_no_target_twice_at_once(seed):
    faults = plan.make(30, seed, TARGETS)
    assert {fault.kind for fault in faults} == set(plan.KINDS)
    free = {}
    for fault in faults:
        assert fault.at >= free.get(fault.target, 0)
        free[fault.target] = fault.at + fault.seconds
    assert any(later.at < sooner.at + sooner.seconds for sooner, later in zip(faults, faults[1:])), "nothing overlaps"


@pytest.fixture
def link():
    """To a server that answers each byte with the same; the client's end is made by connect()."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(one):
        try:
            while data := one.recv(100):
                one.sendall(data)
        except OSError:
            pass

    def serve():
        while True:
            try:
                threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    network = Network()
    yield network.connect("client", "server", listener.getsockname()[1])
    network.stop()
    listener.close()


def connect(link):
    return socket.create_connection(("127.0.0.1", link.port), timeout=5)


def answer(one, data=b"x"):
    one.sendall(data)
    return one.recv(100)


def test_a_link_passes_bytes_on(link):
    assert answer(connect(link)) == b"x"


def test_a_cut_link_breaks_connections_and_refuses_new_ones_until_it_is_mended(link):
    one = connect(link)
    assert answer(one) == b"x"
    mend = link.put("cut")
    with pytest.raises(ConnectionError):
        while answer(one):
            pass
        raise ConnectionResetError("it was closed")
    with pytest.raises(ConnectionRefusedError):
        connect(link)
    mend()
    assert answer(connect(link)) == b"x"


def test_what_waited_in_a_silent_link_goes_on_afterwards(link):
    one = connect(link)
    assert answer(one) == b"x"
    mend = link.put("silent")
    one.settimeout(0.3)
    with pytest.raises(TimeoutError):
        answer(one, b"y")
    mend()
    one.settimeout(5)
    assert one.recv(100) == b"y"


def test_a_half_open_link_stands_without_an_answer_and_is_reset_afterwards(link):
    one = connect(link)
    assert answer(one) == b"x"
    mend = link.put("half-open")
    one.settimeout(0.3)
    with pytest.raises(TimeoutError):
        answer(one)
    mend()
    one.settimeout(5)
    with pytest.raises(ConnectionError):
        while answer(one):
            pass
        raise ConnectionResetError("it was closed")


def test_a_slow_link_takes_its_time_in_each_direction(link):
    one = connect(link)
    link.put("slow", 0.2)
    begin = time.monotonic()
    assert answer(one) == b"x"
    assert time.monotonic() - begin >= 0.4
