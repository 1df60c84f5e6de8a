"""Which words of a text become links to terms: the rules as a table of cases."""

import pytest

from glossary.prose.linking.blocks import TermLink
from glossary.prose.linking.matching import (
    LINKS_IN_A_BLOCK,
    LINKS_IN_ANY_TEXT,
    find_mentions,
    link_problems,
)
from glossary.prose.linking.vocabulary import TermName, Vocabulary
from glossary.prose.rendering import render
from glossary.values.mentions import MentionState

COMPUTE, GPU, TOKEN, CLIP, OWN = 1, 2, 3, 4, 5
NAMES = Vocabulary(
    [
        TermName("AI Compute", COMPUTE),
        TermName("compute", COMPUTE),
        TermName("computing power", COMPUTE),
        TermName("komputer", COMPUTE, is_hidden=True),
        TermName("Graphics Processing Unit (GPU)", GPU),
        TermName("Token", TOKEN, is_automatic=False),
        TermName("CLIP", CLIP, is_as_written=True),
        TermName("Scaling Law", OWN),
        TermName("scaling", OWN),
        TermName("GPU-Hour", 10),
        TermName("Cost of Capital", 11),
        TermName("Export Controls", 12),
        TermName("Federal Agency", 13),
        TermName("Price Index", 14),
        TermName("Confusion Matrix", 15),
        TermName("Benchmark", 16),
        TermName("Pre-Training", 17),
        TermName("Data Center", 18),
        TermName("C", 19),
        TermName("C++", 20),
        TermName("R&D", 21),
        TermName("GPT-4", 22),
        TermName("GPT-4.1", 23),
        TermName("NVIDIA", 24),
        TermName("RAG", 25, is_as_written=True),
        TermName("Jevons’ Paradox", 26),
        TermName("Crème Brûlée Model", 27),
        TermName("Straße", 28),
        TermName("大模型", 29),
        TermName("نموذج لغوي", 30),
        TermName("Regulation (EU) 2024/1689", 31),
        TermName("eval", 32, is_as_written=True),
        TermName("Machine Learning", 33),
        TermName("Loss", 34),
        TermName("Epoch", 35),
        TermName("Analysis", 36),
        TermName("Economics", 37),
        TermName("API", 38, is_as_written=True),
        TermName("İstanbul Model", 39),
        TermName("Token (Crypto)", 40),
        TermName("TCP/IP", 41),
        TermName("Autoscaling", 42),
        TermName("OpenAI", 43),
        TermName("OR", 44),
        TermName("It", 45),
        TermName("such as", 46),
        TermName("404", 47),
        TermName("++", 48),
        TermName("Or (Logic)", 49),
        TermName("A*", 50),
        TermName("Apart", 51),
        TermName("Plugin", 52),
        TermName("Multimodal Model", 53),
        TermName("colo", 54, is_as_written=True),
        TermName("Red Team", 55),
    ]
)


def mentions(text, own=OWN):
    return find_mentions([text], NAMES, own)[0]


def linked(text):
    """Return what a reader sees underlined, in the order of the page."""
    found = [each for each in mentions(text) if each.state is MentionState.LINKED]
    links = tuple(
        TermLink(each.block, each.start, each.end, each.shown, f"/{each.term}") for each in found
    )
    html = render(text, links=links)
    assert html.count('class="term"') == len(found), "every link found can be put into the page"
    return [each.shown for each in found]


CASES = {
    # --- words, case, number
    "A GPU is fast.": ["GPU"],
    "Many GPUs are faster.": ["GPUs"],
    "gpus are not written so": [],
    "A graphics processing unit": ["graphics processing unit"],
    "GRAPHICS PROCESSING UNITS": ["GRAPHICS PROCESSING UNITS"],
    "the Graphics Processing Unit (GPU) of today": ["Graphics Processing Unit (GPU)"],
    "Ai Compute": ["Ai Compute"],
    "Nvidia and NVIDIA": ["NVIDIA"],
    "two price indexes": ["price indexes"],
    "two price indices": ["price indices"],
    "federal agencies": ["federal agencies"],
    "confusion matrices": ["confusion matrices"],
    "an export control": ["export control"],
    "costs of capital": ["costs of capital"],
    "many losses and epochs": ["losses", "epochs"],
    "two analyses": ["analyses"],
    "It computes all day.": [],
    "economic growth": [],
    # --- case flags
    "CLIP, CLIPs": ["CLIP"],
    "two CLIPs": ["CLIPs"],
    "a clip, two clips, a Clip": [],
    "RAG is no rag": ["RAG"],
    "Eval is eval at the start": ["Eval"],
    "many evals, an EVAL": ["evals"],
    "the APIs": ["APIs"],
    "gpt-4, r&d, tcp/ip": [],
    "(Eval) is Eval. “Eval": ["Eval"],
    "Denver, Colo. and Colo": [],
    "A colo. Colo": ["colo"],
    # --- stop words and signs only by hand
    "OR or It it, its, ORs": [],
    "such as 404 or ++": [],
    "[[OR]] and [[it]], [[404|x]], [[++]]": ["OR", "it", "x", "++"],
    "A* is found": ["A*"],
    # --- hyphen = space = dash
    "pre training": ["pre training"],
    "pre–training": ["pre–training"],
    "pre\u2011training": ["pre\u2011training"],
    "pre - training": [],
    "pre. Training": [],
    "data-center": ["data-center"],
    "data\u00a0centers": ["data\u00a0centers"],
    "data\ncenter": ["data\ncenter"],
    "datacenter, Datacenters": ["datacenter"],
    "DATACENTERS": ["DATACENTERS"],
    "auto scaling": ["auto scaling"],
    "Auto-Scaling": ["Auto-Scaling"],
    "auto - scaling, auto, scaling": [],
    "multi-modal models": ["multi-modal models"],
    "GPT4, gpt4": [],
    "red teams, redteams": ["red teams"],
    "a plug-in, to plug in": ["plug-in"],
    "to plug in": [],
    "a part of it": [],
    "Open AI": ["Open AI"],
    "open AI models, open-AI, OPEN AI": [],
    "auto\nscaling": ["auto\nscaling"],
    "auto  scaling": [],
    "[[data centre|x]], [[datacenters]], [[open ai]]": ["datacenters", "open ai"],
    "price-index-linked": ["price-index"],
    "tcp/ip and TCP-IP": ["TCP-IP"],
    # --- where a word ends
    "computer, recompute, computed": [],
    "GPU-based, GPU-rich": ["GPU"],
    "a non-GPU machine": [],
    "a multi-GPU machine": ["GPU"],
    "post-benchmark": [],
    "CPU/GPU": ["GPU"],
    "GPU’s price": ["GPU"],
    "THE GPU’S PRICE": ["GPU"],
    "the GPUs' price": ["GPUs"],
    "compute, 'compute'": ["compute"],
    "(compute)": ["compute"],
    "“Compute” is": ["Compute"],
    "compute.": ["compute"],
    "compute.¹": ["compute"],
    "GPU²": ["GPU"],
    "gpu_GPU": [],
    "nvidia.com": [],
    "docs.nvidia.com/gpu/compute": [],
    "write to compute@nvidia.example": [],
    "https://example.org/compute/benchmark": [],
    "/usr/lib/compute/x": [],
    "#compute and @NVIDIA": [],
    "ComputeEngine": [],
    "C compiles": ["C"],
    "a C-suite, C’s, c": [],
    "C++ is old": ["C++"],
    "R&D pays": ["R&D"],
    "R and D": [],
    "GPT-4 and GPT 4": ["GPT-4"],
    "GPT-4o, GPT-4.5": [],
    "GPT-4.1": ["GPT-4.1"],
    "Regulation (EU) 2024/1689": ["Regulation (EU) 2024/1689"],
    # --- the longest wins, the leftmost before
    "AI compute": ["AI compute"],
    "a GPU hour": ["GPU hour"],
    "GPU-hours": ["GPU-hours"],
    "GPU hour glass, GPU": ["GPU hour", "GPU"],
    "computing power index": ["computing power"],
    "scaling laws and compute": ["compute"],
    # --- every script
    "com\u00adpute": ["com\u00adpute"],
    "com\u200bpute": ["com\u200bpute"],
    "ＧＰＵ": ["ＧＰＵ"],
    "cre\u0300me brule\u0301e models": ["cre\u0300me brule\u0301e models"],
    "creme brulee model": ["creme brulee model"],
    "STRASSE": ["STRASSE"],
    "ISTANBUL MODEL": ["ISTANBUL MODEL"],
    "我们的大模型很好": ["大模型"],
    "GPUの値段": ["GPU"],
    "هذا نموذج لغوي كبير": ["نموذج لغوي"],
    "Jevons' paradox": ["Jevons' paradox"],
    "\u2066GPU\u2069": ["GPU"],
    # --- the tree
    "# Compute\n\nText.": [],
    "Compute\n===\n\nMore compute.": ["compute"],
    "| compute |\n|---|\n| GPU |": ["GPU"],
    "- compute\n- GPU": ["compute", "GPU"],
    "`compute`": [],
    "    compute in code": [],
    "```\ncompute\n```": [],
    "[compute](/x)": [],
    "[**compute** and GPU](/x)": [],
    "<https://compute.example/GPU>": [],
    "*compute* and **GPU**": ["compute", "GPU"],
    "*machine* learning": [],
    "**com**pute, GPU**s**": [],
    "[pre](/x)training compute": ["compute"],
    "machine&nbsp;learning": ["machine\u00a0learning"],
    "R&amp;D": ["R&D"],
    "C\\+\\+": ["C++"],
    "machine  \nlearning": [],
    "> compute\n>\n> — A. Turing": [],
    "> compute, says [a page](/x)": [],
    "> just compute": ["compute"],
    "> compute\n\ncompute": ["compute"],
    "{{ x }} GPUs": ["GPUs"],
    "machine {{ x }} learning": [],
    # --- first only, never its own, flags
    "compute, AI compute, computing power": ["compute"],
    "Scaling laws scale scaling.": [],
    "a token, two Tokens": [],
    "komputer": [],
    # --- by hand
    "[[compute]]": ["compute"],
    "compute and [[compute]] and [[AI Compute|more]]": ["compute", "compute", "more"],
    "[[GPU]] and GPU": ["GPU"],
    "[[gpus|chips]]": ["chips"],
    "[[token]] and token": ["token"],
    "[[Token]]s": ["Token"],
    "[[komputer|it]]": ["it"],
    "[[ai‑compute|it]]": ["it"],
    "[[GPU|a **bold** `chip`]]": ["a bold ƿ"],
    "[[GPU|{{ x | max }} chips]]": ["ƿ chips"],
    "| a |\n|---|\n| [[GPU|chip]] |": ["chip"],
    "[[Scaling Law]]": [],
    "[[nobody knows]]": [],
    "[[!compute]] then compute": ["compute"],
    "[[!compute]]": [],
    "[[!compute|it]] GPU": ["GPU"],
    "\\[[compute]]": ["compute"],
    "`[[compute]]`": [],
    "[[1]](https://example.org)": [],
    "[[GPU]](see below)": ["GPU"],
    # As in Markdown, where a link stands in the text of another: the inner one is the link.
    "[see [[GPU]] here](/x)": ["GPU"],
    "[[GPU|see <https://example.org>]]": [],
    "[[GPU][x]\n\n[x]: /y": [],
    "[[machine\nlearning]]": ["machine\nlearning"],
    "[[]] [[ ]] [[|x]] [[a": [],
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_what_is_linked(text, expected):
    assert linked(text) == expected


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("# Compute", MentionState.HEADING),
        ("| compute |\n|---|\n| x |", MentionState.HEADING),
        ("> compute\n> — Turing", MentionState.QUOTE),
        ("[[!compute]]", MentionState.FORBIDDEN),
        ("tokens", MentionState.FLAGGED),
    ],
)
def test_what_is_not_linked_is_kept_with_its_reason(text, state):
    assert [each.state for each in mentions(text)] == [state]


def test_a_term_that_is_linked_further_down_was_not_left_out():
    assert [each.state for each in mentions("# Compute\n\nMore compute.")] == [MentionState.LINKED]


def test_a_page_of_several_texts_links_a_term_once():
    of_texts = find_mentions(["Text.", "A GPU.", "Another GPU and compute."], NAMES)
    assert [[each.shown for each in found] for found in of_texts] == [[], ["GPU"], ["compute"]]


def crowded(*texts, names=tuple(f"word{number}" for number in range(50))):
    made = Vocabulary([TermName(name, number) for number, name in enumerate(names)])
    found = [each for found in find_mentions(texts, made) for each in found]
    return [each.shown for each in found if each.state is MentionState.LINKED], found


def numbered(count):
    return [f"word{number}" for number in range(count)]


def test_a_paragraph_holds_so_many_links_and_of_equal_names_those_that_come_first_stay():
    text = " ".join(f"{word} and other plain words of no meaning" * 3 for word in numbered(20))
    kept, found = crowded(text)
    assert kept == numbered(LINKS_IN_A_BLOCK)
    assert found[-1].state is MentionState.CROWDED


def test_a_short_page_holds_so_many_links_however_many_paragraphs_it_has():
    kept, _ = crowded("\n\n".join(numbered(20)))
    assert kept == numbered(LINKS_IN_ANY_TEXT)


def test_on_a_crowded_page_longer_and_rarer_names_go_first():
    common = [f"{colour} model" for colour in ("red", "blue", "green")]
    rest = [f"word{letter}" for letter in "abcdefg"]
    names = ["model", *common, *rest, "jevons paradox"]
    kept, found = crowded(
        f"A model, {', '.join(rest)}, {', '.join(common)}, jevons paradox.", names=names
    )
    assert kept == [*rest[:6], *common, "jevons paradox"]
    assert [each.shown for each in found if each.state is MentionState.CROWDED] == [
        "model",
        "wordg",
    ]


def test_a_term_crowded_out_of_its_paragraph_is_linked_in_a_later_one():
    names = ("plain", *(f"two {word}" for word in numbered(11)))
    text = f"Plain, {', '.join(names[1:])}.\n\n{'of no meaning ' * 200} plain."
    kept, _ = crowded(text, names=names)
    assert kept == [*names[1:11], "plain"]


def test_links_by_hand_are_never_too_many():
    kept, _ = crowded(" ".join(f"[[{word}]]" for word in numbered(20)))
    assert kept == numbered(20)


def test_a_link_whose_text_was_changed_meanwhile_is_left_out():
    link = TermLink(0, 0, 3, "GPU", "/gpu")
    assert 'href="/gpu"' in render("GPU here", links=(link,))
    for text in ("CPU here", "`GPU` here", "[GPU](/x)", "G*P*U", ""):
        assert 'href="/gpu"' not in render(text, links=(link,))


def test_a_link_by_hand_without_a_page_is_plain_text():
    assert render("See [[GPU|the *chip*]] and [[nobody]].") == (
        "<p>See the <em>chip</em> and nobody.</p>\n"
    )


def test_a_figure_in_a_link_by_hand_is_no_link_itself():
    text = "[[GPU|{{ chips }}]]"
    found = mentions(text)[0]
    html = render(text, links=(TermLink(0, found.start, found.end, found.shown, "/gpu"),))
    assert html.count("<a ") == 1
    assert '<data class="figure"' in html


def test_a_name_that_nobody_has_is_a_problem_with_its_line():
    (problem,) = link_problems("Some text\nwith [[GPU]] and\n[[Nobody|x]] or [[!nothing]].", NAMES)
    assert (problem.line, problem.inside) == (3, "Nobody")
    assert problem.message == (
        "[[Nobody]]: no term has this name; write [[Headword|Nobody]], or \\[[ for two brackets"
    )


def test_a_bracketed_initialism_is_a_name_and_a_bracketed_word_is_not():
    assert NAMES.holder("GPU") == GPU
    assert NAMES.holder("token") == TOKEN
    assert NAMES.holder("crypto") is None


@pytest.mark.parametrize(
    "unit", ["[[", "[[a|", "[[a]](", "a ", "a@", "GPU ", "*GPU*", "> GPU\n", "\u00ad", "com\u00ad"]
)
def test_hostile_texts_end_soon(unit):
    # The runner would trip over minutes; `make bench` has the seconds.
    text = unit * (100_000 // len(unit))
    assert len(mentions(text)) <= 500
    assert isinstance(link_problems(text, NAMES), tuple)
