"""How long a lab on servers stands still for what a killed process had in hand.

router     Two share the messages. One is killed and started again at once, as Kubernetes would; 1,000 messages are sent
           from then on. Seconds from the kill until all of them are stored: the broker keeps for the dead one what it
           had dealt to it.
processor  Two share the partitions. One is killed and stays away; 1,000 messages are sent from then on. Seconds from the
           kill until all of them are results.
"""

import argparse
import time

from stand import Publisher, Stand, median, say, say_machine, until

from processes import wait_for

MESSAGES = 1000
RATE = 2000


class Lab:
    def __init__(self, stand, lease):
        self.stand = stand
        self.sent = 0
        self.broker, self.mongodb, self.postgresql = stand.broker("always"), stand.mongodb(), stand.postgresql()
        stream = ["--stream", f"mongodb://127.0.0.1:{self.mongodb.port}/sensor"]
        broker = ["--broker", f"mqtt://127.0.0.1:{self.broker.port}"]
        self.routers = [stand.role("route", *broker, *stream, "--ordinal", ordinal) for ordinal in range(2)]
        self.processors = [stand.role("process", *stream, "--processed", self.postgresql.url(), "--lease", f"{lease}s")
                           for _ in range(2)]
        self.lease = lease

    def results(self):
        done = self.postgresql.psql("SELECT count(*) FROM observation")
        return int(done.stdout.split()[-1]) if done.returncode == 0 else 0

    def shares(self):
        """Partitions of each processor that is counted."""
        return [int(count) for count in self.postgresql.sql(
            "SELECT bit_count(partitions) FROM tilth.lease WHERE until > clock_timestamp()").split()[1:]]

    def publisher(self):
        publisher = Publisher(self.stand, self.broker.port, self.sent, MESSAGES, RATE)
        self.sent += MESSAGES
        return publisher

    def settle(self):
        """Everything is a result, and the processors have even shares."""
        wait_for("results", lambda: self.results() >= self.sent, seconds=120)
        wait_for("even shares", lambda: sorted(self.shares()) == [128, 128], seconds=60)

    def stored(self):
        """By the routers: one that is started again counts from 0."""
        return sum(role.metric("tilth_route_messages_total") for role in self.routers)

    def kill_router(self, which):
        publisher = self.publisher()
        killed = self.routers[which]
        counted = sum(role.metric("tilth_route_messages_total") for role in self.routers if role is not killed)
        begin = time.monotonic()
        killed.end()
        publisher.go()
        killed.start(is_awaited=False)
        until(lambda: self.stored() - counted >= MESSAGES, killed.process)
        took = time.monotonic() - begin
        publisher.finish()
        return took

    def kill_processor(self, which):
        publisher = self.publisher()
        killed = self.processors[which]
        begin = time.monotonic()
        killed.end()
        publisher.go()
        until(lambda: self.results() >= self.sent)
        took = time.monotonic() - begin
        publisher.finish()
        killed.start()
        return took


def main():
    parser = argparse.ArgumentParser(description="Measures how soon others take over from a killed router or processor.")
    parser.add_argument("--kills", type=int, default=5, help="of each kind")
    parser.add_argument("--lease", type=int, default=5, help="seconds, of the processors")
    options = parser.parse_args()
    with Stand() as stand:
        lab = Lab(stand, options.lease)
        warm_up = lab.publisher()
        warm_up.go()
        warm_up.finish()
        lab.settle()
        found = {"router": [], "processor": []}
        for number in range(options.kills):
            for kind, kill in (("router", lab.kill_router), ("processor", lab.kill_processor)):
                found[kind].append(kill(number % 2))
                lab.settle()
            say(f"round {number + 1}: " + ", ".join(f"{kind} {times[-1]:.2f} s" for kind, times in found.items()))
    say_machine()
    for kind, limit in (("router", 5), ("processor", options.lease + 1)):
        times = found[kind]
        say(f"takeover from a {kind}: median {median(times):.2f} s of {len(times)} kills ({min(times):.2f} to {max(times):.2f}); "
            f"sending takes {MESSAGES / RATE:.1f} s of it; target {limit} s")


if __name__ == "__main__":
    main()
