"""What must be in a lab, by the publishers' own books; compared with what is there.

    oracle.py stream|readings|statistics LEDGER_FOLDER DATA_FOLDER TILTH

Shares nothing with Tilth or with the harness: it reads the ledgers (NAME.sent and NAME.acked, a payload a line), the
stream's SQLite file by Python's own sqlite3, and what `tilth export` and `tilth sql` print. The lab must not be
running when `stream` is asked.

stream      every payload was stored at least as often as it was acknowledged, at most as often as it was sent.
            LEDGER_FOLDER/excused, where there is one, holds lines "FROM TO": acknowledgements between these seconds
            since 1970 may be lost; a line "doubles": what is stored more often than it was sent is counted, no fault.
readings    what is stored has effect exactly once: a reading with its own time once, however often it was sent;
            one without as often as it is stored. Nothing else is there.
statistics  the views hourly and daily say what the ledger says: counts, least, greatest, mean

Prints what is wrong and how much was compared; exit status 1 if anything is wrong.
"""

import collections
import csv
import datetime
import functools
import io
import json
import math
import pathlib
import sqlite3
import subprocess
import sys

CHANNELS = {
    "vwc_5cm": ("volumetric_water_content", "0.05"),
    "soil_temp_5cm": ("soil_temperature", "0.05"),
    "value": ("value", ""),
}
"""Property and depth that Tilth documents for these channels of a device nobody has described."""

BUCKETS = [("hourly", "hour", 3600), ("daily", "day", 86_400)]
MOST_FAULTS = 20


def payloads(folder, suffix):
    count = collections.Counter()
    for file in folder.glob(f"*.{suffix}"):
        count.update(file.read_text(encoding="utf-8").splitlines())
    return count


def rows_of(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stderr}")
    return list(csv.DictReader(io.StringIO(done.stdout)))


def seconds(text):
    """Of "2025-01-01T00:00:05Z" or, as SQL prints it, "2025-01-01 00:00:05"."""
    return datetime.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=datetime.UTC).timestamp()


def readings_of(payload):
    """(thing, property, depth), time or None, value of each reading in a payload."""
    fields = json.loads(payload)
    thing = fields.get("device") or fields["name"]
    time = seconds(fields["time"]) if "time" in fields else None
    for channel, (name, depth) in CHANNELS.items():
        if channel in fields:
            yield (thing, name, depth), time, fields[channel]


class Lab:
    """What is stored in a lab's folder. tests/chaos has the same for a lab on servers."""

    def __init__(self, data, tilth):
        self.data = data
        self.tilth = tilth

    @functools.cache
    def stored_payloads(self):
        file = sqlite3.connect(f"file:{self.data}/stream.sqlite?mode=ro", uri=True)
        return collections.Counter(bytes(row[0]).decode() for row in file.execute("SELECT payload FROM record WHERE kind = 1"))

    @functools.cache
    def export(self):
        return rows_of([self.tilth, "export", "-", "--format", "csv", "--data", self.data])

    def every(self, length):
        return rows_of([self.tilth, "query", "--every", length, "--aggregate", "count,min,max,mean", "--format", "csv",
                        "--data", self.data])

    def sql(self, select):
        return rows_of([self.tilth, "sql", select, "--format", "csv", "--max-rows", "100000", "--data", self.data])


def excuses(ledger):
    """For payloads whose acknowledgements may be lost, how many seconds before the middle of their span each came;
    whether doubles are no fault."""
    file = ledger / "excused"
    lines = file.read_text().splitlines() if file.exists() else []
    spans = [tuple(map(float, line.split())) for line in lines if line != "doubles"]
    excused = collections.defaultdict(list)
    for times in ledger.glob("*.acked_at") if spans else []:
        for at, payload in zip(times.read_text().split(), times.with_suffix(".acked").read_text().splitlines()):
            leads = [(begin + end) / 2 - float(at) for begin, end in spans if begin <= float(at) <= end]
            excused[payload] += sorted(leads, key=abs)[:1]
    return excused, "doubles" in lines


def check_stream(ledger, lab):
    sent, acknowledged, stored = payloads(ledger, "sent"), payloads(ledger, "acked"), lab.stored_payloads()
    excused, may_double = excuses(ledger)
    faults, lost, doubled, leads = [], 0, 0, []
    for payload in sent | stored:
        least, most, found = acknowledged[payload] - len(excused[payload]), sent[payload], stored[payload]
        if found < acknowledged[payload]:
            lost += acknowledged[payload] - found
            leads += sorted(excused[payload], key=abs)[:1]
        doubled += max(0, found - most)
        if found < least or (found > most and not may_double):
            faults.append(f"acknowledged {least} times, sent {most} times, stored {found} times: {payload}")
    return faults, (f"{sent.total()} messages sent, {acknowledged.total()} acknowledged, {stored.total()} stored, "
                    f"{sent.total() - len(sent)} of them sent again on purpose, {lost} acknowledged ones lost, "
                    f"{doubled} doubled" + (f"; the lost ones were acknowledged {-max(leads):+.2f} to {-min(leads):+.2f} s "
                                            "from the broker's end" if leads else ""))


def check_readings(_ledger, lab):
    expected, expected_bare = {}, collections.Counter()
    for payload, count in lab.stored_payloads().items():
        for series, time, value in readings_of(payload):
            if time is None:
                expected_bare[series, value] += count
            else:
                expected[series, time] = value
    bare_series = {series for series, _ in expected_bare}
    faults, found, found_bare = [], set(), collections.Counter()
    rows = lab.export()
    for row in rows:
        series = (row["thing"], row["property"], row["depth"])
        if series in bare_series:
            found_bare[series, float(row["value"])] += 1
            continue
        key = (series, seconds(row["phenomenon_time"]))
        if key in found:
            faults.append(f"there twice: {row}")
        elif key not in expected:
            faults.append(f"nobody sent: {row}")
        elif float(row["value"]) != expected[key]:
            faults.append(f"sent as {expected[key]!r}: {row}")
        found.add(key)
    faults += [f"missing: {series} at {time}, {expected[series, time]}" for series, time in expected.keys() - found]
    for key in expected_bare | found_bare:
        if expected_bare[key] != found_bare[key]:
            faults.append(f"stored {expected_bare[key]} times, {found_bare[key]} readings: {key}")
    total = int(lab.sql("SELECT count(*) AS n FROM observation")[0]["n"])
    if total != len(rows):
        faults.append(f"the view observation has {total} readings, the export {len(rows)}")
    dead = int(lab.sql("SELECT count(*) AS n FROM dead_letter")[0]["n"])
    if dead:
        faults.append(f"{dead} dead letters")
    return faults, f"{len(rows)} readings"


def expected_buckets(lab, length):
    """(thing, property, depth), start: how many readings, and the values of those that the lab's checks let pass, in
    time order. When a reading without its own time arrived only the lab can say."""
    values, good = {}, set()
    for payload in lab.stored_payloads():
        values |= {(series, time): value for series, time, value in readings_of(payload) if time is not None}
    timed = {series for series, _ in values}
    for row in lab.export():
        series, time = (row["thing"], row["property"], row["depth"]), seconds(row["phenomenon_time"])
        if series not in timed:
            values[series, time] = float(row["value"])
        if row["flag"] in ("good", "not_evaluated"):
            good.add((series, time))
    buckets = {}
    for (series, time), value in sorted(values.items(), key=lambda item: item[0][1]):
        bucket = buckets.setdefault((series, time // length * length), [0, []])
        bucket[0] += 1
        if (series, time) in good:
            bucket[1].append(value)
    return buckets


def has_statistics_of(row, good):
    return (float(row["min"]) == min(good) and float(row["max"]) == max(good)
            and math.isclose(float(row["mean"]), math.fsum(good) / len(good), rel_tol=1e-12))


def compare_buckets(name, rows, expected, fits):
    """Faults of rows that are keyed by series and start. `fits(row, count, good)` judges one."""
    faults, found = [], set()
    for key, row in rows:
        if key in found or key not in expected:
            faults.append(f"{name}, there twice or of nobody: {row}")
        elif not fits(row, *expected[key]):
            count, good = expected[key]
            mean = math.fsum(good) / max(len(good), 1)
            faults.append(f"{name}, expected {count} readings, {len(good)} good, mean {mean}: {row}")
        found.add(key)
    return faults, found


def check_views(lab, view, expected):
    """Closed hours or days, which is all that the views hold."""
    newest = {}
    for series, start in expected:
        newest[series] = max(start, newest.get(series, start))
    rows = [(((row["thing"], row["property"], row["depth"]), seconds(row["start"])), row)
            for row in lab.sql(f"SELECT * FROM {view}")]
    wrong, found = compare_buckets(
        view, rows, expected,
        lambda row, count, good: (int(row["count"]), int(row["good_count"])) == (count, len(good))
        and (not good or has_statistics_of(row, good)))
    return wrong + [f"{view}, missing: {key}, {expected[key][0]} readings"
                    for key in expected.keys() - found if key[1] != newest[key[0]]], f"{len(found)} rows of {view}"


def check_every(lab, every, expected):
    """Also those that are still going on; of a lab that can be asked by `tilth query`."""
    answer = lab.every(every)
    if answer is None:
        return [], f"none of --every {every}"
    rows = [(((row["thing"], row["property"], row["depth"]), seconds(row["time"])), row) for row in answer]
    with_good = {key: bucket for key, bucket in expected.items() if bucket[1]}
    wrong, found = compare_buckets(
        f"--every {every}", rows, with_good,
        lambda row, _count, good: int(float(row["count"])) == len(good) and has_statistics_of(row, good))
    return wrong + [f"--every {every}, missing: {key}" for key in with_good.keys() - found], f"{len(found)} of --every {every}"


def check_statistics(_ledger, lab):
    faults, compared = [], []
    for view, every, length in BUCKETS:
        expected = expected_buckets(lab, length)
        for wrong, count in (check_views(lab, view, expected), check_every(lab, every, expected)):
            faults += wrong
            compared.append(count)
    passed = sum(len(good) for _, good in expected.values())
    return faults, f"{', '.join(compared)}, of {passed} readings that passed the checks"


CHECKS = {"stream": check_stream, "readings": check_readings, "statistics": check_statistics}


def report(question, ledger, lab):
    """Prints the answer; returns the exit status."""
    faults, compared = CHECKS[question](ledger, lab)
    for fault in faults[:MOST_FAULTS]:
        print(f"fault: {fault}")
    print(f"{question}: {compared}; {len(faults)} faults")
    return 1 if faults else 0


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    ledger, data, tilth = map(pathlib.Path, sys.argv[2:])
    return report(sys.argv[1], ledger, Lab(data, tilth))


if __name__ == "__main__":
    sys.exit(main())
