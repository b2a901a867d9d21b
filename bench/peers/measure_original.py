"""The live path against the original lab's router: the same broker, the same MongoDB-compatible server, the same
publisher, in turns.

Messages a second from the publisher's first message to the last one stored. Tilth's side into the same server is
`tilth route`; that on the embedded stores is `tilth up`, which also checks and processes.
"""

import argparse
import sys

from stand import HERE, Publisher, Stand, median, run, say, say_machine, until


class Sides:
    def __init__(self, stand, sync):
        self.stand = stand
        self.sync = sync
        self.mongodb = stand.mongodb()

    def url(self, database):
        return f"mongodb://127.0.0.1:{self.mongodb.port}/{database}"

    def original(self, connection, count):
        broker = self.stand.broker(self.sync)
        router = run([sys.executable, HERE / "original_router.py", broker.port, self.url("sensor"), count, connection],
                     self.stand.folder / "original.log", stdout=-1, text=True)
        assert router.stdout.readline() == "ready\n"
        publisher = Publisher(self.stand, broker.port, 0, count)
        publisher.go()
        took = until(lambda: router.stdout.readline() == f"stored {count}\n")
        publisher.finish()
        router.wait()
        broker.end()
        return count / took

    def tilth(self, count, kind, *options):
        broker = self.stand.broker(self.sync)
        role = self.stand.role(kind, "--broker", f"mqtt://127.0.0.1:{broker.port}", *options)
        publisher = Publisher(self.stand, broker.port, 0, count)
        publisher.go()
        took = until(lambda: role.metric("tilth_route_messages_total") >= count)
        publisher.finish()
        role.end()
        broker.end()
        return count / took

    def route(self, count, number):
        return self.tilth(count, "route", "--stream", self.url(f"route{number}"))

    def up(self, count):
        return self.tilth(count, "up", "--no-emulate")


def main():
    parser = argparse.ArgumentParser(description="Measures Tilth's live path against the original lab's router.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=20_000, help="of Tilth; the original gets a tenth and a hundredth")
    parser.add_argument("--sync", choices=("always", "interval", "off", "none"), default="interval",
                        help="the broker's journal, as --broker-sync; none: without the plugin")
    options = parser.parse_args()
    found = {"original, a new connection a message": [], "original, one connection": [], "tilth route, the same server": [],
             "tilth up, embedded stores": []}
    with Stand() as stand:
        sides = Sides(stand, options.sync)
        for number in range(options.rounds):
            for name, rate in zip(found, (sides.original("each", options.messages // 100),
                                          sides.original("one", options.messages // 10),
                                          sides.route(options.messages, number), sides.up(options.messages))):
                found[name].append(rate)
            say(f"round {number + 1}: " + ", ".join(f"{name} {rates[-1]:.0f}/s" for name, rates in found.items()))
    say_machine()
    each, one, route, up = found.values()
    for name, rates in found.items():
        say(f"{name}: {median(rates):.0f} messages/s ({min(rates):.0f} to {max(rates):.0f})")
    for ours, rates in (("route", route), ("up", up)):
        say(f"{ours} / original: {median([a / b for a, b in zip(rates, each)]):.0f}, "
            f"with one connection {median([a / b for a, b in zip(rates, one)]):.1f}")


if __name__ == "__main__":
    main()
