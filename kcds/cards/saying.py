"""A text of a rule with a patient's values in it: the same on every card and page."""

from kcds.advice.weigh import Advised
from kcds.cards.plain_text import may_hold_markup, without_markup
from kcds.knowledge.templates import fill
from kcds.model.findings import Finding


def say(text: str, advised: Advised) -> str:
    """Fill a card text; what comes from the record is shown without any markup."""
    if "{" not in text:  # most texts name nothing of the record
        return text
    return fill(text, harmless(advised.finding), advised.rule)


def harmless(finding: Finding) -> Finding:
    """Return a finding whose facts can be shown."""
    if not any(may_hold_markup(fact) for match in finding.matches for fact in match.values()):
        return finding
    matches = tuple([{name: without_markup(fact) for name, fact in m.items()} for m in finding.matches])
    return Finding(finding.rule, finding.answer, matches, finding.missing)
