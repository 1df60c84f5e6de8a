"""Data for programs in pages, in a browser: it runs no code and causes no error."""

import json

from tests.builders import make_series, make_term, release


def test_the_policy_lets_the_data_blocks_stand(chromium, live_server):
    make_term("Token", definition="</script> & more.")
    release(make_series("compute"), "2024,1 2025,2")
    context = chromium.new_context()
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/", "/glossary/", "/glossary/token/", "/data/compute/"):
        page.goto(f"{live_server.url}{path}")
        blocks = page.locator('script[type="application/ld+json"]').all_text_contents()
        assert [json.loads(block)["@context"] for block in blocks] == ["https://schema.org"], path
    assert said == []
    context.close()
