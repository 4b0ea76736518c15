"""Where a card leads: the rule that it speaks about, and the review page, opened by an EHR that can launch it."""

from dataclasses import dataclass

from kcds.cards.wording import OPEN_REVIEW, RULE_AND_EVIDENCE
from kcds.cds_hooks.card import Link, LinkType


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The pages to which the cards of one call may lead."""

    rules: str  # URL below which the rules are, by id
    launch: str | None = None  # at which the client's EHR launches the review page; None: it knows none
    app_context: str | None = None  # by which the launch knows the call; opaque


def links_of(links: Links | None, rule: str) -> tuple[Link, ...]:
    """Return the links of a card whose headline speaks about this rule."""
    if links is None:
        return ()
    evidence = Link(label=RULE_AND_EVIDENCE, url=f"{links.rules}/{rule}", type=LinkType.ABSOLUTE)
    if links.launch is None:
        return (evidence,)
    review = Link(label=OPEN_REVIEW, url=links.launch, type=LinkType.SMART, appContext=links.app_context)
    return (review, evidence)
