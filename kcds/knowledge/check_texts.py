"""Whether the texts of a card can be shown: short enough, plain, and every placeholder known."""

import re
from collections.abc import Iterator

from kcds.errors import Fault
from kcds.knowledge.check_conditions import check_member
from kcds.knowledge.clauses import aliases_of
from kcds.knowledge.rule import Rule
from kcds.knowledge.schema import nearest
from kcds.knowledge.spoken import is_span
from kcds.knowledge.templates import has_stray_braces, placeholders, say
from kcds.knowledge.vocabulary import Vocabulary, type_of

SUMMARY_LIMIT = 140
"""A summary has fewer characters than this (CDS Hooks)."""

_LONGEST_LABEL = "x" * 40
_LONGEST = {float: "999.9", bool: "yes", str: _LONGEST_LABEL}
_LONGEST_DATE = "2026-11-21"
_LONGEST_SPAN = "2026-11-21"  # most onsets are one day; a longer one may cut the summary
_LINK = "]("
_HTML = re.compile(r"</?[a-zA-Z!]")


def check_texts(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find what is wrong with the texts of the card and of the suggestions."""
    card = rule.card
    texts = {"summary": card.summary, "detail": card.detail, "action": card.action, "unknown": card.unknown}
    for name, text in texts.items():
        yield from _check_text(text, rule, Fault(file, f"card.{name}", "", ""), named_facts=name != "unknown")
    for number, suggestion in enumerate(rule.suggestions):
        key = f"suggestions[{number}].label"
        if "{" in suggestion.label:
            yield Fault(file, key, "holds a placeholder.", "A label is plain text: write it out.")
        yield from check_plain(suggestion.label, Fault(file, key, "", ""))
    if _HTML.search(rule.title) or "{" in rule.title:
        yield Fault(file, "title", "holds HTML or a placeholder.", "A title is plain text.")
    yield from _check_summary(rule, file, words)


def check_plain(text: str, place: Fault) -> Iterator[Fault]:
    """Find what no card shows: HTML and links; `place` gives file and key."""
    if _HTML.search(text):
        yield Fault(place.file, place.key, "holds HTML.", "Write Markdown or plain text.")
    if _LINK in text:
        yield Fault(place.file, place.key, "holds a link.", "Links stand under `evidence`, as `url`.")


def _check_text(text: str, rule: Rule, place: Fault, *, named_facts: bool) -> Iterator[Fault]:
    yield from check_plain(text, place)
    if has_stray_braces(text):
        remedy = "Placeholders are {alias.property}, {parameter} and {count}."
        yield Fault(place.file, place.key, "holds a brace that is no placeholder.", remedy)
    for name, member in placeholders(text):
        if member is None and name not in rule.parameters and name != "count":
            yield Fault(
                place.file,
                place.key,
                f"{{{name}}} is neither a parameter nor `count`.",
                nearest(name, [*rule.parameters, "count"], "names"),
            )
        elif not named_facts and (member is not None or name == "count"):
            remedy = "Only parameters may be named: when a rule cannot tell there is no fact to name."
            yield Fault(place.file, place.key, f"names {{{name}}}.", remedy)
        elif member is not None:
            yield from check_member(f"{name}.{member}", rule, place, in_text=True)


def _check_summary(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    summary = rule.card.summary
    if not summary.strip() or "\n" in summary:
        yield Fault(file, "card.summary", "must be one line.", "Use double quotes or `>-`, and one sentence.")
    length = len(_longest(summary, rule, words))
    if length >= SUMMARY_LIMIT:
        problem = f"can be {length} characters long when filled."
        yield Fault(file, "card.summary", problem, f"Keep it under {SUMMARY_LIMIT}: the finding and the number.")


def _longest(text: str, rule: Rule, words: Vocabulary) -> str:
    """Fill a text with the longest values that its placeholders may reasonably have."""
    aliases = aliases_of(rule)
    for name, member in placeholders(text):
        if member is not None:
            text = text.replace(f"{{{name}.{member}}}", _longest_value(aliases.get(name, ""), member, words))
        elif name in rule.parameters:
            text = text.replace(f"{{{name}}}", say(rule.parameters[name].value))
        else:
            text = text.replace(f"{{{name}}}", "99")
    return text


def _longest_value(kind: str, name: str, words: Vocabulary) -> str:
    if is_span(kind, name):
        return _LONGEST_SPAN
    wanted = type_of(kind, name)
    known = words.values_of(kind, name) if wanted is str else None
    if known is not None:
        return max(known[0], key=len, default="")
    return _LONGEST_DATE if wanted is None else _LONGEST.get(wanted, _LONGEST_DATE)
