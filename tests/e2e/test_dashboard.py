"""What a person sees and does on the page, with a real lab behind it."""

import csv
import datetime
import json
import time

import logger
from lab import wait_for
from logger import HOUR, TEMPERATURE, WILD
from playwright.sync_api import expect
from views import address, newest, said, wait, watch_observations

WEEK_OF_IMPORT = (logger.START, logger.START + 7 * 24 * HOUR)
NOON = logger.START + 30 * HOUR


def test_a_message_shows_within_a_second_of_its_publication(open_page, lab, record_property):
    page = open_page()
    delays = []
    for attempt in range(5):
        value = f"{5.1 + attempt:.1f}"
        started = time.monotonic()
        lab.publish(json.dumps({"name": "sensor1", "value": float(value)}))
        wait(page, f"{value} beside sensor1", lambda value=value: newest(page, "sensor1").startswith(value))
        delays.append(time.monotonic() - started)
    record_property("seconds", " ".join(f"{delay:.3f}" for delay in delays))
    assert min(delays) < 1, delays


def test_a_new_message_is_plotted_without_a_reload(open_page, lab):
    lab.publish('{"name": "sensor2", "value": 3.5}')
    wait_for("sensor2", lambda: any(t["name"] == "sensor2" for t in lab.get("/things")["things"]))
    page = open_page(address(["sensor2/value"], last="1m"))
    legend = page.locator(".legend .value").first
    expect(legend).to_contain_text("3.5")
    lab.publish('{"name": "sensor2", "value": 4.25}')
    expect(legend).to_contain_text("4.25")
    page.focus("#plot-area")
    page.keyboard.press("ArrowLeft")
    wait(page, "the new reading under the cursor", lambda: "4.25" in said(page))


def test_a_node_that_registered_itself_and_emulated_ones_are_named_so(open_page, lab):
    lab.publish('{"name": "sensor1", "value": 5.1}')
    page = open_page()
    row = page.locator("#nodes tr", has_text="sensor1")
    expect(row).to_contain_text("registered itself")
    emulated = [t["name"] for t in lab.get("/things")["things"] if t["emulated"]]
    assert emulated
    for name in emulated:
        expect(page.locator("#nodes tr", has_text=name).first).to_contain_text("emulated")
        expect(page.locator(f'#map [data-node="{name}"]')).to_have_count(1)


def test_a_point_imported_from_last_year_is_there(open_page):
    page = open_page(address([TEMPERATURE], NOON - HOUR / 2, NOON + HOUR / 2))
    page.wait_for_selector(".panel .u-over")
    page.focus("#plot-area")

    def shown():
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        return f"{logger.temperature(30):g} °C, good" in said(page) and f"{NOON:%Y-%m-%d %H:%M:%S} UTC" in said(page)

    wait(page, "the imported reading under the cursor", shown)


def test_history_and_the_present_stand_on_one_axis(open_page, lab):
    page = open_page(address([TEMPERATURE], last="1d"))
    answers = watch_observations(page)
    page.get_by_role("button", name="all", exact=True).click()
    wait(page, "an answer that reaches from last year to now", lambda: any(
        start <= f"{logger.START:%Y-%m-%d}" and end >= f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"
        for _, start, end, _ in answers))
    assert "last=" in wait(page, "the address", lambda: "last=1d" not in page.url and page.url)


def test_the_reason_of_a_flag_shows_on_hover(open_page):
    page = open_page(address([TEMPERATURE], WILD - 12 * HOUR, WILD + 12 * HOUR))
    page.focus("#plot-area")
    tooltip = page.locator(".tooltip")

    def flagged():
        page.keyboard.press("Escape")
        page.keyboard.press("Shift+ArrowRight")
        return tooltip.is_visible()

    wait(page, "the flagged reading by keyboard", flagged)
    expect(tooltip).to_contain_text("99")
    expect(tooltip).to_contain_text("gross range")
    over = page.locator(".panel .u-over").bounding_box()
    cursor = page.locator(".panel .u-cursor-x").bounding_box()
    page.keyboard.press("Escape")
    expect(tooltip).to_be_hidden()
    # Far outside the scale of good values, so its cross is held at the upper edge.
    page.mouse.move(cursor["x"], over["y"] + over["height"] / 2)
    page.mouse.move(cursor["x"] + cursor["width"], over["y"] + 7)
    expect(tooltip).to_be_visible()
    reasons = tooltip.locator(".reasons")
    expect(reasons).to_contain_text("gross range")
    wait(page, "a sentence of the server", lambda: len((reasons.text_content() or "").replace("gross range", "")) > 10)


def test_zooming_loads_finer_data(open_page, lab):
    emulated = next(d["name"] for d in lab.get("/datastreams")["datastreams"] if d["emulated"] and d["property"] == "soil_temperature")
    wait_for("two years of history", lambda: (lab.get("/observations", datastream=emulated, max_points=4)["series"][0]["rows"] or [["9"]])[0][0]
             < f"{logger.START:%Y-%m-%d}", 300)
    page = open_page(address([emulated], logger.START - 360 * 24 * HOUR, logger.START + 360 * 24 * HOUR))
    answers = watch_observations(page)
    over = page.locator(".panel .u-over")
    box = over.bounding_box()
    for _ in range(8):
        page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 40, steps=4)
        page.mouse.up()
        page.wait_for_timeout(250)
        if spacing(answers) == 3600:
            break
    assert spacing(answers) == 3600, "hourly readings themselves"


def spacing(answers):
    """Least seconds between readings of the newest answer; None without two."""
    if not answers:
        return None
    rows = answers[-1][3].json()["series"][0]["rows"]
    times = [datetime.datetime.fromisoformat(row[0].replace("Z", "+00:00")) for row in rows if row[2] is not None]
    return min(((b - a).total_seconds() for a, b in zip(times, times[1:])), default=None)


def test_a_download_is_exactly_what_is_shown(open_page):
    page = open_page(address([TEMPERATURE], *WEEK_OF_IMPORT))
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.locator(".downloads section", has_text="What is shown").get_by_role("link", name="CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7 * 24
    assert {row["flag"] for row in rows} >= {"good", "fail"}, "a flagged reading is not left out"
    assert float(rows[30]["value"]) == logger.temperature(30)


def test_a_download_of_everything_is_longer(open_page):
    page = open_page(address([TEMPERATURE], *WEEK_OF_IMPORT))
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.locator(".downloads section", has_text="from first to last").get_by_role("link", name="JSON").click()
    with open(download.value.path(), encoding="utf-8") as file:
        assert len(json.load(file)["series"][0]["rows"]) == logger.HOURS


def test_a_deep_link_restores_the_view(open_page):
    first = open_page(address([TEMPERATURE], *WEEK_OF_IMPORT))
    first.get_by_role("button", name="Good only").click()
    first.get_by_role("button", name="Raw").click()
    first.get_by_role("radio", name="Table").click()
    first.locator("#theme").click()
    first.locator("#theme").click()
    wait(first, "the address", lambda: all(part in first.url for part in ("good=1", "raw=1", "pane=table", "theme=dark")))
    link = first.url.split("/", 3)[3]
    second = open_page(link)
    expect(second.get_by_role("button", name="Good only")).to_have_attribute("aria-pressed", "true")
    expect(second.get_by_role("button", name="Raw")).to_have_attribute("aria-pressed", "true")
    expect(second.locator("html")).to_have_attribute("data-theme", "dark")
    expect(second.locator("#table-area table")).to_be_visible()
    assert second.url.split("/", 3)[3] == link


def test_the_table_says_what_the_plot_shows(open_page):
    page = open_page(address([TEMPERATURE], WILD - 3 * HOUR, WILD + 3 * HOUR, pane="table"))
    rows = page.locator("#table-area tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text=f"{WILD:%Y-%m-%d %H:%M:%S}")).to_contain_text("fail")
    page.get_by_role("button", name="Good only").click()
    expect(rows).to_have_count(5)


def test_a_person_flags_a_range_and_says_why(open_page, lab):
    start = logger.START + 200 * HOUR
    page = open_page(address([TEMPERATURE], start, start + 6 * HOUR))
    page.wait_for_selector(".panel .u-over")
    page.focus("#plot-area")
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Flag", exact=True).click()
    expect(dialog).to_be_visible()  # a reason is asked for
    dialog.get_by_role("radio", name="suspect").check()
    dialog.get_by_label("Why").fill("probe pulled out for sampling")
    dialog.get_by_role("button", name="Flag", exact=True).click()
    expect(dialog).to_have_count(0)
    flags = wait_for("the flag", lambda: lab.get("/manual-flags", datastream=TEMPERATURE)["manual_flags"])
    assert ("suspect", "probe pulled out for sampling") in [(flag["flag"], flag["why"]) for flag in flags]
    page.focus("#plot-area")
    tooltip = page.locator(".tooltip")

    def explained():
        """The plot is drawn anew when the flag has taken effect, which closes the tooltip once more."""
        page.keyboard.press("Escape")
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_timeout(300)
        return tooltip.is_visible() and "probe pulled out for sampling" in tooltip.inner_text()

    wait(page, "the flagged readings by keyboard", explained)
    expect(tooltip).to_contain_text("suspect")


def test_dead_letters_are_listed_with_their_reasons(open_page, lab):
    lab.publish("this is no JSON")
    wait_for("a dead letter", lambda: lab.get("/dead-letters")["total"] > 0)
    page = open_page()
    link = page.locator("#status .link-button")
    expect(link).not_to_have_text("0 dead letters")
    link.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(lab.get("/dead-letters")["dead_letters"][0]["reason"])
    dialog.get_by_text("as received").first.click()
    expect(dialog).to_contain_text("this is no JSON")


def test_a_click_on_the_map_chooses_the_node(open_page, lab):
    node = [t["name"] for t in lab.get("/things")["things"] if t["emulated"]][1]
    page = open_page()
    page.locator(f'#map [data-node="{node}"]').click()
    expect(page.locator(".chooser-node")).to_contain_text(node)
    wait(page, "the address", lambda: f"node={node}" in page.url)


def test_two_nodes_and_several_depths_share_one_cursor(open_page, lab):
    streams = [d["name"] for d in lab.get("/datastreams")["datastreams"] if d["emulated"]
               and d["property"] in ("soil_temperature", "volumetric_water_content")]
    page = open_page(address(streams, last="1h"))
    expect(page.locator(".panel")).to_have_count(2)
    box = page.locator(".u-over").nth(0).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + 30)
    cursors = [page.locator(".u-cursor-x").nth(i).bounding_box() for i in range(2)]
    assert abs(cursors[0]["x"] - cursors[1]["x"]) <= 1


def test_the_other_logger_property_is_in_the_chooser(open_page):
    page = open_page(address([TEMPERATURE], *WEEK_OF_IMPORT, node=logger.NAME))
    chip = page.get_by_role("button", name="Volumetric water content 10 cm")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(page.locator(".panel")).to_have_count(2)


def test_a_lost_server_is_said_and_found_again(open_page, lab):
    lab.publish('{"name": "sensor1", "value": 1}')
    page = open_page(address(["sensor1/value"], last="1m"))
    assert lab.stop() == 0
    expect(page.locator("#notice")).to_contain_text("does not answer", timeout=30_000)
    lab.start()
    expect(page.locator("#notice")).to_be_empty(timeout=60_000)
    # mosquitto_pub sends with QoS 0: what comes before the router is back is lost.
    wait_for("the broker's link", lambda: lab.get("/status")["broker"]["state"] == "connected")
    lab.publish('{"name": "sensor1", "value": 6.25}')
    expect(page.locator(".legend .value").first).to_contain_text("6.25", timeout=30_000)
    # The browser names each refused connection; that is what this test made.
    open_page.complaints[:] = [text for text in open_page.complaints if "net::ERR_" not in text]
