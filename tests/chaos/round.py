"""One round: a cluster under load, a plan of faults, then a backlog, then rest; and what there is to ask afterwards."""

import json
import os
import pathlib
import random
import subprocess
import sys
import time

import audit
import places
import plan
import strikes
from cluster import LEASE_SECONDS, Cluster, Replay
from processes import Publisher, environment, start, wait_for
from readers import Reader

HERE = pathlib.Path(__file__).parent
SENDERS = [(1, 3, False), (1, 5, True), (2, 3, False), (2, 5, False)]
"""QoS, version of MQTT, whether the clocks of its nodes jump."""
BACKLOG_MESSAGES = 3600
"""Half an hour of 60 nodes that speak every 30 seconds."""
QUIET_SECONDS = 1.5
SETTLED_SECONDS = int(os.environ.get("CHAOS_PATIENCE", "240"))
"""How long what was acknowledged may take to be processed. Less for a program that is known to lose it."""

QUESTIONS = {"readings": "/api/v1/observations?format=csv",
             "statistics": "/api/v1/observations?format=csv&every=hour&aggregate=count,min,max,mean,sd,p50"}


class Round:
    def __init__(self, folder, seed, faults, kinds=plan.KINDS):
        self.folder = folder
        self.seed = seed
        self.ledger = folder / "ledger"
        self.ledger.mkdir(parents=True)
        self.cluster = Cluster(folder, disks=os.geteuid() == 0)
        self.publishers = []
        self.readers = []
        self.timings = {}
        self.diary = folder / "faults.log"
        self.timings["first start"] = self.cluster.wait_until_ready()
        self.plan = plan.make(faults, seed, self.targets(), kinds)
        self.strikes = strikes.Strikes(self.cluster, self.plan, self.write_down)

    def targets(self):
        cluster = self.cluster
        can_shift = tuple(cluster.roles) if places.SHIFTED_CLOCK.exists() else ()
        return plan.Targets(tuple(cluster.roles), tuple(cluster.servers), tuple(cluster.network.links), tuple(cluster.disks),
                            can_shift, LEASE_SECONDS)

    def write_down(self, text):
        with open(self.diary, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def run(self):
        audit.begin(self.cluster.servers["postgresql"])
        ports = [server.port for server in self.cluster.of_kind("serve")]
        self.readers = [Reader(f"reader-{number}", ports, random.Random(f"{self.seed} {number}")) for number in range(2)]
        wait_for("readers", lambda: all(reader.connections for reader in self.readers), seconds=60)
        self.publishers = [Publisher(self.ledger, f"q{qos}v{mqtt}", self.cluster.publishers_link, qos, mqtt, self.seed,
                                     patient=True, jumping=jumping) for qos, mqtt, jumping in SENDERS]
        self.strikes.run()
        assert not self.strikes.errors, self.strikes.errors
        self.timings["ready after the last fault"] = self.cluster.wait_until_ready()
        for publisher in self.publishers:
            publisher.stop()
        self.timings["all processed after that"] = self.wait_until_settled()
        self.send_backlog()

    def send_backlog(self):
        """The routers are away while it comes in, and find all of it at once."""
        supervisor = self.cluster.supervisor
        routers = self.cluster.of_kind("route")
        for router in routers:
            supervisor.excuse(router.name)
            router.kill()
        sender = start([sys.executable, HERE / "backlog.py", self.ledger, self.cluster.servers["broker"].port,
                        BACKLOG_MESSAGES], self.ledger / "backlog.log")
        assert sender.wait(120) == 0, (self.ledger / "backlog.log").read_text()
        begin = time.monotonic()
        for router in routers:
            router.start()
            supervisor.watch(router.name)
        waited = time.monotonic() - begin
        self.timings["backlog"] = waited + self.wait_until_settled()

    def expected_readings(self):
        """At least so many: two of each acknowledged payload, however often it was sent."""
        acknowledged = set()
        for file in self.ledger.glob("*.acked"):
            acknowledged |= set(file.read_text(encoding="utf-8").splitlines())
        return 2 * len(acknowledged)

    def wait_until_settled(self):
        """Seconds until what was acknowledged is there, nothing waits, and nothing more has come for a while: what was
        stored without being acknowledged counts too, so that the number alone does not say that all is there."""
        begin = time.monotonic()
        expected = self.expected_readings()
        looks = [(-1, 0.0)]

        def is_there():
            time.sleep(0.2)
            count = self.cluster.readings()
            if count != looks[-1][0]:
                looks.append((count, time.monotonic()))
            return count >= expected and time.monotonic() - looks[-1][1] > QUIET_SECONDS and self.cluster.lag() == 0

        try:
            wait_for("all readings", is_there, seconds=SETTLED_SECONDS)
        except AssertionError:
            raise AssertionError(f"of {expected} readings {self.cluster.readings()} are there, {self.cluster.lag()} records "
                                 f"wait; seed {self.seed}") from None
        return looks[-1][1] - begin

    def rest(self):
        """Readers and roles end; the stores stay to be asked."""
        time.sleep(1)  # what was committed last is told to readers
        for reader in self.readers:
            reader.stop()
        self.answers = {server.name: answers_of(server) for server in self.cluster.of_kind("serve")}
        self.statuses = self.cluster.stop_roles()

    def answers_of_a_replay(self):
        """The same questions to a lab that processes the stream into an empty embedded store."""
        replay = Replay(self.cluster)
        try:
            replay.start()
            wait_for("a replay", lambda: replay.readings() >= self.cluster.readings(), replay.process, seconds=120)
            return answers_of(replay)
        finally:
            replay.end()

    def ask_oracle(self, question):
        self.cluster.servers["mongodb"].stop()
        command = [sys.executable, HERE / "oracle.py", question, self.ledger, self.cluster.servers["mongodb"].data,
                   self.cluster.servers["postgresql"].url()]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
        with open(self.folder / "oracle.log", "a", encoding="utf-8") as log:
            log.write(done.stdout + done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.rstrip()

    def stored_rows(self):
        """(datastream, microseconds): (value, flag), of the readings that count."""
        text = self.cluster.servers["postgresql"].sql(
            "SELECT json_agg(json_build_array(d.id::text, (extract(epoch FROM o.phenomenon_time) * 1000000)::bigint, o.value,"
            " o.flag_name)) #>> '{}' FROM observation AS o JOIN datastream AS d ON d.name = o.datastream")
        rows = json.loads(text.split("\n", 1)[1].strip().strip('"').replace('""', '"'))
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def end(self):
        for publisher in self.publishers:
            publisher.end()
        for reader in self.readers:
            reader.is_stopped = True
        self.cluster.end()
        self.keep_logs()
        self.cluster.unmount()

    def keep_logs(self):
        """From the file systems that go away."""
        for name, place in self.cluster.disks.items():
            for log in place.glob("*.log"):
                (self.folder / f"{name}-{log.name}").write_bytes(log.read_bytes())


def answers_of(server):
    """Every reading with value, raw value, flag and tests, and every hour's statistics, as text."""
    answers = {}
    for name, path in QUESTIONS.items():
        status, body = server.get(path, seconds=120)
        assert status == 200, body[:500]
        answers[name] = body.decode()
    return answers
