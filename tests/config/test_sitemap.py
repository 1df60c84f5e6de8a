"""The sitemap is one file of the protocol."""

from datetime import UTC, datetime

from config import sitemap
from config.registry import Registry
from config.sitemap import SitemapPage


def test_a_file_holds_as_many_pages_as_the_protocol_allows(monkeypatch):
    many = [SitemapPage(f"/{number}/") for number in range(50_001)]
    monkeypatch.setattr(sitemap, "SITEMAP_SOURCES", Registry(lambda: many))
    assert sitemap.all_pages() == many[:50_000]


def test_an_entry_in_full(settings):
    settings.SITE_URL = "https://pulse.example.org"
    pages = [
        SitemapPage("/a&b/", datetime(2026, 11, 23, 9, 0, 0, 5, tzinfo=UTC)),
        SitemapPage("/c/"),
    ]
    assert sitemap.as_xml(pages) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        "<url><loc>https://pulse.example.org/a&amp;b/</loc>"
        "<lastmod>2026-11-23T09:00:00+00:00</lastmod></url>\n"
        "<url><loc>https://pulse.example.org/c/</loc></url>\n"
        "</urlset>\n"
    )
