"""A broker that gives no ids, and the limits of that: stated in docs/guarantees.md, shown here."""

import pytest


@pytest.fixture
def plain(open_field):
    return open_field("plain")


def test_a_publisher_may_make_two_messages_one_by_setting_the_plugins_property(plain):
    """A broker without the plugin passes on what publishers say; whoever may publish can then hide a message behind
    another. Brokers that are open to others need the plugin."""
    first, second = plain.bare(), plain.bare()
    for payload in (first, second):
        plain.publish(payload, user_properties=[("tilth-id", "chosen-by-me")])
    plain.settle()
    assert (plain.stored(first), plain.stored(second)) == (1, 0)


def test_what_a_restarted_broker_gets_before_the_lab_is_back_is_not_for_the_lab(plain):
    """Mosquitto 2.0 does not save shared subscriptions. The lab subscribes again as soon as it is connected."""
    plain.gate.close()
    plain.broker.stop()
    plain.broker.start()
    missed = plain.bare()
    plain.publish(missed)
    plain.gate.reopen()
    plain.wait_subscribed_again()
    seen = plain.bare()
    plain.publish(seen)
    plain.settle()
    assert (plain.stored(missed), plain.stored(seen)) == (0, 1)


def test_with_the_plugin_the_lab_gets_it(open_field, plugin_or_skip):
    field = open_field(plugin_or_skip)
    field.gate.close()
    field.restart_broker()
    missed = field.bare()
    field.publish(missed)
    field.gate.reopen()
    field.settle()
    assert field.stored(missed) == 1
