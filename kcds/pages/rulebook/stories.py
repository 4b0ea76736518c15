"""In which of the shipped sample stories each rule applies."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from itertools import count
from uuid import UUID

from kcds.advice.speaking import Audience
from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.load import Knowledge
from kcds.reading import assess_content, parse_content
from kcds.sample import STORY_DAY, read_sample, sample_names
from kcds.service import AdviceService, Moment

Stories = Mapping[str, tuple[str, ...]]
"""Rule id -> names of the stories in which it applies."""


def stories_by_rule(knowledge: Knowledge) -> Stories:
    """Assess every story, and say where each rule applied."""
    service = AdviceService(knowledge, ReferenceEngine(knowledge.active_rules))
    now = datetime.combine(STORY_DAY, time(hour=12), tzinfo=UTC)
    numbers = count(1)
    moment = Moment(now=now, today=STORY_DAY, audience=Audience.PAIN, new_uuid=lambda: UUID(int=next(numbers)))
    found: dict[str, list[str]] = {}
    for name in sample_names():
        _, assessment = assess_content(service, parse_content(read_sample(name, STORY_DAY)), None, moment)
        for finding in assessment.findings.applying:
            found.setdefault(finding.rule, []).append(name)
    return {rule: tuple(names) for rule, names in found.items()}
