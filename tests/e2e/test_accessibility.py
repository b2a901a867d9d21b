"""By keyboard, for a screen reader, on a phone, light and dark."""

import pathlib

import pytest
from logger import HOUR, TEMPERATURE, WILD
from playwright.sync_api import expect
from views import address, said, wait

AXE = (pathlib.Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
SERIOUS = ("serious", "critical")
SIZES = {"wide": (1440, 900), "narrow": (390, 844), "narrowest": (360, 740)}
VIEW = address([TEMPERATURE], WILD - 12 * HOUR, WILD + 12 * HOUR)


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary", "")) for v in found if v["impact"] in SERIOUS]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_serious_violation(open_page, picture, theme, size):
    page = open_page(VIEW, *SIZES[size], theme=theme)
    expect(page.locator("#nodes tbody tr").first).to_be_visible()
    page.wait_for_selector(".panel .u-over")
    page.wait_for_timeout(300)
    picture(page, f"{size}-{theme}")
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_violation_in_what_opens(open_page, picture, theme):
    page = open_page(VIEW, theme=theme)
    page.wait_for_selector(".panel .u-over")
    page.get_by_role("button", name="Download").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_title("Choose the range").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.focus("#plot-area")
    page.keyboard.press("f")
    expect(page.get_by_role("dialog")).to_be_visible()
    picture(page, f"flag-{theme}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("#status .link-button").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_be_visible()
    picture(page, f"notes-{theme}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Table").click()
    expect(page.locator("#table-area tbody tr").first).to_be_visible()
    picture(page, f"table-{theme}")
    assert violations(page) == []


@pytest.mark.parametrize("size", ["narrow", "narrowest"])
def test_a_phone_does_not_scroll_sideways(open_page, size):
    page = open_page(VIEW, *SIZES[size], has_touch=True)
    page.wait_for_selector(".panel .u-over")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator(".panel .u-over").bounding_box()["width"] > 200


def test_every_control_is_reached_by_tab_and_none_traps(open_page):
    page = open_page(VIEW)
    page.wait_for_selector(".panel .u-over")
    wanted = page.locator("button:visible, a[href]:visible, input:visible, [tabindex='0']:visible").count()
    reached = set()
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        key = page.evaluate("""() => {
            const at = document.activeElement;
            if (!at || at === document.body) return null;
            at.dataset.reached ??= String(Math.random());
            return at.dataset.reached;
        }""")
        if key is None and len(reached) >= wanted:
            break
        if key:
            reached.add(key)
    # One radio of a group and the like may be passed over; the skip link counts though it is off the page.
    assert len(reached) >= wanted, f"{len(reached)} of {wanted}"


def test_the_first_tab_leads_past_everything_to_the_plot(open_page):
    page = open_page(VIEW)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#plot-area")).to_be_focused()


def test_the_plot_is_used_by_keyboard_alone(open_page):
    page = open_page(VIEW)
    page.wait_for_selector(".panel .u-over")
    page.focus("#plot-area")

    def at_the_first():
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        return "°C" in said(page)

    wait(page, "a reading under the cursor", at_the_first)
    before = said(page)
    page.keyboard.press("ArrowRight")
    wait(page, "the next reading", lambda: said(page) != before)
    page.keyboard.press("Shift+ArrowRight")
    wait(page, "the reason, read out", lambda: "fail" in said(page) and "99" in said(page))
    old = page.url
    page.keyboard.press("+")
    wait(page, "a narrower range in the address", lambda: page.url != old)
    old = page.url
    page.keyboard.press("PageUp")
    wait(page, "an earlier range in the address", lambda: page.url != old)
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Live", exact=True)).to_have_attribute("aria-pressed", "true")


def test_local_time_is_labelled_so(open_page):
    page = open_page(VIEW, timezone_id="Asia/Kolkata")
    expect(page.get_by_title("Choose the range")).to_contain_text("UTC")
    page.get_by_role("button", name="Local +05:30").click()
    button = page.get_by_title("Choose the range")
    expect(button).to_contain_text("UTC+05:30")
    expect(button).to_contain_text(f"{WILD - 12 * HOUR + HOUR * 5.5:%Y-%m-%d %H:%M}")
