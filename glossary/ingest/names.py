"""What publishers call columns, and rows that are none of the data."""

import re

# What others call a column that patterns know in English.
ENGLISH = {
    "year": "jahr année annee año ano anno jaar år rok 年 年次",
    "quarter": "quartal trimestre kwartaal kvartal",
    "month": "monat mois mes mês mese maand måned månad 年月 月",
    "week": "woche semaine semana settimana",
    "date": "datum fecha 日付 基準日",
    "time": "zeit tid 時点",
    "period": "periode perioden période periodo período zeitraum",
    "status": "statut estado stato",
    "value": "wert valeur valor valore waarde värde værdi 値",
}
IN_ENGLISH = {word: name for name, words in ENGLISH.items() for word in words.split()}
# What offices say of each column in rows between its name and the data.
LABELS = frozenset(
    {"cdid", "preunit", "unit", "units", "unit_multiplier", "source_dataset_id", "release_date"}
    | {"next_release", "important_notes", "notes", "code", "mnemonic", "title", "description"}
    | {"series_id", "series_name", "series_type", "series_start", "series_end", "data_type"}
    | {"frequency", "collection_month", "no_obs", "type", "source", "publication_date"}
    | {"last_update", "adjustment", "multiplier", "currency", "unique_identifier", "decimals"}
    | {"einheit", "dimension", "stand_vom", "dezimalstellen", "format_der_zeitangabe", "quelle"}
    | {"quelle_englisch", "kategorie", "kommentar", "kommentar_englisch", "idbank"}
    | {"derni_re_mise_jour", "period"}
)
# How a note below the data begins.
NOTE = re.compile(
    r"(sources?|notes?|footnotes?|legend|quellen?|hinweise?|fuentes?|notas?|last updated?|stand"
    r"|data from|bron|fontes?|kilde|källa)\b.*[:=]|[©*†]|\(?c\) |_{3}|-{3}|\([a-z0-9]\) ",
    re.IGNORECASE,
)


def plain_name(name: str) -> str:
    """Return a column's name in lower case with underscores, in English, for patterns."""
    folded = name.strip().casefold()
    return IN_ENGLISH.get(folded) or re.sub(r"[^a-z0-9]+", "_", folded).strip("_")
