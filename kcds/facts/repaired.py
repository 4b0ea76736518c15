"""Whether an element that a fact reads was repaired away: what is left of it then says less than the record did."""

from kcds.fhir.record import Resource


def lost_of(resource: Resource, *elements: str) -> bool:
    """Tell whether anything of these elements was lost; of a choice its stem is named ("effective")."""
    return bool(resource.repaired) and any(name.startswith(elements) for name in resource.repaired)
