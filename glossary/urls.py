from django.urls import path

from glossary.views import home, machines, search, series, terms

app_name = "glossary"
urlpatterns = [
    path("", home.home, name="home"),
    path("glossary/", terms.index, name="index"),
    path("glossary/<slug:slug>/", terms.term, name="term"),
    path("glossary/<slug:slug>/card/", terms.card, name="card"),
    path("glossary/<slug:slug>/changes/", terms.term_changes, name="term_changes"),
    path("glossary/<slug:slug>.atom", machines.term_atom, name="term_atom"),
    # After the pages around a term, so that a term may be called Field or Letter.
    path("glossary/field/<slug:slug>/", terms.category, name="category"),
    path("glossary/letter/<slug:slug>/", terms.letter, name="letter"),
    path("glossary/<slug:slug>.md", machines.term_md, name="term_md"),
    path("glossary/<slug:slug>.json", machines.term_json, name="term_json"),
    path("glossary/<slug:slug>/card.png", machines.term_card_png, name="term_card_png"),
    path("glossary.json", machines.glossary_json, name="glossary_json"),
    path("glossary.csv", machines.glossary_csv, name="glossary_csv"),
    path("search/", search.search, name="search"),
    path("search.json", machines.search_json, name="search_json"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("data/", series.data, name="data"),
    # Above the series, of which none may have this slug.
    path("data/calendar/", series.calendar, name="calendar"),
    path("data/calendar.ics", series.calendar_ics, name="calendar_ics"),
    path("data/calendar.atom", series.calendar_atom, name="calendar_atom"),
    path("data/<slug:slug>/", series.series, name="series"),
    path("data/<slug:slug>/embed/", series.series_embed, name="series_embed"),
    path("data/<slug:slug>.atom", series.series_atom, name="series_atom"),
    path("data/<slug:slug>.csv", series.series_csv, name="series_csv"),
    path("data/<slug:slug>.json", series.series_json, name="series_json"),
    path("data/<slug:slug>.svg", series.series_svg, name="series_svg"),
    path("data/<slug:slug>.png", series.series_png, name="series_png"),
    path(
        "data/<slug:slug>.metadata.json", series.series_metadata_json, name="series_metadata_json"
    ),
    path("data/<slug:slug>/card.png", machines.series_card_png, name="series_card_png"),
    path("card.png", machines.site_card_png, name="site_card_png"),
    path("feeds/data.atom", series.data_feed, name="data_feed"),
    path("feeds/terms.atom", machines.terms_feed, name="terms_feed"),
    path("openapi.json", machines.openapi_json, name="openapi"),
    path("llms.txt", machines.llms_txt, name="llms_txt"),
]
