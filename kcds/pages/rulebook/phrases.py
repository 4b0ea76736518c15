"""How conditions on facts are said: one entry for each kind of fact, and one for each of its properties.

A phrase stands in the sentence "a problem in “Thyroid storm”, active, confirmed": the noun of the kind, what is
attached to it, and the rest behind commas. A name in braces is a number of parameters.yaml.
"""

from collections.abc import Mapping

from kcds.pages.rulebook.phrase import KindPhrase
from kcds.pages.rulebook.phrases_of_measurements import MEASUREMENTS
from kcds.pages.rulebook.phrases_of_people import PEOPLE
from kcds.pages.rulebook.phrases_of_problems import PROBLEMS
from kcds.pages.rulebook.phrases_of_treatments import TREATMENTS

KINDS: Mapping[str, KindPhrase] = {**PEOPLE, **PROBLEMS, **MEASUREMENTS, **TREATMENTS}
"""Every kind of fact, and every property of each."""
