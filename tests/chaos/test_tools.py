"""The tools themselves: a plan comes again from its seed, and links do to bytes what they say."""

import contextlib
import socket
import struct
import threading
import time

import plan
import pytest
import refusals
from links import Link, Network
from mongodb_link import (HEADER, OP_MSG, MongodbLink, ServerError, body_of, document, element, message, text)

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


def test_a_long_plan_has_every_error_of_every_server():
    faults = [fault for fault in plan.make(150, 1, TARGETS) if fault.kind == "errors"]
    assert {(fault.target, fault.how) for fault in faults} == {(server, how) for server, hows in refusals.HOWS.items() for how in hows}


@contextlib.contextmanager
def link_to(answer_of, kind=Link):
    """A link to a server that answers each piece with what `answer_of` gives; the client's end is made by connect()."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(one):
        try:
            while data := one.recv(1000):
                one.sendall(answer_of(data))
        except OSError:
            one.close()

    def serve():
        while True:
            try:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    network = Network()
    yield network.connect("client", "server", listener.getsockname()[1], kind=kind)
    network.stop()
    listener.close()


@pytest.fixture
def link():
    with link_to(lambda data: data) as one:
        yield one


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


def test_an_end_in_a_silent_link_is_heard_of_afterwards():
    asked, over = threading.Event(), threading.Event()

    def answer_of(_data):
        asked.set()
        over.wait(5)
        raise ConnectionResetError

    with link_to(answer_of) as link:
        one = connect(link)
        one.sendall(b"x")
        assert asked.wait(5)
        mend = link.put("silent")
        over.set()
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.recv(100)
        mend()
        one.settimeout(5)
        with contextlib.suppress(ConnectionError):
            assert one.recv(100) == b""


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


FINE = document(element(1, "ok", struct.pack("<d", 1)))


@pytest.fixture
def mongodb():
    """A link to a server that finds everything fine, and the numbers of the requests that reached it."""
    reached = []

    def answer_of(request):
        number = HEADER.unpack_from(request)[1]
        reached.append(number)
        return message(1000 + number, number, FINE)

    with link_to(answer_of, MongodbLink) as one:
        yield one, reached


def ask(one, number, command):
    """The document of the answer to {COMMAND: "records"}."""
    one.sendall(message(number, 0, document(element(2, command, text("records")))))
    whole = one.recv(1000)
    assert HEADER.unpack_from(whole)[2:] == (number, OP_MSG)
    return body_of(whole)


def test_a_mongodb_link_passes_messages_on_and_after_errors_again(mongodb):
    link, reached = mongodb
    one = connect(link)
    assert ask(one, 1, "insert") == FINE
    link.put("errors", ServerError("NotWritablePrimary", 10107))()
    assert ask(one, 2, "insert") == FINE
    assert reached == [1, 2]


def test_a_refused_command_does_not_reach_the_server_but_a_greeting_does(mongodb):
    link, reached = mongodb
    one = connect(link)
    link.put("errors", ServerError("NotWritablePrimary", 10107))
    answer = ask(one, 1, "insert")
    assert struct.pack("<d", 0) in answer and struct.pack("<i", 10107) in answer and b"NotWritablePrimary" in answer
    assert ask(one, 2, "hello") == FINE
    assert reached == [2]


def test_an_error_after_the_effect_hides_the_servers_answer(mongodb):
    link, reached = mongodb
    link.put("errors", ServerError("InterruptedAtShutdown", 11600, has_effect=True))
    assert b"InterruptedAtShutdown" in ask(connect(link), 1, "find")
    assert reached == [1]


def test_an_unmet_write_concern_stands_in_the_servers_own_answer_to_a_write(mongodb):
    link, reached = mongodb
    one = connect(link)
    link.put("errors", ServerError("WriteConcernFailed", 64, has_effect=True, is_concern=True))
    answer = ask(one, 1, "insert")
    assert answer[4:].startswith(FINE[4:-1]) and b"writeConcernError" in answer and len(answer) == struct.unpack_from("<i", answer)[0]
    assert ask(one, 2, "find") == FINE
    assert reached == [1, 2]
