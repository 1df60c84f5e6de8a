"""The names of the starter glossary link what they mean, and not words that only look like them."""

from functools import cache
from pathlib import Path

import pytest

from glossary.exchange.term_files import parse_term_file
from glossary.mentions.linked_names import _Row
from glossary.prose.linking.matching import find_mentions
from glossary.prose.linking.vocabulary import Vocabulary
from glossary.values.mentions import MentionState

FOLDER = Path(__file__).parents[3] / "glossary" / "starter" / "terms"


@cache
def starter():
    files = [parse_term_file(path.read_text(), path.name) for path in sorted(FOLDER.rglob("*.md"))]
    rows = [
        _Row(
            number,
            kind,
            name,
            file.values.get("is_case_sensitive", False),
            file.values.get("is_autolinked", True),
        )
        for number, file in enumerate(files)
        for name, kind in [
            (file.values["headword"], "headword"),
            *(
                (alias.values["name"], alias.values.get("kind", "synonym"))
                for alias in file.lists.get("aliases") or ()
            ),
        ]
    ]
    return [file.values["headword"] for file in files], Vocabulary(row.as_name() for row in rows)


def linked(text):
    headwords, names = starter()
    found = [each for each in find_mentions([text], names)[0] if each.state is MentionState.LINKED]
    return [(each.shown, headwords[each.term]) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "open AI models", "an iron foundry", "a power transformer", "the benchmark rate",
        "prompt payment", "Denver, Colo. is", "an alignment of interests", "they deep seek it",
        "a deep mind", "a flop", "a rag", "moe",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_name_are_not_linked(text):
    assert linked(text) == []


@pytest.mark.parametrize(
    ("text", "shown", "headword"),
    [
        ("OpenAI’s models", "OpenAI", "OpenAI"),
        ("Open AI said", "Open AI", "OpenAI"),
        ("Nvidia said", "Nvidia", "NVIDIA"),
        ("a chip foundry", "chip foundry", "Semiconductor Foundry"),
        ("a transformer model", "transformer model", "Transformer"),
        ("colo space", "colo", "Colocation"),
        ("co-location", "co-location", "Colocation"),
        ("datacenters", "datacenters", "Data Center"),
        ("data-center", "data-center", "Data Center"),
        ("data centres", "data centres", "Data Center"),
        ("pretraining", "pretraining", "Pre-Training"),
        ("redteaming", "redteaming", "Red Teaming"),
        ("multi-modal models", "multi-modal models", "Multimodal Model"),
        ("multi-GPU machines", "GPU", "Graphics Processing Unit (GPU)"),
    ],
)
def test_names_are_linked_in_every_spelling(text, shown, headword):
    assert linked(text) == [(shown, headword)]
