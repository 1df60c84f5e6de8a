"""The validators: each takes files or addresses and returns its findings, one per line."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
FOLDER = ROOT / "var" / "validators"
PACKAGES = {
    "vnu-jar": "26.9.27",  # the W3C's Nu HTML checker, with Jing for RELAX NG inside
    "schema-dts": "2.1.0",  # the vocabulary of schema.org as types, by Google
    "typescript": "7.0.2",  # holds JSON-LD against them
    "@seriousme/openapi-schema-validator": "2.11.0",
    "sitemap": "9.0.1",  # brings the schema of sitemaps.org
    "mailparser": "3.14.2",  # reads mail, by the authors of nodemailer
    "letterparser": "0.1.8",  # reads mail, sharing no code with it
}
# Of Python, but no development requirements: csvw brings rdflib and ten more for one command.
CSVW, ICALENDAR = FOLDER / "csvw-4.1.1", FOLDER / "icalendar-7.3.2"
READ_TABLES = """
import sys
from csvw import CSVW
for address in sys.argv[1:]:
    table = CSVW(address, validate=True)
    if not table.is_valid:
        print(address, *{str(each.message) for each in table.warnings})
"""
READ_EVENTS = """
import sys
from icalendar import Calendar
for file in sys.argv[1:]:
    calendar = Calendar.from_ical(open(file, "rb").read())
    for each in [calendar, *calendar.events]:
        for name, problem in each.errors:
            print(file, name, problem)
    if not calendar.events or not all(each.start and each["UID"] for each in calendar.events):
        print(file, "has no events, or one without a day or UID")
"""
JING = "nu.validator.vendor.thaiopensource.relaxng.util.Driver"
TSC = ("--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler",
       "--module", "esnext", "--target", "esnext")  # fmt: skip
DATA_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
# Google's hint on how to fill the search address in is no property of the vocabulary
# (schema.org/docs/actions.html, part 4).
HINT = "query-input"


def install() -> None:
    """Fetch the packages once, in these versions, into a folder that git ignores."""
    for folder in (CSVW, ICALENDAR):
        install_package(folder)
    wanted = json.dumps({"private": True, "dependencies": PACKAGES})
    manifest = FOLDER / "package.json"
    if manifest.exists() and manifest.read_text() == wanted:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "unfinished.json").write_text(wanted)
    packages = [f"{name}@{version}" for name, version in PACKAGES.items()]
    run("npm", "install", "--silent", "--no-save", *packages, check=True)
    (FOLDER / "unfinished.json").rename(manifest)


def install_package(folder: Path) -> None:
    if folder.exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    package = folder.name.replace("-", "==")
    run(uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder),
        package, check=True)  # fmt: skip


def run(*command: str, check: bool = False, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program; `more` is added to its environment."""
    return subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, check=check, env=os.environ | more
    )


def module(*parts: str) -> str:
    return str(FOLDER.joinpath("node_modules", *parts))


JAR = module("vnu-jar", "build", "dist", "vnu.jar")


def html(files: list[Path]) -> list[str]:
    """Errors and warnings of the Nu checker, in pages and in SVG files."""
    said = run("java", "-jar", JAR, "--stdout", "--format", "json", "--also-check-svg",
               *map(str, files)).stdout  # fmt: skip
    return [
        f"{each.get('url', '').rpartition('/')[2]}:{each.get('lastLine', 0)}: {each['message']}"
        for each in json.loads(said)["messages"]
    ]


def json_ld(files: list[Path]) -> list[str]:
    """Write every data block of the pages as a typed constant; the compiler says what is wrong."""
    lines = ['import type * as schema from "schema-dts";']
    for file in files:
        for block in DATA_BLOCK.findall(file.read_text()):
            said = json.loads(block)
            said.get("potentialAction", {}).pop(HINT, None)
            kind, text = said["@type"], json.dumps(said)
            lines.append(f"export const d{len(lines)}: schema.WithContext<schema.{kind}> = {text};"
                         f" // {file.name}")  # fmt: skip
    script = FOLDER / "json_ld.ts"
    script.write_text("\n".join(lines))
    done = run(module(".bin", "tsc"), *TSC, script.name)
    return (done.stdout + done.stderr).splitlines()


def atom(files: list[Path]) -> list[str]:
    return run("java", "-cp", JAR, JING, "-c", str(HERE / "atom.rnc"),
               *map(str, files)).stdout.splitlines()  # fmt: skip


def sitemap(file: Path) -> list[str]:
    schema = etree.XMLSchema(etree.parse(module("sitemap", "schema", "sitemap.xsd")))
    schema.validate(etree.parse(file))
    return [f"{file.name}:{error.line}: {error.message}" for error in schema.error_log]


def openapi(file: Path) -> list[str]:
    done = run(module(".bin", "validate-api"), str(file))
    return [] if json.loads(done.stdout or "{}").get("valid") else [done.stdout + done.stderr]


def csv_on_the_web(addresses: list[str]) -> list[str]:
    """Read metadata files and the tables that they describe, cell by cell."""
    done = run(sys.executable, "-c", READ_TABLES, *addresses, PYTHONPATH=str(CSVW))
    return [*done.stdout.splitlines(), *done.stderr.splitlines()[-1:]]


def icalendar(file: Path) -> list[str]:
    done = run(sys.executable, "-c", READ_EVENTS, str(file), PYTHONPATH=str(ICALENDAR))
    return [*done.stdout.splitlines(), *done.stderr.splitlines()[-1:]]
