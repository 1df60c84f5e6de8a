from django.urls import path

from glossary.views import series, terms

app_name = "glossary"
urlpatterns = [
    path("", terms.home, name="home"),
    path("glossary/", terms.index, name="index"),
    path("glossary/<slug:slug>/", terms.term, name="term"),
    path("data/", series.data, name="data"),
    path("data/<slug:slug>/", series.series, name="series"),
    path("data/<slug:slug>/embed/", series.series_embed, name="series_embed"),
    path("data/<slug:slug>.csv", series.series_csv, name="series_csv"),
    path("data/<slug:slug>.json", series.series_json, name="series_json"),
    path("data/<slug:slug>.svg", series.series_svg, name="series_svg"),
    path("data/<slug:slug>.png", series.series_png, name="series_png"),
    path(
        "data/<slug:slug>.metadata.json", series.series_metadata_json, name="series_metadata_json"
    ),
    path("feeds/data.atom", series.data_feed, name="data_feed"),
]
