"""QoS 0 promises nothing: what is on its way when something breaks is lost. It is stored once where it arrives."""


def test_it_is_stored_once_while_all_is_well(field):
    payloads = [field.bare() for _ in range(20)]
    for payload in payloads:
        field.publish(payload, qos=0)
    field.settle()
    assert [field.stored(payload) for payload in payloads] == [1] * len(payloads)
    assert field.readings("bare") == len(payloads)


def test_what_is_sent_while_the_lab_is_away_is_lost(field):
    missed = field.bare()
    field.lab.kill()
    field.gate.close()
    field.publish(missed, qos=0)
    field.gate.reopen()
    field.lab.start()
    field.lab.wait_until_subscribed()
    field.settle()
    assert field.stored(missed) == 0


def test_what_is_on_its_way_when_the_broker_ends_is_lost(field):
    missed = field.bare()
    field.gate.close()
    field.publish(missed, qos=0)
    field.broker.kill()
    field.broker.start()
    field.gate.reopen()
    field.wait_subscribed_again()
    field.settle()
    assert field.stored(missed) == 0
