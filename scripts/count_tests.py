#!/usr/bin/env python3
"""Counts test cases: count_tests.py FOLDER [EXIT_STATUS] prints "passed failed skipped", and on standard
error why cases were skipped, each reason once with the number of cases.

FOLDER holds what test programs left there: JUnit XML files (GoogleTest, pytest) and perhaps
ctest.junit, which names the programs that ctest ran. A program that died counts as a failure
whatever its XML says, and so does a non-zero EXIT_STATUS without a failed case.
"""

import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as xml


def outcome(case):
    """One of "passed", "failed", "skipped" for a <testcase>."""
    tags = {child.tag for child in case}
    if tags & {"failure", "error"}:
        return "failed"
    if "skipped" in tags or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def count_cases(path):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for case in xml.parse(path).iter("testcase"):
            counts[outcome(case)] += 1
    except xml.ParseError:
        counts["failed"] += 1  # its writer was killed
    return counts


def count_folder(folder, status):
    total = {"passed": 0, "failed": 0, "skipped": 0}

    def add(counts):
        for key, value in counts.items():
            total[key] += value

    for path in sorted(folder.glob("*.xml")):
        add(count_cases(path))
    programs = folder / "ctest.junit"
    if programs.exists():
        for case in xml.parse(programs).iter("testcase"):
            cases = folder / f"{case.get('name')}.xml"
            failed = case.get("status") == "fail"
            if not cases.exists():
                add({"failed" if failed else outcome(case): 1})
            elif failed and count_cases(cases)["failed"] == 0:
                add({"failed": 1})
    elif not any(total.values()):
        add({"failed" if status else "passed": 1})
    elif status and not total["failed"]:
        add({"failed": 1})
    return total


def skip_reasons(folder):
    """How many cases gave which reason; GoogleTest puts the place of the skip on a line of its own."""
    reasons = collections.Counter()
    for path in sorted(folder.glob("*.xml")):
        try:
            skipped = [tag for case in xml.parse(path).iter("testcase") for tag in case.iter("skipped")]
        except xml.ParseError:
            continue  # counted as a failure
        for tag in skipped:
            lines = [line.strip() for line in (tag.get("message") or tag.text or "").splitlines() if line.strip()]
            said = [line for line in lines if not re.search(r"\.(cpp|h|py):\d+$", line)]
            reasons[" ".join(said) or "no reason given"] += 1
    return reasons


def main():
    counts = count_folder(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    for reason, count in sorted(skip_reasons(pathlib.Path(sys.argv[1])).items()):
        print(f"  skipped {count}: {reason}", file=sys.stderr)
    print(counts["passed"], counts["failed"], counts["skipped"])


if __name__ == "__main__":
    main()
