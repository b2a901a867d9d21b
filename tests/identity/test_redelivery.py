"""What the broker sends a second time is stored and counted once. The payloads have neither time nor number, so that
nothing but the identity of the message tells a redelivery from a second reading."""

import pytest
from gate import PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL

QOS_1_STEPS = [("broker", PUBLISH), ("lab", PUBACK)]
QOS_2_STEPS = [("broker", PUBLISH), ("lab", PUBREC), ("broker", PUBREL), ("lab", PUBCOMP)]
STEPS = [(1, *step) for step in QOS_1_STEPS] + [(2, *step) for step in QOS_2_STEPS]
NAMES = {PUBLISH: "publish", PUBACK: "puback", PUBREC: "pubrec", PUBREL: "pubrel", PUBCOMP: "pubcomp"}


def name_of(step):
    return f"qos{step[0]}-{NAMES[step[2]]}"


def broken_link(field):
    """The gate has broken it; the lab connects again by itself."""


def lab_killed(field):
    field.restart_lab()


def broker_stopped(field):
    field.restart_broker()


def broker_killed(field):
    """After a save: what a broker loses that had no time to save is another test."""
    field.wait_saved()
    field.restart_broker(kill=True)


def both_killed(field):
    field.wait_saved()
    field.lab.kill()
    field.restart_broker(kill=True)
    field.lab.start()
    field.lab.wait_until_subscribed()


@pytest.mark.parametrize("trouble", [broken_link, lab_killed, broker_stopped, broker_killed, both_killed])
@pytest.mark.parametrize("step", STEPS, ids=name_of)
def test_a_message_is_stored_and_counted_once_whichever_packet_is_lost(field, step, trouble):
    qos, sender, kind = step
    before, payload, after = field.bare(), field.bare(), field.bare()
    field.publish(before, qos)
    field.wait_stored(before)
    loss = field.gate.lose(sender, kind, cut=trouble is broken_link)
    field.publish(payload, qos)
    assert loss.happened.wait(30)
    trouble(field)
    field.publish(after, qos)
    field.settle()
    assert [field.stored(one) for one in (before, payload, after)] == [1, 1, 1]
    assert field.readings("bare") == 3


def test_a_batch_that_was_stored_and_not_acknowledged_comes_again_and_counts_once(field):
    """The lab is killed between commit and acknowledgement, with many messages in flight."""
    payloads = [field.bare() for _ in range(50)]
    loss = field.gate.lose("lab", PUBACK, cut=False)
    for payload in payloads:
        field.publish(payload)
    for payload in payloads:
        field.wait_stored(payload)
    assert loss.happened.wait(30)
    field.restart_lab()
    field.settle()
    assert field.gate.deliveries(payloads[0])[1][1], "the broker did not mark it as a redelivery"
    assert [field.stored(payload) for payload in payloads] == [1] * len(payloads)
    assert field.readings("bare") == len(payloads)


@pytest.mark.parametrize("qos", [1, 2])
def test_the_link_breaks_again_and_again(field, qos):
    payloads = [field.bare() for _ in range(60)]
    for i, payload in enumerate(payloads):
        if i % 10 == 5:
            field.gate.lose("lab", PUBACK if qos == 1 else PUBREC, number=1 + i // 10)
        field.publish(payload, qos)
    field.settle()
    assert [field.stored(payload) for payload in payloads] == [1] * len(payloads)
    assert field.readings("bare") == len(payloads)
