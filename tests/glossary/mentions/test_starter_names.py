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
        "a gemini by birth", "a copilot in the cockpit", "meta tags", "a meta-analysis",
        "a price oracle", "the Greek alphabet", "an amazon on a horse", "the mistral blew",
        "a llama farm", "to ascend the throne", "an anthropic bias", "a stargate in a film",
        "embedding sensors in roads", "it embeds chat in the office suite",
        "it computes a share", "tuning hyperparameters", "a token gesture", "the token price of a coin",
        "a business model", "travel agents", "a leaderboard in golf", "evaluations of teachers",
        "a cloud of dust", "fog and clouds", "data augmentation", "augmentation of the grid",
        "the cost of training nurses", "Transformers are sold out", "A transformer failed",
        "the alignment of planets", "slop for pigs", "contamination of groundwater",
        "weights and measures", "an open model of government", "a nuclear family", "4 GWh",
        "a run rate of six", "a black box after a crash", "a monopoly on violence",
        # Kinds, parts and neighbors of a term are not its synonyms.
        "text embeddings", "job cuts at the bank", "the carbon emissions of a firm",
        "a longer interconnection queue", "evals", "the water consumption of a town",
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
        ("a transformer model", "transformer model", "Transformer Architecture"),
        ("the transformer architecture", "transformer architecture", "Transformer Architecture"),
        ("colo space", "colo", "Colocation"),
        ("co-location", "co-location", "Colocation"),
        ("datacenters", "datacenters", "Data Center"),
        ("data-center", "data-center", "Data Center"),
        ("data centres", "data centres", "Data Center"),
        ("pretraining", "pretraining", "Pre-Training"),
        ("redteaming", "redteaming", "Red Teaming"),
        ("multi-modal models", "multi-modal models", "Multimodal Model"),
        ("multi-GPU machines", "GPU", "Graphics Processing Unit (GPU)"),
        ("Claude’s price", "Claude", "Claude"),
        ("the Gemini app", "Gemini", "Gemini"),
        ("Copilot seats", "Copilot", "Copilot"),
        ("Meta said", "Meta", "Meta"),
        ("Oracle’s shares", "Oracle", "Oracle"),
        ("Amazon’s results", "Amazon", "Amazon"),
        ("Alphabet borrowed", "Alphabet", "Alphabet"),
        ("Anthropic’s filing", "Anthropic", "Anthropic"),
        ("two APIs", "APIs", "API (Application Programming Interface)"),
        ("vector embeddings", "vector embeddings", "Vector Embedding"),
        ("a 70-billion-parameter model", "parameter", "Parameter"),
        ("model weights", "model weights", "Parameter"),
        ("AI agents", "AI agents", "AI Agent"),
        ("agentic AI", "agentic AI", "AI Agent"),
        ("cloud services", "cloud services", "Cloud Computing"),
        ("an order backlog", "order backlog", "Backlog"),
        ("the RPO rose", "RPO", "Backlog"),
        ("its valuation", "valuation", "Valuation"),
        ("more compute", "compute", "AI Compute"),
        ("chains of thought", "chains of thought", "Chain of Thought (CoT)"),
        ("humans in the loop", "humans in the loop", "Human in the Loop"),
        ("GPU hours", "GPU hours", "GPU-Hour"),
        ("take-or-pay contracts", "take-or-pay contracts", "Take-or-Pay Contract"),
        ("power behind-the-meter", "behind-the-meter", "Behind the Meter"),
        ("Moore's law", "Moore's law", "Moore’s Law"),
        ("three IPOs", "IPOs", "IPO (Initial Public Offering)"),
        ("deep fakes", "deep fakes", "Deepfake"),
        ("gen AI", "gen AI", "Generative AI"),
        ("open source models", "open source models", "Open-Source AI"),
        ("open-weights models", "open-weights models", "Open-Weight Model"),
        ("labour share", "labour share", "Labor Share"),
        ("data labelling", "data labelling", "Data Labeling"),
        ("CapEx", "CapEx", "Capex (Capital Expenditure)"),
    ],
)
def test_names_are_linked_in_every_spelling(text, shown, headword):
    assert linked(text) == [(shown, headword)]
