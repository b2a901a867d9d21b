"""A lab that says what docs/api.md says, over real HTTP, so that the client's own requests are tested."""

import json
import pathlib
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

STREAM = {
    "id": "4611686018427387904", "name": "node-01/soil_temperature@0.05m", "thing": "node-01",
    "property": "soil_temperature", "title": "Soil temperature", "depth": 0.05, "label": "", "unit": "Cel",
    "sensor": "TEROS 12", "resolution": 0.001, "cadence_seconds": 300.0, "profile": "soil", "registered_itself": False,
    "derived": False, "emulated": True, "state": "live", "age_seconds": 8.0, "last": None,
}
THING = {
    "name": "node-01", "description": "", "device": "node-01",
    "location": {"latitude": 51.5, "longitude": 11.9, "elevation": None}, "registered_itself": False, "emulated": True,
    "state": "live", "last_time": "2025-05-01T06:00:02Z", "age_seconds": 8.0,
    "battery": {"percent": 87.0, "voltage": None, "time": "2025-05-01T06:00:02Z"}, "datastreams": 9,
}
ROWS = [
    ["2025-05-01T06:00:02Z", 12.3, "good", []],
    ["2025-05-01T06:05:02.000250Z", 99.0, "fail", ["gross_range", "spike"]],
    ["2025-05-01T09:00:00Z", None, None, []],
    ["2025-05-01T12:00:02Z", None, "missing", ["sentinel"]],
]


class StandIn:
    """What it was asked, and what it says next."""

    def __init__(self):
        self.requests = []
        self.events = []
        """Event streams in order: each a list of blocks, after which the connection ends."""
        self.problem = None

    def answer(self, path, query):
        if path == "/api/v1":
            return {"name": "Tilth", "version": "0.1.0", "lab": "x", "site": "Here", "links": {}}
        if path == "/api/v1/things":
            return {"now": "2025-05-01T06:00:10Z", "things": [THING]}
        if path == "/api/v1/datastreams":
            fits = query.get("thing", ["node-01"]) == ["node-01"]
            return {"now": "2025-05-01T06:00:10Z", "datastreams": [STREAM] if fits else []}
        if path == "/api/v1/observations":
            return self.observations(query)
        return None

    def observations(self, query):
        about = {key: STREAM[key] for key in ("id", "name", "thing", "property", "depth", "unit")}
        series = {"datastream": about, "columns": ["time", "value", "flag", "tests"], "source": "rows",
                  "gap_seconds": None, "rows": ROWS}
        if "every" in query:
            series = {"datastream": about, "every": "1d", "columns": ["time", "mean", "max"],
                      "rows": [["2025-05-01T00:00:00Z", 12.3, 12.5]]}
        if "raw" in query:
            series = {**series, "columns": series["columns"] + ["raw_value"], "rows": [row + [1] for row in ROWS]}
        fits = query.get("thing", ["node-01"]) == ["node-01"]
        return {"series": [series] if fits else [], "from": None, "to": None, "generation": 1, "token": "4711"}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        lab, url = self.server.lab, urlsplit(self.path)
        query = parse_qs(url.query)
        lab.requests.append((url.path, query, dict(self.headers)))
        if lab.problem:
            return self.say(lab.problem["status"], lab.problem, "application/problem+json")
        if url.path == "/api/v1/events":
            return self.stream()
        answer = lab.answer(url.path, query)
        if answer is None:
            detail = {"title": "Not found", "status": 404, "detail": f"no such path {url.path}"}
            return self.say(404, detail, "application/problem+json")
        return self.say(200, answer, "application/json")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.lab.requests.append((self.path, body, dict(self.headers)))
        if self.path == "/api/v1/sql":
            cut = body["max_rows"] < 2
            return self.say(200, {"columns": [{"name": "thing", "type": "VARCHAR"}, {"name": "n", "type": "DOUBLE"}],
                                  "rows": [["node-01", 0.25], ["node-02", None]], "cut": cut}, "application/json")
        return self.say(201, body, "application/json")

    def say(self, status, document, kind):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        blocks = self.server.lab.events.pop(0) if self.server.lab.events else None
        if blocks is None:
            time.sleep(0.3)
            return
        for block in blocks:
            self.wfile.write((block + "\n\n").encode())
            self.wfile.flush()


@pytest.fixture
def stand_in():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.lab = StandIn()
    server.lab.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.lab
    server.shutdown()
    server.server_close()


@pytest.fixture
def lab(stand_in):
    import tilth

    return tilth.connect(stand_in.url)
