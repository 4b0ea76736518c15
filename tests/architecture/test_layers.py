"""The architecture holds: imports go downwards only, and each library is imported in one place."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "kcds"

LAYERS = (
    {"errors"},
    {"model", "outbound"},
    {"knowledge", "fhir", "cds_hooks", "setting_values"},
    {"facts", "engine", "advice", "cards"},
    {"sample", "service", "settings"},
    {"auth", "store", "reading"},
    {"pages"},
    {"web", "logs"},
    {"advice_app", "cli_faults", "cli_format", "cli_start", "cli_input", "settings_report"},
    {"app", "cli_output", "cli_timings", "rules_export_cli"},
    {"cli", "advice_cli", "staff_cli", "rules_cli", "reload_cli", "serve_cli", "store_cli"},
)
"""From the bottom up: a part may import parts of lower layers."""

BESIDE = {("cards", "advice")}
"""Arrows inside one layer that are wanted: cards are made of advice."""

ONLY_PLACE = {
    "flask": "web",
    "flask_cors": "web",
    "httpx": "outbound",
    "jwt": "auth",
    "authlib": "auth",
    "joserfc": "auth",
    "jinja2": "pages",
    "vl_convert": "pages/charts",
    "sqlalchemy": "store",
    "alembic": "store",
    "prometheus_client": "web",
    "gunicorn": "web",
    "werkzeug": "web",
    "fhir": "fhir/validation.py",
    "durable_rules_engine": "engine/durable.py",
    "typer": "cli",
    "rich": "cli",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names | set(re.findall(r'import_module\(f?"([\w.]+)', path.read_text(encoding="utf-8")))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downwards_only(path: Path) -> None:
    part = part_of(path)
    ours = {name.split(".")[1] for name in imported_by(path) if name.startswith("kcds.")}

    upwards = {
        other
        for other in ours - {part}
        if part != "__init__"
        and layer_of(other) >= layer_of(part)
        and (part, other) not in BESIDE
        and layer_of(part) < len(LAYERS) - 1
    }

    assert upwards == set()


@pytest.mark.parametrize(("library", "place"), ONLY_PLACE.items())
def test_a_library_is_imported_in_one_place_only(library: str, place: str) -> None:
    importing = [
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(name == library or name.startswith(library + ".") for name in imported_by(path))
    ]

    elsewhere = [name for name in importing if not (name.startswith(place) or (place == "cli" and "cli" in name))]

    assert importing
    assert elsewhere == []


def test_every_part_of_the_package_has_a_layer() -> None:
    parts = {part_of(path) for path in modules()} - {"__init__"}

    assert parts <= set().union(*LAYERS)


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in modules()
        if part_of(p) in {"model", "knowledge", "facts", "engine", "advice", "cards", "cds_hooks", "pages"}
    ],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_nothing_below_the_web_reads_a_clock_or_a_random_number(path: Path) -> None:
    source = path.read_text(encoding="utf-8")

    assert not [
        word for word in ("datetime.now", "date.today", "time.time", "random", "uuid4", "os.environ") if word in source
    ]
