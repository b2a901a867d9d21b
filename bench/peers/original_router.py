"""The router of the original lab, re-stated: a subscriber that writes each message as a document, one insert at a time.

    original_router.py BROKER_PORT MONGODB_URL COUNT each|one

The original (github.com/digsci/datalabs, container-based/data_routing) opens a new MongoClient for each message and
subscribes with QoS 0 in a session of its own: `each`. With `one` the same client serves all messages, which is the
least one would mend. Prints "ready", and when COUNT messages are stored "stored COUNT".
"""

import datetime
import json
import sys

import paho.mqtt.client as mqtt
import pymongo


class Router:
    def __init__(self, url, count, is_each):
        self.url = url
        self.count = count
        self.is_each = is_each
        self.stored = 0
        self.collection = None if is_each else pymongo.MongoClient(url).sensor.sensors

    def on_message(self, client, _userdata, message):
        payload = json.loads(message.payload)
        document = {"name": payload["device"], "value": payload["vwc_10cm"],
                    "timestamp": datetime.datetime.now(datetime.UTC)}
        if self.is_each:
            with pymongo.MongoClient(self.url) as one:
                one.sensor.sensors.insert_one(document)
        else:
            self.collection.insert_one(document)
        self.stored += 1
        if self.stored == self.count:
            print(f"stored {self.stored}", flush=True)
            client.disconnect()


def main():
    port, url, count, connection = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    router = Router(url, count, connection == "each")
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe("field/#", qos=0)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = router.on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main()
