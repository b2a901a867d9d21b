"""Readers who follow a lab's live updates through everything, now from one server, now from another.

A reader applies each event to a table of its own, as docs/api.md says, and resumes where it broke off, on whichever
server answers. In the end its table must be what the store has.
"""

import datetime
import http.client
import json
import threading
import time
import urllib.parse

PATIENCE_SECONDS = 5
"""Without a word for so long, which is less than the servers' heartbeat, it tries the other one."""


def microseconds(text):
    moment = datetime.datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=datetime.UTC)
    return round((moment - datetime.datetime.fromtimestamp(0, datetime.UTC)) / datetime.timedelta(microseconds=1))


class Reader:
    """`ports` are those of the servers. Its own thread, until `stop`."""

    def __init__(self, name, ports, rng):
        self.name = name
        self.ports = ports
        self.rng = rng
        self.table = {}
        self.token = None
        self.connections = 0
        self.events = 0
        self.resets = 0
        self.troubles = []
        self.is_stopped = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def stop(self):
        self.is_stopped = True
        self.thread.join(PATIENCE_SECONDS * 4)
        assert not self.thread.is_alive(), f"reader {self.name} hangs"

    def run(self):
        while not self.is_stopped:
            try:
                self.follow(self.rng.choice(self.ports))
            except (OSError, http.client.HTTPException) as error:
                self.troubles.append(f"{time.time():.3f} {error!r}")
                time.sleep(0.1)

    def follow(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            headers = {"Last-Event-ID": self.token} if self.token else {}
            connection.request("GET", "/api/v1/events", headers=headers)
            answer = connection.getresponse()
            if answer.status != 200:
                answer.read()
                raise OSError(f"port {port} answers {answer.status}")
            self.connections += 1
            if self.token is None:
                self.read_all(port)
            self.take(answer, port)
        finally:
            connection.close()

    def take(self, answer, port):
        kind, data = "message", []
        while not self.is_stopped:
            line = answer.readline()
            if not line:
                return
            field, _, value = line.decode().rstrip("\n").partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif field == "id":
                self.token = value
            elif not field and data:
                self.apply(kind, json.loads("\n".join(data)), port)
                kind, data = "message", []

    def apply(self, kind, event, port):
        self.events += 1
        if kind == "reset":
            self.resets += 1
            self.read_all(port)
        elif kind == "observations":
            self.replace(event["datastream"], event["from"], event["to"], event["rows"])
        elif kind == "changed":
            asked = {"datastream": event["datastream"], "from": event["from"], "to": event["to"]}
            for series in self.get(port, "/api/v1/observations?" + urllib.parse.urlencode(asked))["series"]:
                self.replace(event["datastream"], event["from"], event["to"], series["rows"])

    def replace(self, datastream, begin, end, rows):
        """`begin` and `end` may be None: open."""
        of = self.table.setdefault(datastream, {})
        first = microseconds(begin) if begin else float("-inf")
        last = microseconds(end) if end else float("inf")
        for at in [at for at in of if first <= at < last]:
            del of[at]
        for row in rows:
            of[microseconds(row[0])] = (row[1], row[2])

    def read_all(self, port):
        table = {}
        for one in self.get(port, "/api/v1/datastreams")["datastreams"]:
            for series in self.get(port, f"/api/v1/observations?datastream={one['id']}")["series"]:
                table[one["id"]] = {microseconds(row[0]): (row[1], row[2]) for row in series["rows"]}
        self.table = table

    @staticmethod
    def get(port, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS * 4)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise OSError(f"port {port} answers {answer.status} to {path}: {body[:200]!r}")
            return json.loads(body)
        finally:
            connection.close()

    def rows(self):
        """(datastream, microseconds): (value, flag)."""
        return {(datastream, at): row for datastream, rows in list(self.table.items()) for at, row in list(rows.items())}
