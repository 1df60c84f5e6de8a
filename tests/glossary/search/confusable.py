"""Thousands of terms that share words and beginnings, and what people make of their names."""

from itertools import product
from random import Random

from glossary.models import Alias, Term
from glossary.values.names import name_key, name_slug
from tests.builders import make_category

FIRST = [
    "Accelerator", "Agent", "Attention", "Bandwidth", "Batch", "Benchmark", "Chip", "Cloud",
    "Cluster", "Compute", "Context", "Cooling", "Data Center", "Edge", "Embedding", "Energy",
    "Foundation Model", "Frontier", "GPU", "Grid", "Inference", "Memory", "Pre-Training",
    "Reasoning", "Robotics",
]  # fmt: skip
SECOND = [
    "Adoption", "Capacity", "Contract", "Cost", "Demand", "Depreciation", "Efficiency", "Export",
    "Financing", "Governance", "Interconnect", "Investment", "Labor", "License", "Market",
    "Pricing", "Productivity", "Reliability", "Supply", "Utilization",
]  # fmt: skip
THIRD = [
    "Agreement", "Bottleneck", "Curve", "Forecast", "Index", "Policy", "Ratio", "Risk", "Strategy",
    "Threshold",
]  # fmt: skip


def make_confusable(count: int) -> list[tuple[str, str]]:
    """Make published terms and return the headword and an abbreviation of each.

    Beyond 5,000 the names are numbered, for measuring only.
    """
    category = make_category()
    rounds = -(-count // (len(FIRST) * len(SECOND) * len(THIRD)))
    names = [
        " ".join(words) + (f" {turn}" if turn else "")
        for turn, words in product(range(rounds), product(FIRST, SECOND, THIRD))
    ][:count]
    terms = Term.objects.bulk_create(
        [
            Term(
                category=category,
                headword=name,
                headword_key=name_key(name),
                slug=name_slug(name),
                definition=f"What {name.lower()} means where the {other.lower()} is known.",
                explanation=f"It is told from the **{another.lower()}** by its price.",
                status=Term.Status.PUBLISHED,
            )
            for name, other, another in zip(
                names, names[7:] + names[:7], names[99:] + names[:99], strict=True
            )
        ],
        batch_size=1000,
    )
    short = [f"{abbreviation(name)}{number}" for number, name in enumerate(names)]
    Alias.objects.bulk_create(
        [
            Alias(term=term, name=name, key=name_key(name))
            for term, name in zip(terms, short, strict=True)
        ],
        batch_size=1000,
    )
    return list(zip(names, short, strict=True))


def abbreviation(name: str) -> str:
    return "".join(word[0] for word in name.replace("-", " ").split())


def sample(names: list[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    return Random(20_261_123).sample(names, count)


def mistype(name: str, errors: int, chance: Random) -> str:
    """Leave out, double, replace or swap letters, as fingers do."""
    letters = list(name.lower())
    for _ in range(errors):
        place = chance.randrange(1, len(letters) - 1)
        kind = chance.choice("drsi")
        if kind == "d":
            del letters[place]
        elif kind == "i":
            letters.insert(place, chance.choice("aeioutrnsl"))
        elif kind == "r":
            letters[place] = chance.choice("aeioutrnsl")
        else:
            letters[place : place + 2] = letters[place : place + 2][::-1]
    return "".join(letters)


def mistyped(names: list[str], errors: int) -> list[tuple[str, str]]:
    """Return each name with what was typed for it, where that is no longer the name."""
    chance = Random(errors)
    typed = [(mistype(name, errors, chance), name) for name in names]
    return [(text, name) for text, name in typed if text != name.lower()]


def plural(name: str) -> str:
    return name[:-1] + "ies" if name.endswith("y") else f"{name}s"


def beginning(name: str) -> str:
    """Cut a name in its last word, after two letters."""
    return name[: name.rindex(" ") + 3]
