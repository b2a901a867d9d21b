"""Carries out a plan: each fault in its own thread, from its beginning to its end."""

import os
import threading
import time

import links
import refusals

BALLAST_STEP = 1 << 20


class Strikes:
    """`times` has for each fault when it began and ended; `errors` what went wrong with the test itself."""

    def __init__(self, cluster, plan, say=lambda text: None):
        self.cluster = cluster
        self.plan = plan
        self.say = say
        self.times = {}
        self.errors = []

    def run(self):
        """Until every fault is over."""
        begin = time.monotonic()
        threads = [threading.Thread(target=self.strike, args=(fault, begin + fault.at)) for fault in self.plan]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def strike(self, fault, at):
        time.sleep(max(0, at - time.monotonic()))
        began = time.time()
        try:
            end = getattr(self, "begin_" + fault.kind.replace("-", "_"))(fault)
            self.say(f"{began:.3f} begins {fault}")
            time.sleep(fault.seconds)
            end()
        except Exception as error:
            self.errors.append(f"{fault}: {error!r}")
        finally:
            self.times[fault.number] = (began, time.time())
            self.say(f"{time.time():.3f} ended  {fault}")

    def one(self, fault):
        return self.cluster.everything()[fault.target]

    def begin_kill(self, fault):
        one = self.one(fault)
        self.cluster.supervisor.excuse(fault.target)
        if one.is_alive():
            one.kill()

        def end():
            try:
                one.start()
            finally:
                self.cluster.supervisor.watch(fault.target)

        return end

    def begin_freeze(self, fault):
        one = self.one(fault)
        one.freeze()
        return one.thaw

    def begin_link(self, fault):
        return self.cluster.network.links[fault.target].put(fault.kind, fault.detail)

    begin_cut = begin_silent = begin_half_open = begin_slow = begin_link

    def begin_errors(self, fault):
        begin = {"mongodb": refusals.begin_mongodb, "postgresql": refusals.begin_postgresql}[fault.target]
        return begin(self.cluster, fault.how)

    def begin_full(self, fault):
        """The last byte of the server's disk is taken. What ends because of it is started again until there is room."""
        ballast = self.cluster.disks[fault.target] / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * BALLAST_STEP)
            except OSError:
                pass
        self.cluster.supervisor.excuse(fault.target)

        def end():
            os.unlink(ballast)
            one = self.one(fault)
            if not one.is_alive():
                one.start()
            self.cluster.supervisor.watch(fault.target)

        return end

    def begin_clock(self, fault):
        role = self.one(fault)
        role.shift.write_text(str(round(fault.detail)))
        return lambda: role.shift.write_text("0")


def recoveries(cluster, plan, times):
    """Of each role: seconds from the end of the last fault that reached it to its being ready, for each time it was not."""
    found = {}
    for name, role in cluster.roles.items():
        reaching = [times[fault.number] for fault in plan if reaches(cluster, fault, role)]
        down = None
        for at, ready in list(role.readiness.changes):
            if not ready:
                down = at
            elif down is not None:
                ends = [end for begin, end in reaching if begin <= at and end >= down - 1]
                found.setdefault(name, []).append(max(0.0, at - max([min(end, at) for end in ends], default=down)))
    return found


def reaches(cluster, fault, role):
    if fault.target == role.name or fault.target in role.links:
        return True
    return fault.kind in links.KINDS and cluster.network.links[fault.target].client == role.name
