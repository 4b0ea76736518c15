"""The data types of FHIR in their plain form (see `plain`): what resources are put together of.

Everything here may be narrower than FHIR, never wider: days that every calendar has, numbers that are numbers, codes in
ASCII, one value of each choice, no null, no extensions but the scores of coded answers. Patterns are those of Rust's
`regex`, linear in time.
"""

from collections.abc import Mapping
from typing import Annotated, Required, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

E = TypeVar("E", bound=Mapping[str, object])

_DAY = (
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"  # days of every month
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONE = "(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
_YEAR = "(?:19|20)[0-9][0-9]"
_MOMENT = rf"{_YEAR}-{_DAY}T{_CLOCK}(?:\.[0-9]{{1,6}})?{_ZONE}"

Text = Annotated[str, StringConstraints(pattern=r"\S")]
Code = Annotated[str, StringConstraints(pattern="^[!-~]+(?: [!-~]+)*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]  # an integer is one too
Integer = Annotated[int, Field(ge=-(2**31), lt=2**31)]
UnsignedInt = Annotated[int, Field(ge=0, lt=2**31)]
PositiveInt = Annotated[int, Field(ge=1, lt=2**31)]
Date = Annotated[str, StringConstraints(pattern=f"^{_YEAR}(?:-(?:0[1-9]|1[0-2]|{_DAY}))?$")]
DateTime = Annotated[str, StringConstraints(pattern=f"^(?:{_YEAR}(?:-(?:0[1-9]|1[0-2]|{_DAY}))?|{_MOMENT})$")]
Instant = Annotated[str, StringConstraints(pattern=f"^{_MOMENT}$")]
Time = Annotated[str, StringConstraints(pattern=f"^{_CLOCK}$")]

plain = with_config(ConfigDict(strict=True, extra="forbid"))


def one_of(*names: str, required: bool = False) -> AfterValidator:
    """Allow one of these elements at most, or exactly one."""
    rivals = frozenset(names)
    allowed = {1} if required else {0, 1}

    def check(element: E) -> E:
        if len(rivals.intersection(element)) not in allowed:
            message = "more than one of a choice, or none"
            raise ValueError(message)
        return element

    return AfterValidator(check)


@plain
class Score(TypedDict, total=False):
    """The extension of a coded answer that says how much it counts."""

    url: Required[Text]
    valueDecimal: Required[Number]


@plain
class Coding(TypedDict, total=False):
    """A code in a code system."""

    id: Text
    extension: list[Score]
    system: Text
    version: Text
    code: Code
    display: Text
    userSelected: bool


@plain
class CodeableConcept(TypedDict, total=False):
    """What something is, by codes and in words."""

    id: Text
    extension: list[Score]
    coding: list[Coding]
    text: Text


@plain
class Quantity(TypedDict, total=False):
    """A number with its unit; also of the types Age and Duration."""

    id: Text
    value: Number
    comparator: Code
    unit: Text
    system: Text
    code: Code


@plain
class Range(TypedDict, total=False):
    """From one quantity to another."""

    id: Text
    low: Quantity
    high: Quantity


@plain
class Ratio(TypedDict, total=False):
    """One quantity to another."""

    id: Text
    numerator: Quantity
    denominator: Quantity


@plain
class Period(TypedDict, total=False):
    """From one moment to another."""

    id: Text
    start: DateTime
    end: DateTime


@plain
class Identifier(TypedDict, total=False):
    """A name that somebody else gave."""

    id: Text
    use: Code
    type: CodeableConcept
    system: Text
    value: Text
    period: Period


@plain
class Reference(TypedDict, total=False):
    """What points at another resource."""

    id: Text
    reference: Text
    type: Text
    identifier: Identifier
    display: Text


@plain
class _Repeat(TypedDict, total=False):
    id: Text
    boundsDuration: Quantity
    boundsPeriod: Period
    boundsRange: Range
    count: PositiveInt
    countMax: PositiveInt
    duration: Number
    durationMax: Number
    durationUnit: Code
    frequency: PositiveInt
    frequencyMax: PositiveInt
    period: Number
    periodMax: Number
    periodUnit: Code
    dayOfWeek: list[Code]
    timeOfDay: list[Time]
    when: list[Code]


@plain
class Timing(TypedDict, total=False):
    """How often and when."""

    id: Text
    event: list[DateTime]
    repeat: Annotated[_Repeat, one_of("boundsDuration", "boundsPeriod", "boundsRange")]
    code: CodeableConcept


@plain
class _DoseAndRate(TypedDict, total=False):
    id: Text
    type: CodeableConcept
    doseQuantity: Quantity
    doseRange: Range
    rateQuantity: Quantity
    rateRange: Range
    rateRatio: Ratio


DoseAndRate = Annotated[
    _DoseAndRate, one_of("doseQuantity", "doseRange"), one_of("rateQuantity", "rateRange", "rateRatio")
]


@plain
class _Dosage(TypedDict, total=False):
    id: Text
    sequence: Integer
    text: Text
    additionalInstruction: list[CodeableConcept]
    patientInstruction: Text
    timing: Timing
    asNeededBoolean: bool
    asNeededCodeableConcept: CodeableConcept
    site: CodeableConcept
    route: CodeableConcept
    method: CodeableConcept
    doseAndRate: list[DoseAndRate]
    maxDosePerPeriod: Ratio
    maxDosePerAdministration: Quantity
    maxDosePerLifetime: Quantity


Dosage = Annotated[_Dosage, one_of("asNeededBoolean", "asNeededCodeableConcept")]
