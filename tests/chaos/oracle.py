"""What must be in a lab on servers, by the publishers' own books (the questions of tests/crash/oracle.py).

    oracle.py stream|readings|statistics LEDGER_FOLDER FERRETDB_FOLDER POSTGRESQL_URL

Shares nothing with Tilth or with the harness: the stream is read from the files in which the MongoDB-compatible server
keeps its documents, results by psql from the views that Tilth documents. The MongoDB-compatible server must not be
running.
"""

import base64
import collections
import csv
import functools
import importlib.util
import io
import json
import pathlib
import re
import sqlite3
import subprocess
import sys

MESSAGE = 1
"""The number of the kind "message" in a record's field `kind`."""


def books():
    """tests/crash/oracle.py, which has the same name as this file."""
    place = pathlib.Path(__file__).parents[1] / "crash/oracle.py"
    spec = importlib.util.spec_from_file_location("books", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class LabOnServers:
    def __init__(self, folder, url):
        self.folder = folder
        self.url = url

    @functools.cache
    def stored_payloads(self):
        return collections.Counter(self.payloads())

    def payloads(self):
        with sqlite3.connect(f"file:{self.folder}/sensor.sqlite?mode=ro", uri=True) as file:
            names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            (sensors,) = [name for name in names if re.fullmatch(r"sensors_[0-9a-f]+", name)]
            for (text,) in file.execute(f'SELECT _ferretdb_sjson FROM "{sensors}"'):
                document = json.loads(text)
                if document.get("kind") == MESSAGE:
                    yield payload_of(document)

    def select(self, text):
        done = subprocess.run(["psql", "--csv", "--no-psqlrc", "-d", self.url, "-c", "SET TIME ZONE 'UTC'", "-c", text],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"psql: {done.stderr}")
        return list(csv.DictReader(io.StringIO(done.stdout.removeprefix("SET\n"))))

    @functools.cache
    def export(self):
        return self.select("SELECT phenomenon_time, thing, property, depth, value, flag_name AS flag FROM observation")

    def sql(self, select):
        return self.select(select)

    def every(self, _length):
        """Buckets that are still open have no view."""
        return None


def payload_of(document):
    """The server keeps what is UTF-8 as a string, all else as base64, and the type beside it."""
    is_text = document["$s"]["p"]["payload"]["t"] == "string"
    return document["payload"] if is_text else base64.b64decode(document["payload"]).decode(errors="backslashreplace")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    return books().report(sys.argv[1], pathlib.Path(sys.argv[2]), LabOnServers(pathlib.Path(sys.argv[3]), sys.argv[4]))


if __name__ == "__main__":
    sys.exit(main())
