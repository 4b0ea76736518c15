"""The stories of `fhir_samples/` in the words of their READMEs, and what the service answers to each today."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kcds.cds_hooks.services import Hook
from kcds.pages.demo.view import Headline, headline_of
from kcds.sample import sample_names, samples_directory
from kcds.service import Review

_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_SENTENCES = 2

_WHEN = {
    Hook.PATIENT_VIEW: "When a chart is opened",
    Hook.ORDER_SELECT: "When an order is selected",
    Hook.ORDER_SIGN: "When an order is about to be signed",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One invented patient: the name of the folder, a title, and what the story is about."""

    name: str
    title: str
    text: str

    @property
    def opening(self) -> str:
        """The first two sentences."""
        return " ".join(_SENTENCE_END.split(self.text)[:_SENTENCES])


@dataclass(frozen=True, slots=True)
class StoryInList:
    """One story as the list shows it: what it is about and what came of it."""

    story: Story
    headline: Headline
    cards: int


@dataclass(frozen=True, slots=True)
class Group:
    """The stories of one hook, those with cards first."""

    hook: Hook
    title: str
    stories: tuple[StoryInList, ...]


def find_story(name: str) -> Story | None:
    """Return the story of this name; None where there is none."""
    return _story(name) if name in sample_names() else None


def list_stories(answer: Callable[[str], tuple[Hook, Review]]) -> tuple[Group, ...]:
    """List all stories by the moment at which they ask; `answer` gives what the service says to one."""
    listed = list(_listed(answer))
    groups = (
        Group(hook, _WHEN[hook], tuple(sorted(_of(hook, listed), key=lambda each: not each.cards))) for hook in Hook
    )
    return tuple(group for group in groups if group.stories)


def _of(hook: Hook, listed: Iterable[tuple[Hook, StoryInList]]) -> Iterator[StoryInList]:
    return (entry for asked, entry in listed if asked is hook)


def _listed(answer: Callable[[str], tuple[Hook, Review]]) -> Iterator[tuple[Hook, StoryInList]]:
    for name in sample_names():
        hook, review = answer(name)
        assessment = review.assessment
        entry = StoryInList(_story(name), headline_of(assessment.advice.disposition), len(assessment.cards))
        yield hook, entry


def _story(name: str) -> Story:
    """Read title and first paragraph of a README."""
    lines = (samples_directory() / name / "README.md").read_text(encoding="utf-8").splitlines()
    title, text = (line for line in lines[:3] if line)
    return Story(name, title.removeprefix("# "), text)
