"""The whole glossary as JSON and CSV, written term by term, so that memory does not grow with it.

The ETag comes from the state of the database, so that nothing is written for a 304.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import StringIO
from itertools import batched

from django.conf import settings
from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone

from config.site import absolute
from glossary import models
from glossary.api.openapi import TERM
from glossary.api.twins import COLUMNS, complete_terms, second, table_row, term_facts, writer_out
from glossary.prose.markdown import figures, manual_links
from glossary.series.downloads import CHART_LICENSE as LICENSE
from glossary.series.loading import views_for
from glossary.values.csv_safety import defuse

AT_A_TIME = 200
# Part of the ETag, as are the names of columns and members. Increase it when what they hold is
# written in another way.
EDITION = 2


def stamp() -> str:
    """Return an identifier of all that the files say, in a few queries.

    Each change of a term or of its parts adds a version, each change of data a release. The date is
    included because sentences may say how long ago something was.
    """
    kept = (
        models.Term, models.Alias, models.Relation, models.Citation, models.Category, models.Person,
    )  # fmt: skip
    said = [
        EDITION, COLUMNS, sorted(TERM["properties"]),
        settings.SITE_URL, settings.SITE_NAME, timezone.localdate(),
        *(model.history.aggregate(Max("history_id")) for model in kept),
        models.Term.objects.published().aggregate(Count("pk"), Max("updated_at")),
        *models.TermSeries.objects.order_by("term", "position").values_list("pk", flat=True),
        *models.Series.objects.order_by("pk").values_list("title", "current_release", "updated_at"),
        models.LinkedVersion.objects.values_list("stamp", flat=True).first(),
    ]  # fmt: skip
    return sha256("\n".join(map(str, said)).encode()).hexdigest()[:24]


def in_json() -> Iterator[str]:
    """Yield the glossary as JSON, a term a line. `updated_at` is that of the last changed term."""
    terms = models.Term.objects.published().aggregate(
        count=Count("pk"), changed_at=Max("updated_at")
    )
    head = {
        "title": f"Glossary of {settings.SITE_NAME}",
        "address": absolute(reverse("glossary:index")),
        "license": LICENSE,
        "updated_at": second(terms["changed_at"]),
        "count": terms["count"],
    }
    yield json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "terms": ['
    between = "\n"
    for some in _portions():
        yield between + ",\n".join(json.dumps(facts, ensure_ascii=False) for facts in some)
        between = ",\n"
    yield "\n]}\n"


def in_csv() -> Iterator[str]:
    """Yield one row per term. A list is several lines in one cell; formulas are defused."""
    yield _lines([COLUMNS])
    for some in _portions():
        rows = [table_row(facts) for facts in some]
        yield _lines([defuse(row[name]) for name in COLUMNS] for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _portions() -> Iterator[list[dict[str, object]]]:
    """Yield the facts of some terms at a time, in the order of the index."""
    # What all texts refer to, from the texts with figures or with links made by hand.
    texts = models.Term.objects.published().values_list("explanation", flat=True)
    reading = list(texts.filter(explanation__contains=figures.OPENING))
    linking = texts.filter(explanation__contains=manual_links.OPENING)[:1]
    write_out = writer_out(linking, views_for(reading))
    for some in batched(complete_terms().in_index_order().iterator(AT_A_TIME), AT_A_TIME):
        yield [term_facts(term, write_out) for term in some]
