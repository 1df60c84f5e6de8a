"""WCAG 2.2 where axe does not look: size of targets, focus that is not covered, spaced text."""

from itertools import takewhile

import pytest
from django.contrib.auth.models import User

from glossary.models import Series, Term
from tests.browser.conftest import PASSWORD
from tests.browser.lighthouse import ISSUE

PAGES = [
    "/",
    "/glossary/ai-compute/",
    "/glossary/",
    "/data/h100-rental-price/",
    "/newsletter/",
    ISSUE,
]
WIDTHS = [320, 360, 1280]

# 2.5.8: 24 by 24 pixels, or a circle of 24 around the middle that touches no other target and no
# circle of another small one. Links in a sentence are excepted, and lists that a script has replaced
# and clipped to a pixel.
SMALL = """() => {
  const all = "a, button, input:not([type=hidden]), select, summary, textarea, label:has(input)";
  const in_sentence = (each) => each.matches("a") && getComputedStyle(each).display === "inline" &&
    [...each.parentElement.childNodes].some((node) => node.nodeType === 3 && /\\p{L}{2}/u.test(node.data));
  const targets = [...document.querySelectorAll(all)]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest("svg, .select2-hidden-accessible"))
    .map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      return { each, boxes: [...each.getClientRects()], x: x + width / 2, y: y + height / 2,
        small: Math.min(width, height) < 24 };
    });
  const away = (from, box) => Math.hypot(Math.max(box.left - from.x, 0, from.x - box.right),
    Math.max(box.top - from.y, 0, from.y - box.bottom));
  const near = (one, other) => other.boxes.some((box) => away(one, box) < 12) ||
    other.small && Math.hypot(one.x - other.x, one.y - other.y) < 24;
  const related = (one, other) => one.each.contains(other.each) || other.each.contains(one.each);
  return targets.filter((one) => one.small && !in_sentence(one.each) &&
      targets.some((other) => !related(one, other) && near(one, other)))
    .map(({ each }) => `${each.tagName} ${each.className} ${each.textContent.trim()}`);
}"""

# 2.4.11: at one of nine points at least, what lies on top is the element or part of it.
COVERED = """() => {
  const each = document.activeElement;
  if (each === document.body) return null;
  const parts = [0.1, 0.5, 0.9];
  const seen = [...each.getClientRects()].some((box) => parts.some((x) => parts.some((y) => {
    const top = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
    return top && each.contains(top);
  })));
  return seen ? "" : `${each.tagName} ${each.className} ${each.textContent.trim()}`;
}"""

# 1.4.12
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important } p { margin-bottom: 2em !important }"""
CUT = """() => [...document.querySelectorAll("body *")].filter((each) =>
    ["hidden", "clip"].includes(getComputedStyle(each).overflowX) && each.clientWidth > 1 &&
    getComputedStyle(each).textOverflow !== "ellipsis" && !each.closest("svg") && each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.tagName} ${each.className}`);"""


@pytest.fixture(params=WIDTHS)
def page(request, chromium):
    # Styles are added by a test, which the site's own policy would not allow.
    size = {"width": request.param, "height": 700}
    context = chromium.new_context(bypass_csp=True, viewport=size)
    yield context.new_page()
    context.close()


def test_targets_are_24_pixels_or_stand_apart(site, page):
    small = {}
    for path in PAGES:
        page.goto(site + path)
        small[path] = page.evaluate(SMALL)
    assert small == {path: [] for path in PAGES}


def test_what_has_the_focus_is_seen(site, page):
    for path in PAGES:
        page.goto(site + path)
        found = tabs(page)
        assert len(found) > 15, path
        assert (path, [each for each in found if each]) == (path, [])


def test_both_hold_at_the_desk_and_on_its_forms(site, page):
    User.objects.create_superuser("root", password=PASSWORD)
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    forms = [Term.objects.get(slug="ai-compute"), Series.objects.get(slug="h100-rental-price")]
    for path in [
        "/admin/",
        *(f"/admin/glossary/{each._meta.model_name}/{each.pk}/change/" for each in forms),
    ]:
        page.goto(site + path)
        assert (path, page.evaluate(SMALL)) == (path, [])
        assert (path, [each for each in tabs(page) if each]) == (path, [])


def test_spaced_text_is_neither_cut_off_nor_wider_than_the_page(site, page):
    for path in PAGES:
        page.goto(site + path)
        page.add_style_tag(content=SPACED)
        assert (path, page.evaluate(CUT)) == (path, [])
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert (path, wide) == (path, 0)


def tabs(page):
    """Go through the targets, 150 at most; return for each its name if it is covered, or ""."""
    pressed = (press_tab(page) for _ in range(150))
    return list(takewhile(lambda found: found is not None, pressed))


def press_tab(page):
    """Go to the next target; return its name if it is covered, "" if not, None after the last."""
    page.keyboard.press("Tab")
    return page.evaluate(COVERED)


def test_a_page_with_both_faults_fails(page):
    page.set_content(
        "<style>button { width: 20px; height: 20px; padding: 0; border: 0 }"
        " p { position: fixed; inset: 100px 0 0; background: red }</style>"
        "<button>a</button><button>b</button><div style='height: 90px'></div><a href=''>under</a><p>"
    )
    assert len(page.evaluate(SMALL)) == 2
    assert tabs(page) == ["", "", "A  under"]
