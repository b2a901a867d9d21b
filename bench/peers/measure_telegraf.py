"""Against Telegraf, `mqtt_consumer` to `postgresql`: the same messages, the same broker, the same PostgreSQL, in turns.

Messages a CPU-second of the collecting processes: Telegraf's one; Tilth's `route` and `process`. Tilth's stream store is a
server of its own in this, whose CPU is told apart, as is PostgreSQL's. A round ends when every message is a row.
"""

import argparse

from stand import HERE, ROOT, Publisher, Stand, cpu_seconds, median, run, say, say_machine, until

from processes import wait_for

TELEGRAF = ROOT / "build/third_party/telegraf/telegraf"


class Used:
    """CPU seconds of processes since then."""

    def __init__(self, **processes):
        self.processes = processes
        self.before = {name: cpu_seconds(process.pid) for name, process in processes.items()}

    def micros(self, count):
        return {name: (cpu_seconds(process.pid) - self.before[name]) * 1e6 / count for name, process in self.processes.items()}


def rows(postgresql, table, database):
    done = postgresql.psql(f"SELECT count(*) FROM {table}", database)
    return int(done.stdout.split()[-1]) if done.returncode == 0 else 0


class Sides:
    def __init__(self, stand, options):
        self.stand = stand
        self.options = options
        self.count = options.messages
        self.mongodb = stand.mongodb()
        self.postgresql = stand.postgresql()
        self.round = 0

    def database(self, name):
        self.postgresql.sql(f"CREATE DATABASE {name}{self.round}", database="postgres")
        return f"{name}{self.round}"

    def publish(self, broker, used, is_done):
        """Two messages of each device first, so that series and tables are there; then those that count."""
        publisher = Publisher(self.stand, broker.port, 0, 2000)
        publisher.go()
        until(lambda: is_done(2000))
        publisher.finish()
        begun = used()
        publisher = Publisher(self.stand, broker.port, 2000, self.count, self.options.rate)
        publisher.go()
        took = until(lambda: is_done(2000 + self.count))
        publisher.finish()
        return self.count / took, begun.micros(self.count)

    def telegraf(self):
        broker, database = self.stand.broker(self.options.sync), self.database("telegraf")
        folder = self.stand.new_folder("telegraf")
        text = (HERE / "telegraf/telegraf.conf").read_text()
        (folder / "telegraf.conf").write_text(text.replace("BROKER_PORT", str(broker.port)).replace(
            "POSTGRESQL_URL", self.postgresql.url(database=database)))
        process = run([TELEGRAF, "--config", folder / "telegraf.conf"], folder / "log")
        wait_for("Telegraf that has subscribed", lambda: "Connected" in (folder / "log").read_text(), process, 60)
        found = self.publish(broker, lambda: Used(collector=process, postgresql=self.postgresql.process),
                             lambda count: rows(self.postgresql, "soil", database) >= count)
        process.terminate()
        process.wait()
        broker.end()
        return found

    def tilth(self):
        broker, database = self.stand.broker(self.options.sync), self.database("tilth")
        stream = f"mongodb://127.0.0.1:{self.mongodb.port}/{database}"
        route = self.stand.role("route", "--broker", f"mqtt://127.0.0.1:{broker.port}", "--stream", stream)
        process = self.stand.role("process", "--stream", stream, "--processed", self.postgresql.url(database=database))
        found = self.publish(broker, lambda: Used(route=route.process, process=process.process, mongodb=self.mongodb.process,
                                                  postgresql=self.postgresql.process),
                             lambda count: rows(self.postgresql, "observation", database) >= count)
        route.end()
        process.end()
        broker.end()
        return found


def main():
    parser = argparse.ArgumentParser(description="Measures Tilth against Telegraf into the same PostgreSQL.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=0, help="messages a second; 0: as many as the broker takes")
    parser.add_argument("--sync", choices=("always", "interval", "off", "none"), default="interval",
                        help="the broker's journal, as --broker-sync; none: without the plugin")
    options = parser.parse_args()
    ratios, figures = [], {}
    with Stand() as stand:
        sides = Sides(stand, options)
        for number in range(options.rounds):
            sides.round = number
            (their_rate, theirs), (our_rate, ours) = sides.telegraf(), sides.tilth()
            ratios.append(theirs["collector"] / (ours["route"] + ours["process"]))
            for side, rate, used in (("telegraf", their_rate, theirs), ("tilth", our_rate, ours)):
                figures.setdefault(f"{side}, messages/s", []).append(rate)
                for name, micros in used.items():
                    figures.setdefault(f"{side}, us of CPU a message: {name}", []).append(micros)
            say(f"round {number + 1}: telegraf {their_rate:.0f}/s {show(theirs)}; tilth {our_rate:.0f}/s {show(ours)}; "
                f"messages a CPU-second {ratios[-1]:.2f}")
    say_machine()
    for name, values in figures.items():
        say(f"{name}: {median(values):.1f} ({min(values):.1f} to {max(values):.1f})")
    say(f"messages a CPU-second of the collecting processes, tilth / telegraf: {median(ratios):.2f}")


def show(used):
    return " ".join(f"{name} {micros:.1f}" for name, micros in used.items()) + " us"


if __name__ == "__main__":
    main()
