import os
import pathlib
import sys

import logger
import pytest
from lab import Lab, wait_for
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "python"))

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]


def pytest_addoption(parser):
    parser.addoption("--screenshots", default=os.environ.get("TILTH_SCREENSHOTS"), help="keep pictures of the page in this folder")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A lab with two emulated nodes, and a logger's file of last year."""
    folder = tmp_path_factory.mktemp("lab")
    lab = Lab(folder, "--emulate", "2")
    try:
        file = folder / "logger.csv"
        logger.write(file)
        lab.command("import", str(file), "--format", "meter-zl6-csv", "--time-zone", "+00:00", "--thing", logger.NAME)
        wait_for("the imported readings", lambda: len(readings(lab, logger.TEMPERATURE)) == logger.HOURS)
        yield lab
        assert lab.stop() == 0
    finally:
        lab.kill()


def readings(lab, datastream):
    names = [one["name"] for one in lab.get("/datastreams")["datastreams"]]
    return lab.get("/observations", datastream=datastream)["series"][0]["rows"] if datastream in names else []


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["TILTH_CHROMIUM"], args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, lab, request):
    """open_page(hash, width, height, theme) gives the page once it is connected. Whatever test: no error on the console,
    no request to another host."""
    contexts, complaints = [], []

    def open_it(view="", width=1440, height=900, theme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith((lab.url, "data:", "blob:")) else complaints.append(f"asked {r.url}"))
        page.goto(lab.url + "/" + view)
        page.wait_for_selector("#status .link.up")
        return page

    open_it.complaints = complaints
    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(request):
    """picture(page, name): keeps a screenshot where --screenshots says."""
    folder = request.config.getoption("--screenshots")

    def take(page, name):
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{folder}/{name}.png")

    return take
