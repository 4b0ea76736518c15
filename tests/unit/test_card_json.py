from uuid import UUID

from kcds.cds_hooks.card import Action, Card, Indicator, Source, Suggestion, to_json

ONE = UUID(int=1)


def test_members_without_a_value_are_left_out() -> None:
    card = Card(
        uuid=ONE,
        summary="s",
        detail="d",
        indicator=Indicator.INFO,
        source=Source(label="l"),
        extension={"k": {"a": 1}},
    )

    assert to_json(card) == {
        "uuid": str(ONE),
        "summary": "s",
        "detail": "d",
        "indicator": "info",
        "source": {"label": "l"},
        "extension": {"k": {"a": 1}},
    }


def test_a_delete_action_carries_a_relative_reference_only() -> None:
    action = Action(type="delete", description="Take it back", resourceId="MedicationRequest/m1")

    suggestion = to_json(Suggestion(label="Take it back", uuid=ONE, actions=(action,)))

    assert suggestion["actions"] == [
        {"type": "delete", "description": "Take it back", "resourceId": "MedicationRequest/m1"}
    ]


def test_no_cards_are_an_empty_list() -> None:
    assert to_json(()) == []
