"""Judgements and notes on the page, map tiles, and the whole lab as a file."""

import contextlib
import csv
import http.server
import struct
import threading
import zlib

import logger
from lab import Lab, wait_for
from logger import HOUR, TEMPERATURE
from playwright.sync_api import expect
from views import address, wait

START = logger.START + 300 * HOUR
SITE = """
site: {name: Tiled}
things:
  - {name: a, location: {latitude: 51.5, longitude: 11.9}, sensors: [{model: probe, channels: [{channel: value, property: level, unit: m}]}]}
  - {name: b, location: {latitude: 51.501, longitude: 11.902}, sensors: [{model: probe, channels: [{channel: value, property: level, unit: m}]}]}
"""


def pointed(page, words):
    """Moves along the top of the plot until the card there has these words; its text."""
    over = page.locator(".panel .u-over").first.bounding_box()
    card = page.locator(".tooltip")

    def found():
        for top in (8, 3):
            for x in range(4, int(over["width"]) - 4, 5):
                page.mouse.move(over["x"] + x, over["y"] + top)
                if card.is_visible() and words in (card.text_content() or ""):
                    return card.text_content()
        return ""

    return wait(page, f"a card with {words!r}", found)


def test_a_judgement_is_a_band_that_says_who_and_why(open_page, lab):
    flag = {"datastream": TEMPERATURE, "from": f"{START:%Y-%m-%dT%H:%M:%SZ}", "to": f"{START + 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}",
            "flag": "fail", "why": "wasps in the box"}
    lab.post("/manual-flags", flag)
    wait_for("the flag in effect", lambda: lab.get("/observations", datastream=TEMPERATURE, **{"from": flag["from"], "to": flag["to"]})
             ["series"][0]["rows"][0][2] == "fail")
    page = open_page(address([TEMPERATURE], START - 6 * HOUR, START + 9 * HOUR))
    assert "by local" in pointed(page, "wasps in the box")
    page.keyboard.press("t")
    rows = page.locator("#table-area tbody tr", has_text="by hand")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("wasps in the box")


def test_a_note_is_written_and_stands_on_the_plot(open_page, lab):
    page = open_page(address([TEMPERATURE], START + 20 * HOUR, START + 32 * HOUR))
    page.wait_for_selector(".panel .u-over")
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note", exact=True).fill("irrigation ran all night")
    dialog.get_by_label("When").fill(f"{START + 26 * HOUR:%Y-%m-%d %H:%M:%S}")
    dialog.get_by_role("button", name="Add note").click()
    expect(dialog).to_have_count(0)
    notes = lab.get("/notes", thing=logger.NAME)["notes"]
    assert [(note["text"], note["time"]) for note in notes] == [("irrigation ran all night", f"{START + 26 * HOUR:%Y-%m-%dT%H:%M:%SZ}")]
    pointed(page, "irrigation ran all night")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_contain_text("irrigation ran all night")


def test_the_whole_lab_is_one_download(open_page, lab):
    page = open_page(address([TEMPERATURE], START, START + HOUR))
    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=120_000) as download:
        page.locator(".downloads section", has_text="The whole lab").get_by_role("link", name="CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        things = {row["thing"] for row in csv.DictReader(file)}
    assert things == {thing["name"] for thing in lab.get("/things")["things"]}


def png():
    """One grey tile."""
    rows = b"".join(b"\0" + b"\xc8" * 3 * 256 for _ in range(256))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@contextlib.contextmanager
def tile_server():
    """(port, paths that were asked for)."""
    asked = []

    class Tiles(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = png()
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()


def test_map_tiles_come_from_the_host_that_is_set_and_from_no_other(browser, tmp_path):
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    with tile_server() as (port, asked):
        url = f"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.png"
        lab = Lab(tmp_path, "--no-emulate", "--site", str(tmp_path / "site.yaml"), "--map-tile-url", url, "--map-attribution", "(c) nobody")
        try:
            context = browser.new_context(viewport={"width": 1200, "height": 800})
            page = context.new_page()
            errors = []
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            answer = page.goto(lab.url)
            policy = answer.headers["content-security-policy"]
            assert f"http://127.0.0.1:{port};" in policy and "unsafe" not in policy
            wait(page, "tiles", lambda: page.locator("#map .tiles image").count() > 0 and asked)
            expect(page.locator("#map .attribution")).to_have_text("(c) nobody")
            assert all(path.count("/") == 3 and path.endswith(".png") for path in asked)
            assert errors == []
            context.close()
        finally:
            lab.kill()
