"""`kcds rules`: check the knowledge, run its cases, list rules and claims.

Exit codes as of the whole command line: 0 done, 1 the rules are at fault.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kcds.engine.checked import CheckedEngine
from kcds.errors import EvaluationError, Fault, KnowledgeError
from kcds.knowledge.audit import Audit, audit, cases_of
from kcds.knowledge.claims import Claims, load_claims
from kcds.knowledge.editor_schema import make_schemas
from kcds.knowledge.load import Knowledge, load_knowledge, read_knowledge
from kcds.knowledge.new_rule import EFFECTS, FOLDERS, Draft, check_new, write_draft
from kcds.knowledge.overlay import RULES as SITE_RULES
from kcds.knowledge.overlay import LocalPolicy
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.rule import Rule
from kcds.knowledge.run_cases import CaseResult, as_active, facts_in_words, run_cases
from kcds.knowledge.schema import nearest
from kcds.knowledge.set_policy import load_set_policy
from kcds.model.findings import Category, Effect
from kcds.rules_export_cli import export

app = typer.Typer(no_args_is_help=True, help="Check, test, list and export the rules.")
app.command()(export)

RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="directory of the knowledge; default: the one installed", file_okay=False)
]
OverlayOption = Annotated[
    Path | None,
    typer.Option("--overlay", envvar="KCDS_RULES_OVERLAY", help="directory of a site's own policy", file_okay=False),
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help='the day taken as "today" for review dates')]

UNSIGNED = "not signed by a clinical owner"


@app.command()
def check(rules: RulesOption = None, overlay: OverlayOption = None, as_of: AsOf = None) -> None:
    """Check rules, value sets, evidence, claims and cases; every fault in one run."""
    day = as_of.date() if as_of else datetime.now(tz=UTC).date()
    found = audit(rules or rules_directory(), as_of=day, overlay=overlay)
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if found.faults or found.knowledge is None:
        raise _stop(*map(str, found.faults), f"{_faults(len(found.faults))}.")
    try:
        CheckedEngine([as_active(rule) for rule in found.knowledge.rules if rule.status != "retired"])
    except KnowledgeError as error:
        raise _stop(str(error)) from None
    typer.echo(_counts(found, found.knowledge))


@app.command(name="test")
def run(rules: RulesOption = None, overlay: OverlayOption = None) -> None:
    """Run every case beside the rules."""
    directory = rules or rules_directory()
    reading = read_knowledge(directory, as_of=None, overlay=overlay)
    faults = list(reading.faults)
    cases = cases_of(reading, directory, overlay, faults)
    if faults or reading.knowledge is None:
        raise _stop(*map(str, faults), f"{_faults(len(faults))}: nothing was tested.")
    try:
        results = run_cases(reading.knowledge.rules_by_id, cases, CheckedEngine)
    except (KnowledgeError, EvaluationError) as error:
        raise _stop(str(error)) from None
    failed = [result for result in results if not result.passed]
    if failed:
        raise _stop(*map(_failure, failed), f"{len(failed)} of {len(results)} cases fail.")
    typer.echo(f"OK: {len(results)} cases pass.")


@app.command(name="list")
def list_rules(
    rules: RulesOption = None,
    overlay: OverlayOption = None,
    claims: Annotated[bool, typer.Option("--claims", help="list claims and where each is implemented")] = False,  # noqa: FBT002
) -> None:
    """List the rules or, with --claims, every claim of the knowledge base and where it lives."""
    try:
        knowledge = load_knowledge(rules or rules_directory(), overlay=overlay)
    except KnowledgeError as error:
        raise _stop(str(error)) from None
    if claims:
        _print_table(("claim", "category", "statement", "where"), _claim_rows(knowledge.claims, knowledge.rules))
    else:
        columns = ("rule", "version", "status", "category", "effect", "strength", "claims", "signed", "local policy")
        _print_table(columns, [_rule_row(rule, knowledge.local) for rule in knowledge.rules])
        for note in knowledge.local.general:
            typer.echo(f"local policy: {note}", err=True)


@app.command()
def new(  # noqa: PLR0913, PLR0917  (options of a command)
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="small letters, digits and hyphens; stable for ever")],
    category: Annotated[Category, typer.Option(help="what the rule is about")],
    effect: Annotated[Effect | None, typer.Option(help="what it does; default: what is usual for the category")] = None,
    claim: Annotated[
        list[str] | None, typer.Option(help="id of the knowledge base; may be given several times")
    ] = None,
    rules: RulesOption = None,
    overlay: Annotated[Path | None, typer.Option("--overlay", help="write a rule of a site", file_okay=False)] = None,
) -> None:
    """Write a draft rule and its cases, and say what is left to do. Nothing is overwritten."""
    directory = rules or rules_directory()
    faults: list[Fault] = []
    catalogue = load_claims(directory, faults).catalogue
    draft = Draft(
        id=rule_id,
        category=category,
        effect=effect or EFFECTS.get(category, Effect.INFORM),
        claims=[catalogue[name] for name in claim or () if name in catalogue],
        today=datetime.now(tz=UTC).date(),
    )
    folder = overlay / SITE_RULES if overlay is not None else directory / FOLDERS[category]
    problems = [str(fault) for fault in faults]
    problems += [
        f"--claim: `{c}` is no claim. {nearest(c, catalogue, 'claims')}" for c in claim or () if c not in catalogue
    ]
    problems += check_new(draft, folder, of_site=overlay is not None)
    if problems:
        raise _stop(*problems)
    try:
        written = write_draft(draft, folder)
    except OSError as error:
        raise _stop(f"{error.filename}: cannot be written: {error.strerror}.") from None
    found = audit(directory, as_of=draft.today, overlay=overlay)
    left = [fault for fault in found.faults if fault.file.endswith(tuple(path.name for path in written))]
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo("Left to do (kcds rules check says the same):")
    for fault in left:
        typer.echo(f"  {fault}")


@app.command()
def schema(
    rules: RulesOption = None,
    to: Annotated[
        Path | None, typer.Option(help="directory to write to; default: that of the rules", file_okay=False)
    ] = None,
) -> None:
    """Write the JSON Schemas that editors use to complete and check rules, cases and overlays."""
    directory = rules or rules_directory()
    try:
        knowledge = load_knowledge(directory)
    except KnowledgeError as error:
        raise _stop(str(error)) from None
    schemas = make_schemas(knowledge, load_set_policy(directory, []))
    try:
        (to or directory).mkdir(parents=True, exist_ok=True)
        for name, content in schemas.items():
            path = (to or directory) / name
            path.write_text(content, encoding="utf-8")
            typer.echo(f"wrote {path}")
    except OSError as error:
        raise _stop(f"{error.filename}: cannot be written: {error.strerror}.") from None


def _faults(count: int) -> str:
    return f"{count} fault{'' if count == 1 else 's'}"


def _counts(found: Audit, knowledge: Knowledge) -> str:
    return (
        f"OK: knowledge {knowledge.version}, {len(knowledge.active_rules)} active rules of {len(knowledge.rules)}, "
        f"{len(found.cases)} cases, {len(knowledge.value_sets.names())} value sets, "
        f"{len(knowledge.claims.catalogue)} claims."
    )


def _failure(result: CaseResult) -> str:
    case = result.case
    lines = (result.problem, f"today: {case.today}", *facts_in_words(case))
    return "\n  ".join((f"{case.file}: {case.key}: {case.name}", *lines))


def _rule_row(rule: Rule, local: LocalPolicy) -> tuple[str, ...]:
    strength = rule.strength.value if rule.strength else ""
    kind = (rule.category.value, rule.effect.value, strength)
    switched_off = [f"switched off ({local.disabled[rule.id]})"] if rule.id in local.disabled else []
    notes = " ".join([*switched_off, *local.notes.get(rule.id, ())])
    return rule.id, rule.version, rule.status, *kind, " ".join(rule.claims), _signed(rule), notes or "-"


def _signed(rule: Rule) -> str:
    """Say who signed the rule's own decisions; evidence that is only cited needs no signature."""
    decided = [evidence for evidence in rule.evidence if "D" in evidence.verified]
    if not decided:
        return "-"
    if not all(evidence.signed_by and evidence.signed_on for evidence in decided):
        return UNSIGNED
    return "; ".join(dict.fromkeys(f"{evidence.signed_by} {evidence.signed_on}" for evidence in decided))


def _claim_rows(claims: Claims, rules: Iterable[Rule]) -> list[tuple[str, ...]]:
    owners: dict[str, list[str]] = {}
    for rule in rules:
        if rule.status != "retired":
            for claim in rule.claims:
                owners.setdefault(claim, []).append(rule.id)
    rows: list[tuple[str, ...]] = []
    for entry in claims.catalogue.values():
        state = claims.states.get(entry.id)
        places = [f"rule {owner}" for owner in owners.get(entry.id, ())]
        if state is not None:
            places.append(f"{state.state}: {state.where or state.reason}")
        rows.append((entry.id, entry.category, entry.statement, ", ".join(places) or "unowned"))
    return rows


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on a terminal, and tab-separated lines into a pipe."""
    console = Console(markup=False)
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(row) + "\n" for row in (columns, *rows))
        return
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _stop(*lines: str) -> typer.Exit:
    """Say on stderr what is wrong; the caller raises the exit."""
    for line in lines:
        typer.echo(line, err=True)
    return typer.Exit(1)
