"""The stories of `fhir_samples/` in the words of their READMEs, and what the service answers to each today."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from kcds.cds_hooks.services import Hook
from kcds.model.advice import Disposition
from kcds.pages.demo.view import DEFAULT, Headline, headline_of, speaks_on_view
from kcds.pages.words import MOMENTS
from kcds.sample import sample_names, samples_directory
from kcds.service import Review

_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_SENTENCES = 2


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryInList:
    """One story as the list shows it: what it is about and what came of it."""

    story: Story
    hook: Hook
    headline: Headline
    cards: int
    quiet_by_default: bool  # where the setting for whom patient-view speaks is left alone
    precedence: int  # of the disposition


@dataclass(frozen=True, slots=True)
class Group:
    """The stories of one hook: by the precedence of the advice, those without a card last."""

    hook: Hook
    title: str
    stories: tuple[StoryInList, ...]


def list_stories(answer: Callable[[str], tuple[Hook, Review]]) -> tuple[Group, ...]:
    """List all stories by the moment at which they ask; `answer` gives what the service says to one."""
    listed = sorted((_in_list(name, *answer(name)) for name in sample_names()), key=_rank)
    groups = (
        Group(hook, f"When {MOMENTS[hook]}", tuple(each for each in listed if each.hook is hook)) for hook in Hook
    )
    return tuple(group for group in groups if group.stories)


def read_story(name: str) -> Story:
    """Read title and first paragraph of the README of a story there is."""
    lines = (samples_directory() / name / "README.md").read_text(encoding="utf-8").splitlines()
    title, text = islice(filter(None, lines), 2)
    return Story(name, title.removeprefix("# "), text)


def _rank(each: StoryInList) -> tuple[bool, bool, int]:
    return not each.cards, each.quiet_by_default, each.precedence


def _in_list(name: str, hook: Hook, review: Review) -> StoryInList:
    assessment = review.assessment
    return StoryInList(
        story=read_story(name),
        hook=hook,
        headline=headline_of(assessment),
        cards=len(assessment.cards),
        quiet_by_default=hook is Hook.PATIENT_VIEW and not speaks_on_view(assessment, DEFAULT),
        precedence=list(Disposition).index(assessment.advice.disposition),
    )
