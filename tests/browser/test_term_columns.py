"""The two columns of a term's page end together for all of the starter's terms."""

from glossary.models import Term

WIDTHS = (1024, 1280, 1680)
MOST = 120  # pixels of an empty column beside a fuller one
# The lowest edge of what stands in each column of the text.
ENDS = """() => {
  const lowest = (columns) => Math.max(...[...document.querySelectorAll(columns)].flatMap((column) =>
    [...column.querySelectorAll("p, li, .card")].map((each) => each.getBoundingClientRect().bottom)));
  return [lowest(".term-body > .prose, .term-body > .sources"), lowest(".term-body > .aside")];
}"""
MOST_IN_CARD = 300  # pixels that a chart leaves empty in its card
IN_CARDS = """() => Math.max(0, ...[...document.querySelectorAll(".live .chart-box")].map((box) =>
  box.offsetHeight - box.querySelector(".chart").getBoundingClientRect().height))"""


def test_no_column_is_left_empty_beside_a_starter_term(site, chromium):
    page = chromium.new_context(viewport={"width": WIDTHS[0], "height": 900}).new_page()
    holes, slugs = [], list(Term.objects.published().values_list("slug", flat=True))
    assert len(slugs) == 152
    for slug in slugs:
        assert page.goto(f"{site}/glossary/{slug}/").ok
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            text, aside = page.evaluate(ENDS)
            if abs(text - aside) > MOST:
                holes.append(f"{slug} at {width}: {round(text - aside)} px")
            if (inside := page.evaluate(IN_CARDS)) > MOST_IN_CARD:
                holes.append(f"{slug} at {width}: {round(inside)} px in a card")
    page.context.close()
    assert holes == []
