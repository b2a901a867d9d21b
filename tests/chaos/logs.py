"""Do the roles' logs name a fault? What took a server away must have been complained about by who needed it."""

import datetime
import json

NOTICED_WITHIN_SECONDS = 8
SHORTEST_SECONDS = 1


def complaints(role):
    """(seconds since 1970, text) of the warnings and errors of a role."""
    found = []
    for line in role.log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("level") in ("warning", "error"):
            found.append((datetime.datetime.fromisoformat(entry["time"]).timestamp(), line))
    return found


def who_must_notice(cluster, fault):
    """Roles of which one at least must say something; none for a fault that nobody need notice."""
    if fault.kind == "errors" or (fault.kind == "kill" and fault.target in cluster.servers):
        # A server of the API may have had nothing to ask meanwhile.
        return [role for role in cluster.roles.values() if fault.target in role.links and role.kind != "serve"]
    if fault.kind == "cut" and fault.seconds >= SHORTEST_SECONDS:
        return [role for role in cluster.roles.values() if cluster.network.links[fault.target] in role.links.values()
                and role.kind != "serve"]
    return []


def was_away(role, begin, end):
    """It was not ready for another reason during some of the time, and says a thing once."""
    state, since = False, 0
    for at, ready in role.readiness.changes:
        if not state and since <= end and at >= begin:
            return True
        state, since = ready, at
    return not state and since <= end


def clock_was_set(role, plan, times, begin, end):
    return any(fault.kind == "clock" and fault.target == role.name and times[fault.number][0] <= end
               and times[fault.number][1] >= begin for fault in plan)


def unnamed(cluster, plan, times):
    """Faults that should have been named and were not; how many should have been."""
    missing, count = [], 0
    for fault in plan:
        begin, end = times[fault.number][0] - 0.5, times[fault.number][1] + NOTICED_WITHIN_SECONDS
        roles = who_must_notice(cluster, fault)
        if not roles or any(clock_was_set(role, plan, times, begin, end) for role in roles):
            continue
        count += 1
        if not any(begin <= at <= end for role in roles for at, _ in complaints(role)) and \
                not any(was_away(role, begin, begin + 1) for role in roles):
            missing.append(fault)
    return missing, count
