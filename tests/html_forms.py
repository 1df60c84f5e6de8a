"""What a browser sends of a form: `client.post(url, opened(client, url) | {"title": "Other"})`."""

from lxml import html


def opened(client, url):
    """Open an admin page; return every field of its form as it is shown."""
    answer = client.get(url)
    assert answer.status_code == 200
    return shown(answer)


def shown(answer):
    forms = html.fromstring(answer.text).xpath(
        '//*[@id="content-main"]/form | //form[@id="changelist-form"]'
    )
    empty = forms[0].xpath('.//input[@name and not(@value) and not(@type="checkbox")]/@name')
    # A browser leaves out the line break that a text area begins with.
    filled = {name: value.removeprefix("\n") for name, value in forms[0].form_values()}
    return dict.fromkeys(empty, "") | filled


def errors(answer):
    """Return the error messages of the page."""
    found = html.fromstring(answer.text).xpath('//*[contains(@class, "errorlist")]')
    return " ".join(" ".join(each.text_content().split()) for each in found)
