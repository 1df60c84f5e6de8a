"""What each engine drops of our style sheets: nothing but what is named here, with its reason."""

import pytest

from tests.browser.style_sheets import FOLDER, declarations, examples, resolved

PUBLIC = ("site.css", "charts.css", "print.css")
ADMIN = (
    "admin.css",
    "admin-beside.css",
    "admin-desk.css",
    "admin-doors.css",
    "admin-forms.css",
    "admin-issues.css",
    "admin-lists.css",
)
BY_SCRIPT = {"--width": "390px", "--scale": "1"}  # js/preview.js

# A rule of its own for each declaration, and which of them the engine leaves empty. A selector that
# it does not know leaves no rule at all.
DROPPED = """return selector.filter(([rule, property, value]) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${rule} { ${property}: ${value} }`);
  return !sheet.cssRules[0]?.style?.length;
});"""
INTENDED = {
    "Chromium": set(),
    "Gecko": {
        # Phones alone enlarge text, and Gecko's do not.
        "-webkit-text-size-adjust", "text-size-adjust",
        # A print may leave a single line on a sheet.
        "orphans", "widows",
    },
    "WebKit": {
        # The iPhone knows it, with its prefix; the desktop enlarges no text.
        "-webkit-text-size-adjust", "text-size-adjust",
        # Admin gives a long line as many rows as its text needs when the form is opened.
        "field-sizing",
        # Lines may move a little when the font arrives.
        "ascent-override", "descent-override", "line-gap-override",
        # It knows the prefixed one.
        "user-select",
        # Its bars lie over the page, in the colors of the system's look.
        "scrollbar-color",
    },
}  # fmt: skip


# Parts of a control that not every engine has under this name; Gecko since 143 has this one, and
# before that the steps of an issue stay folded.
FOREIGN = {"Chromium": "::-moz-", "Gecko": "::details-content", "WebKit": "::-moz-"}


def written(*names):
    sheets = [declarations((FOLDER / name).read_text()) for name in names]
    known = examples(sheets) | BY_SCRIPT
    return [
        [each.rule, each.name, resolved(each.value, known)]
        for sheet in sheets
        for each in sheet
        if not each.name.startswith("--")
    ]


def test_every_style_sheet_is_asked_about():
    assert {path.name for path in FOLDER.glob("*.css")} == {*PUBLIC, *ADMIN}


def test_an_engine_drops_only_what_is_meant_for_others(engine, anywhere):
    name = type(engine).__name__
    intended, foreign = INTENDED[name], FOREIGN[name]
    asked = [each for each in written(*PUBLIC) + written(*ADMIN) if foreign not in each[0]]
    dropped = anywhere.run(DROPPED, asked)
    assert [each for each in dropped if each[1] not in intended] == []
    assert {name for _, name, _ in dropped} == intended


@pytest.mark.parametrize("lost", ["colour: red", "color: no color", "text-wrap: no-such-way"])
def test_a_declaration_that_an_engine_does_not_know_is_found(anywhere, lost):
    (asked,) = declarations(f"a {{ {lost} }}")
    assert anywhere.run(DROPPED, [list(asked), ["a", "color", "red"]]) == [list(asked)]
