"""Do the roles' logs name each fault? For each kind of fault there is a line that somebody's log must have, or a reason why
nobody can notice it (UNNOTICED).

A trouble that goes on is said once: a role that was not ready already when a fault began need not say anything new.
"""

import datetime
import json

NOTICED_WITHIN_SECONDS = 8
SHORTEST_CUT_SECONDS = 2
"""A router and a processor ask their servers about once a second."""

UNNOTICED = {
    "slow": "the answers come later, within what every role waits for",
    "silent": "what waited goes on afterwards: shorter than what every role waits for, as slow is",
    "half-open": "as silent; a connection that is reset afterwards is replaced before anybody asks twice",
    "full": "a server may have room left in the files that it made before, or end by itself; its own log says which",
    "clock": "a process cannot know that its own clock is wrong; the times in its log show it",
    "freeze of the broker or the stream store": "shorter than what every role waits for, as silent is",
    "freeze of a router or a server of the API": "nobody depends on it; the broker keeps a router's share",
    "cut of less than two seconds": "nothing need be asked meanwhile",
    "cut of a server of the API from the stream store": "asked only when a client asks",
    "cut of a processor from the stream store": "its reads are tried again for five seconds, longer than any cut",
    "cut of the publishers": "no role's link",
}


class Witnesses:
    """Roles, and what one of them at least must say: (level, text) of any of `words`; the text may be None for any."""

    def __init__(self, roles, words):
        self.roles = roles
        self.words = words


COMPLAINT = (("warning", None), ("error", None))
SHARE_CHANGED = (("info", "the share of the partitions has changed"), ("info", "processing waits for its share"),
                 ("error", "processing stopped and will go on"))
START = (("info", "start"),)


def witnesses(cluster, fault):
    """Who must say what about a fault; or the key of UNNOTICED."""
    is_role = fault.target in cluster.roles
    if fault.kind == "kill" and is_role:
        return Witnesses([cluster.roles[fault.target]], START)  # by whoever starts it again
    if fault.kind in ("kill", "errors"):
        return Witnesses(users(cluster, fault.target), COMPLAINT)
    if fault.kind == "freeze":
        return about_freeze(cluster, fault, is_role)
    if fault.kind == "cut":
        return about_cut(cluster, fault)
    return fault.kind


def users(cluster, server):
    """Roles that ask this server all the time."""
    return [role for role in cluster.roles.values() if server in role.links and asks_always(role, server)]


def asks_always(role, server):
    return role.kind != "serve" or server == "postgresql"


def about_freeze(cluster, fault, is_role):
    if not is_role and fault.target != "postgresql":
        return "freeze of the broker or the stream store"
    if not is_role:
        return Witnesses(users(cluster, fault.target), COMPLAINT)  # waits for it are shorter than a lease
    if cluster.roles[fault.target].kind != "process":
        return "freeze of a router or a server of the API"
    return Witnesses(cluster.of_kind("process"), SHARE_CHANGED)  # it is longer than a lease


def about_cut(cluster, fault):
    link = cluster.network.links[fault.target]
    if link.client not in cluster.roles:
        return "cut of the publishers"
    if fault.seconds < SHORTEST_CUT_SECONDS:
        return "cut of less than two seconds"
    role = cluster.roles[link.client]
    server = next(name for name, one in role.links.items() if one is link)
    if role.kind == "process" and server == "mongodb":
        return "cut of a processor from the stream store"
    if not asks_always(role, server):
        return "cut of a server of the API from the stream store"
    return Witnesses([role], COMPLAINT)


def said(role, words, begin, end):
    """Whether a line of these words stands in its log between two times."""
    for line in role.log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
            at = datetime.datetime.fromisoformat(entry["time"]).timestamp()
        except (ValueError, KeyError, TypeError):
            continue
        if begin <= at <= end and any(entry["level"] == level and text in (None, entry["message"]) for level, text in words):
            return True
    return False


def was_away(role, begin, end):
    """It was not ready during some of the time."""
    ready, since = False, 0
    for at, next_ready in [*role.readiness.changes, (float("inf"), None)]:
        if not ready and since <= end and at >= begin:
            return True
        ready, since = next_ready, at
    return False


def clock_was_set(role, plan, times, begin, end):
    return any(fault.kind == "clock" and fault.target == role.name and times[fault.number][0] <= end
               and times[fault.number][1] >= begin for fault in plan)


def check(cluster, plan, times):
    """Faults that should have been named and were not; how many were; how many nobody can notice, by their reason."""
    missing, named, unnoticed = [], 0, {}
    for fault in plan:
        who = witnesses(cluster, fault)
        if isinstance(who, str):
            unnoticed[who] = unnoticed.get(who, 0) + 1
            continue
        begin, end = times[fault.number][0] - 0.5, times[fault.number][1] + NOTICED_WITHIN_SECONDS
        if any(said(role, who.words, begin, end) for role in who.roles):
            named += 1
        elif not excused(who, plan, times, begin, end):
            missing.append(fault)
    return missing, named, unnoticed


def excused(who, plan, times, begin, end):
    """A witness was away for another reason, or its clock was wrong, so that its log has other times."""
    return any(was_away(role, begin, begin + 1) or clock_was_set(role, plan, times, begin, end) for role in who.roles)
