"""Addresses of the dashboard, and what tests read off it."""

import re
import time
import urllib.parse


def address(series, start=None, end=None, last=None, **more):
    """The part of the address after the page: see web/src/state/view.ts."""
    parts = ["series=" + ",".join(urllib.parse.quote(name, safe="/@:") for name in series)]
    if last:
        parts.append(f"last={last}")
    else:
        parts += [f"from={start:%Y-%m-%dT%H:%M:%SZ}", f"to={end:%Y-%m-%dT%H:%M:%SZ}"]
    return "#" + "&".join(parts + [f"{key}={value}" for key, value in more.items()])


def said(page):
    """What the plot says of the reading at the cursor."""
    return page.text_content("#reading") or ""


def newest(page, node):
    """The value beside a node in the list; empty while the node is not there."""
    row = page.locator("#nodes tr", has=page.get_by_role("button", name=re.compile(rf"{re.escape(node)}$")))
    return row.locator("td").first.text_content() if row.count() else ""


def watch_observations(page):
    """Collects (datastream, from, to, rows) of every answer that a plot gets from now on."""
    answers = []

    def keep(response):
        url = urllib.parse.urlsplit(response.url)
        if not url.path.endswith("/observations") or response.status != 200:
            return
        query = {key: values[0] for key, values in urllib.parse.parse_qs(url.query).items()}
        if "from" in query and "max_points" in query:
            answers.append((query["datastream"], query["from"], query["to"], response))

    page.on("response", keep)
    return answers


def wait(page, what, condition, seconds=30):
    """As wait_for, but lets the page work meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        page.wait_for_timeout(20)
    raise AssertionError(f"{what}: not within {seconds} s")
