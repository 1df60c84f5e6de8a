"""Data pages in a real browser: correct in every layout, with an interactive chart."""

import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from glossary.models import Observation, Series
from tests.browser.test_accessibility import LOOKS, assert_sound
from tests.builders import make_daily_series

SERIES = "nvidia-compute-shipped"
SURVEY = re.compile("Microstructure of AI Diffusion")
PAGES = [
    "/data/",
    f"/data/{SERIES}/",
    f"/data/{SERIES}/?asof=2026-03-01",
    f"/data/{SERIES}/?asof=2020-01-01",
    f"/data/{SERIES}/?asof=tomorrow",
    f"/data/{SERIES}/embed/",
    "/data/nvidia-data-center-revenue/",
    "/data/training-compute-record/",
    "/data/data-center-electricity/",
    "/glossary/h100-equivalent/",
    "/",
]


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def look(request, chromium):
    # axe is injected by the test, which the site's own policy would not allow.
    context = chromium.new_context(bypass_csp=True, **request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium):
    """A page with the site's own policy; violations fail the test."""
    context = chromium.new_context()
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def test_every_page_with_data_is_sound(site, look):
    for path in PAGES:
        look.goto(site + path)
        assert_sound(look)


def test_the_live_chart_is_sound_too(site, look):
    look.goto(f"{site}/data/{SERIES}/")
    look.get_by_label("Period").focus()
    expect(look.locator(".chart-box.is-live canvas")).to_be_visible()
    assert_sound(look)


def test_the_header_keeps_to_one_row_on_the_narrowest_phone(site, chromium):
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{site}/data/")
    tops = [
        page.locator(part).bounding_box()["y"] + page.locator(part).bounding_box()["height"] / 2
        for part in (".mark", ".bar nav", ".search-link")
    ]
    assert max(tops) - min(tops) < 8
    expect(page.get_by_role("link", name="AI Economy Pulse", exact=True)).to_be_visible()
    context.close()


def test_nothing_is_fetched_for_the_chart_before_a_reader_turns_to_it(site, page):
    asked = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{site}/data/{SERIES}/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "uPlot" in url]
    page.locator(".chart-box").hover()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    assert len([url for url in asked if "uPlot" in url]) == 2
    assert all(url.startswith(site) for url in asked)


def test_the_slider_reads_single_values_from_the_keyboard(site, page):
    page.goto(f"{site}/data/{SERIES}/")
    slider = page.get_by_label("Period")
    slider.focus()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    slider.press("ArrowLeft")
    expect(page.locator(".chart-tools output")).to_contain_text("Q1 2026: 17.0 million")
    expect(slider).to_have_attribute(
        "aria-valuetext", "Q1 2026: 17.0\u00a0million (14.9\u00a0million to 19.4\u00a0million)"
    )
    slider.press("Home")
    expect(page.locator(".chart-tools output")).to_contain_text("Q1 2022: 66,884")


def test_the_slider_answers_though_it_never_got_the_focus(site, page):
    page.goto(f"{site}/data/{SERIES}/")
    page.get_by_label("Period").evaluate(
        "slider => { slider.value = 0; slider.dispatchEvent(new Event('input')) }"
    )
    expect(page.locator(".chart-tools output")).to_contain_text("Q1 2022: 66,884")
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("h100-rental-price", "Q1 2025: $2.99 ($1.98 to $12.29)"),
        ("us-firms-using-ai", "September 20, 2026: 23.8%"),
        ("nvidia-data-center-revenue", "Quarter to October 26, 2025: $51.20\u00a0billion"),
    ],
)
def test_the_reading_has_the_digits_of_the_table_and_the_unit(site, page, slug, said):
    page.goto(f"{site}/data/{slug}/")
    expect(page.get_by_label("Period")).to_have_attribute("aria-valuetext", said)


def test_a_range_is_chosen_and_taken_back(site, page):
    page.goto(f"{site}/data/{SERIES}/")
    box = page.locator(".chart-box")
    box.hover()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    whole, year = page.get_by_role("button", name="All"), page.get_by_role("button", name="1 year")
    expect(whole).to_have_attribute("aria-pressed", "true")
    year.click()
    expect(year).to_have_attribute("aria-pressed", "true")
    expect(whole).to_have_attribute("aria-pressed", "false")
    whole.click()
    expect(whole).to_have_attribute("aria-pressed", "true")
    # Drawn by hand: no button is pressed, and "All" resets it.
    place = box.bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.4, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + place["height"] / 2, steps=4)
    page.mouse.up()
    expect(whole).to_have_attribute("aria-pressed", "false")
    whole.click()
    expect(whole).to_have_attribute("aria-pressed", "true")


def test_the_tools_are_one_row_with_the_reading_at_the_right(site, page):
    page.goto(f"{site}/data/{SERIES}/")
    box = page.locator(".chart-tools").bounding_box()
    ranges, slider, said = (
        page.locator(f".chart-tools > {part}").bounding_box()
        for part in (".ranges", "input", "output")
    )
    assert box["height"] == 36
    assert ranges["x"] + ranges["width"] <= slider["x"]
    assert slider["x"] + slider["width"] <= said["x"]
    expect(page.locator(".chart-tools output")).to_have_text(
        "Q2 2026: 21.0 million (18.3 million to 24.0 million)"
    )


def test_the_chart_begins_in_the_first_half_of_a_phones_screen(site, chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/data/h100-rental-price/")
    chart, measured = page.locator(".chart-box"), page.locator("figcaption .quiet")
    assert measured.bounding_box()["y"] < chart.bounding_box()["y"] < 420
    expect(measured).to_have_text(
        "H100 rental price, US dollars per hour · Thin lines: range of quotes"
    )
    context.close()


def test_buttons_are_44_pixels_high_on_a_phone(site, chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/data/{SERIES}/")
    for button in page.locator(".ranges button").all():
        assert button.bounding_box()["height"] == 44
    assert page.get_by_label("Period").bounding_box()["height"] >= 24
    context.close()


def test_few_values_or_a_single_range_have_no_buttons(site, page):
    for slug, count, buttons in [
        ("ai-use-world", 3, 0),
        ("openrouter-tokens", 3, 0),
        (SERIES, 18, 2),
        ("us-hosting-prices", 36, 2),
    ]:
        page.goto(f"{site}/data/{slug}/")
        expect(page.locator(".values tbody tr")).to_have_count(count)
        expect(page.get_by_label("Period")).to_be_visible()
        expect(page.locator(".ranges button")).to_have_count(buttons)


def test_notes_are_hidden_while_a_part_of_the_time_is_shown(site, page):
    page.goto(f"{site}/data/training-compute-record/")
    notes = page.locator(".chart .notes")
    expect(notes).to_contain_text("GPT-4")
    page.get_by_role("button", name="5 years").click()
    expect(page.locator(".chart-box.is-zoomed")).to_be_visible()
    expect(notes).to_have_css("opacity", "0")
    page.get_by_role("button", name="All").click()
    expect(notes).to_have_css("opacity", "1")


# How many pixels of the signal color are in the last columns of the plot, below its edge.
LAST_PIXELS = """() => {
  const [canvas, over] = [".chart-live canvas", ".u-over"].map((part) => document.querySelector(part));
  const [page, plot] = [canvas, over].map((part) => part.getBoundingClientRect());
  const [x, y] = [plot.right - page.left - 8, plot.top - page.top + 4].map((at) => at * devicePixelRatio);
  const { data } = canvas.getContext("2d").getImageData(x, y, 8, plot.height - 4);
  return data.filter((red, at) => at % 4 === 0 && red > 150 && data[at + 1] < 90).length;
}"""


def test_the_highest_value_is_inside_a_live_logarithmic_chart(site, page):
    page.goto(f"{site}/data/training-compute-record/")
    page.get_by_label("Period").focus()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    assert page.evaluate(LAST_PIXELS) > 0


# How many pixels between the bars' ends and the top of the plot are dark, as no grid is.
RANGE_PIXELS = """() => {
  const [canvas, over] = [".chart-live canvas", ".u-over"].map((part) => document.querySelector(part));
  const [page, plot] = [canvas, over].map((part) => part.getBoundingClientRect());
  const [x, y, width, height] = [plot.left - page.left, plot.top - page.top, plot.width, plot.height * 0.4]
    .map((at) => at * devicePixelRatio);
  const { data } = canvas.getContext("2d").getImageData(x, y, width, height);
  return data.filter((red, at) => at % 4 === 0 && red < 80 && data[at + 3] > 100).length;
}"""


@pytest.mark.parametrize(("count", "has_ranges"), [(60, True), (300, False)])
def test_a_live_chart_of_bars_has_ranges_if_the_picture_has_them(site, page, count, has_ranges):
    series = make_daily_series("long", count)
    Series.objects.filter(pk=series.pk).update(chart_form="bar")
    Observation.objects.filter(series=series).update(low=5, high=50)
    page.goto(f"{site}/data/long/")
    page.get_by_label("Period").focus()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    assert page.locator(".chart .whiskers").count() == has_ranges
    assert (page.evaluate(RANGE_PIXELS) > 0) == has_ranges


def test_a_cut_axis_says_where_it_starts_for_the_time_that_is_shown(site, page):
    page.goto(f"{site}/data/us-hosting-prices/")
    said = page.locator(".chart .cut")
    expect(said).to_have_text("Axis starts at 116")
    page.get_by_role("button", name="1 year").click()
    expect(said).to_have_text("Axis starts at 118")


@pytest.mark.parametrize(
    "slug",
    [
        "nvidia-data-center-revenue",
        "training-compute-record",
        "us-hosting-prices",
        "h100-rental-price",
    ],
)
def test_every_form_of_chart_comes_alive_without_a_complaint(site, page, slug):
    page.goto(f"{site}/data/{slug}/")
    page.locator(".chart-box").hover()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()


def test_a_long_series_is_read_from_its_file_when_a_reader_turns_to_it(site, page):
    make_daily_series("long", 8336)
    asked = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{site}/data/long/")
    expect(page.get_by_role("button", name="10 years")).to_be_visible()
    slider, said = page.get_by_label("Period"), page.locator(".chart-tools output")
    expect(slider).to_have_attribute("aria-valuetext", "October 27, 2025: 12.5")
    assert f"{site}/data/long.csv" not in asked
    slider.focus()
    expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
    assert asked.count(f"{site}/data/long.csv") == 1
    slider.press("Home")
    expect(said).to_have_text("January 1, 2003: 10.0")
    slider.press("ArrowRight")
    expect(said).to_have_text("January 2, 2003: 10.5")
    slider.press("End")
    expect(said).to_have_text("October 27, 2025: 12.5")


def test_a_long_series_stays_readable_when_its_file_does_not_come(site, chromium):
    make_daily_series("long", 300)
    context = chromium.new_context()
    page = context.new_page()
    page.route("**/long.csv", lambda route: route.abort())
    page.goto(f"{site}/data/long/")
    slider, said = page.get_by_label("Period"), page.locator(".chart-tools output")
    slider.focus()
    expect(said).to_have_text("Single values could not be loaded. Try again later.")
    expect(page.locator(".chart-box:not(.is-live) > svg")).to_be_visible()
    page.unroute("**/long.csv")
    slider.press("ArrowLeft")
    expect(said).to_have_text("October 26, 2003: 14.0")
    context.close()


def test_file_and_table_name_a_period_alike(site, page):
    for frequency, denotes, newest in [
        ("monthly", "around", "October 2003"),
        ("quarterly", "around", "Q4 2003"),
        ("annual", "around", "2003"),
        ("quarterly", "ending", "Quarter to October 27, 2003"),
        ("irregular", "ending", "October 27, 2003"),
    ]:
        slug = f"{frequency}-{denotes}"
        make_daily_series(slug, 300, frequency=frequency, denotes=denotes)
        page.goto(f"{site}/data/{slug}/")
        slider = page.get_by_label("Period")
        expect(slider).to_have_attribute("aria-valuetext", f"{newest}: 14.5")
        slider.focus()
        expect(page.locator(".chart-box.is-live canvas")).to_be_visible()
        slider.press("Home")
        slider.press("End")
        expect(page.locator(".chart-tools output")).to_have_text(f"{newest}: 14.5")


def test_without_script_everything_is_there(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/data/{SERIES}/")
    expect(page.get_by_role("img", name="NVIDIA AI compute shipped, cumulative")).to_be_visible()
    expect(page.get_by_role("cell", name="13.7 million")).to_be_visible()
    expect(page.get_by_label("Period")).to_have_count(0)
    context.close()


@pytest.fixture
def another_site(site, tmp_path):
    """The address of a site that is not ours and frames our embed and our page."""
    frames = "".join(
        f'<iframe src="{site}/data/{SERIES}/{part}" width="640" height="480"></iframe>'
        for part in ("embed/", "")
    )
    (tmp_path / "index.html").write_text(f"<!doctype html><title>Elsewhere</title>{frames}")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path)
    )
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_another_site_may_frame_the_embed_and_no_other_page(another_site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(another_site)
    chart = "NVIDIA AI compute shipped, cumulative"
    embed, whole = (page.frame_locator("iframe").nth(place) for place in (0, 1))
    expect(embed.get_by_role("img", name=chart)).to_be_visible()
    expect(whole.get_by_role("img", name=chart)).to_have_count(0)
    context.close()


FITS = """() => {
  const edge = (part) => document.querySelector(part).getBoundingClientRect();
  const page = document.documentElement;
  return {
    credit: edge(".facts").bottom <= innerHeight,
    whole: page.scrollHeight <= innerHeight && page.scrollWidth <= innerWidth,
    dates: Math.max(...[...document.querySelectorAll(".dates text")].map((date) => date.getBoundingClientRect().bottom)) <= innerHeight,
    below: edge(".facts").top >= edge(".chart-box").bottom,
    plot: edge(".chart").height,
  };
}"""


def test_the_embed_fits_its_frame_and_shows_its_credit(site, chromium):
    context = chromium.new_context()
    page = context.new_page()
    for slug in (SERIES, "nvidia-data-center-revenue", "training-compute-record"):
        page.goto(f"{site}/data/{slug}/embed/")
        for width, height, least_plot in [(480, 480, 220), (320, 240, 30), (600, 400, 170)]:
            page.set_viewport_size({"width": width, "height": height})
            fits = page.evaluate(FITS)
            assert fits.pop("plot") >= least_plot
            assert fits == dict.fromkeys(fits, True), (slug, width)
    context.close()


def test_a_frame_too_low_for_a_chart_keeps_title_and_credit(site, chromium):
    context = chromium.new_context(viewport={"width": 320, "height": 120})
    page = context.new_page()
    page.goto(f"{site}/data/{SERIES}/embed/")
    page.evaluate("document.fonts.ready.then(() => true)")  # until then titles are wider
    assert page.evaluate(FITS)["credit"]
    expect(page.get_by_text("Source: Epoch AI")).to_be_visible()
    expect(page.locator(".chart")).to_be_hidden()
    context.close()


def test_a_figure_tells_its_source_to_the_keyboard(site, page):
    page.goto(f"{site}/glossary/h100-equivalent/")
    figure = page.locator(".prose a:has(> .figure)").first
    page.keyboard.press("Tab")
    figure.focus()
    said = figure.evaluate("(link) => getComputedStyle(link, '::after').content")
    assert "Released" in said


@pytest.fixture
def phone(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    yield context.new_page()
    context.close()


def test_a_phone_folds_values_and_use_and_a_link_opens_them(site, phone):
    phone.goto(f"{site}/data/{SERIES}/")
    folds = phone.locator("[data-folds] > details")
    assert [fold.get_attribute("open") is not None for fold in folds.all()] == [True, False, False]
    assert phone.locator("[data-folds] summary h2").all_inner_texts() == [
        "Method and limits", "All values", "Use it",
    ]  # fmt: skip
    phone.get_by_role("link", name="Cite").click()
    expect(phone.locator(".citation")).to_be_in_viewport()
    phone.locator(".values summary").first.click()
    expect(phone.get_by_role("cell", name="13.7 million")).to_be_visible()


@pytest.mark.parametrize(
    ("slug", "name", "is_open"),
    [("ai-compute", "Compute Trends", True), ("ai-adoption", SURVEY, False)],
)
def test_a_phone_folds_the_sources_of_a_long_page_and_their_link_opens_them(
    site, phone, slug, name, is_open
):
    phone.goto(f"{site}/glossary/{slug}/")
    source = phone.get_by_role("link", name=name)
    expect(source).to_be_visible(visible=is_open)
    phone.get_by_role("link", name=re.compile(r"^\d+ sources$")).click()
    expect(source).to_be_in_viewport()
    phone.set_viewport_size({"width": 1280, "height": 900})
    phone.reload()
    expect(source).to_be_visible()


@pytest.mark.parametrize("path", [f"/data/{SERIES}/", "/data/"])
def test_paper_has_every_fold_open_and_the_screen_gets_them_back(site, phone, path):
    phone.goto(f"{site}{path}")
    closed = phone.locator("main details:not([open])")
    before = closed.count()
    assert before > 3
    phone.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert closed.count() == 0
    phone.evaluate("dispatchEvent(new Event('afterprint'))")
    assert closed.count() == before


def test_a_wide_window_folds_no_part(site, page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site}/data/{SERIES}/")
    expect(page.locator("summary h2")).to_have_count(0)
    expect(page.get_by_text("6 earlier periods")).to_be_visible()


@pytest.mark.parametrize(("width", "seen"), [(360, False), (1280, True)])
def test_a_phone_folds_long_fields_and_the_filter_opens_them(page, site, width, seen):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/data/")
    seventh = page.locator(".rest li").first
    expect(seventh).to_be_visible(visible=seen)
    page.get_by_label("Search terms, data and issues").last.fill(
        seventh.locator("h3").text_content()
    )
    expect(seventh).to_be_visible()
