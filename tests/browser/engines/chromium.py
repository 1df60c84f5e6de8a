"""Chromium, by Playwright."""

from typing import Any

from playwright.sync_api import Error, sync_playwright
from playwright.sync_api import Page as PlaywrightPage

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.engines.page import Engine, Page, PageGone


class Chromium(Engine):
    package = "chromium"
    find = staticmethod(find_chromium)

    def __init__(self, *, dark: bool = False) -> None:
        self.dark = dark
        self.playwright = sync_playwright().start()
        program = find_chromium()
        self.browser = self.playwright.chromium.launch(executable_path=program, args=ARGUMENTS)

    def page(self) -> "ChromiumPage":
        context = self.browser.new_context(color_scheme="dark" if self.dark else "light")
        return ChromiumPage(context.new_page())

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()


class ChromiumPage(Page):
    def __init__(self, page: PlaywrightPage) -> None:
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)

    def run(self, body: str, *arguments: Any) -> Any:
        try:
            return self.page.evaluate(f"([selector, name]) => {{ {body} }}", arguments)
        except Error as error:
            raise PageGone(str(error)) from None

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def picture(self) -> bytes:
        return self.page.screenshot()

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)

    def press_mouse(self) -> None:
        self.page.mouse.down()
        self.page.mouse.up()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def close(self) -> None:
        self.page.context.close()
