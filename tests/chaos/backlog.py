"""Half an hour of a busy field at once: publishes COUNT readings as fast as the broker acknowledges them, and keeps a
ledger as tests/crash/publisher.py does.

    backlog.py LEDGER_FOLDER PORT COUNT
"""

import json
import pathlib
import sys
import time
import types

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "crash"))

from publisher import FIRST_TIME, MOST_UNACKNOWLEDGED, Connection, Ledger  # noqa: E402

NODES = 60
SECONDS_APART = 30


def payload(number):
    at = FIRST_TIME + number // NODES * SECONDS_APART
    return json.dumps({"device": f"field-{number % NODES:02}", "seq": number,
                       "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
                       "vwc_5cm": round(0.2 + number % 97 / 1000, 5), "soil_temp_5cm": round(8 + number % 89 / 50, 3)})


def main():
    folder, port, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    ledger = Ledger(folder, "backlog")
    options = types.SimpleNamespace(name="backlog", port=port, qos=1, mqtt=5, patient=False)
    connection = Connection(options, "backlog", ledger)
    for number in range(count):
        connection.publish(payload(number))
        while len(connection.unacknowledged) >= MOST_UNACKNOWLEDGED:
            connection.loop(0.05)
    connection.finish()


if __name__ == "__main__":
    main()
