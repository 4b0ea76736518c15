"""The answer and its cards (checklist 6): every card of samples and odd records, against the standard."""

import json
import re
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from answers import actions, answers, bodies, cards, suggestions
from builders import Json
from markdown_it import MarkdownIt
from service_builders import hook_call, logs, make_client

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
REVERSE_DOMAIN = re.compile(r"[a-z]+(\.[a-z0-9-]+)+(\.[A-Za-z0-9-]+)*")
RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")


def codings() -> list[Json]:
    topics = [card["source"]["topic"] for card in cards() if "topic" in card["source"]]
    return topics + [reason for card in cards() for reason in card.get("overrideReasons", ())]


def is_absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("https", "http") and bool(parts.netloc)


@pytest.mark.checklist("RESP-5")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", "/cds-services/ketamine-patient-view", {}, 400, id="a bad request"),
        pytest.param("POST", "/cds-services/nothing", {}, 404, id="an unknown service"),
        pytest.param("DELETE", "/cds-services", None, 405, id="a wrong method"),
        pytest.param(
            "POST", "/cds-services/ketamine-patient-view", hook_call() | {"prefetch": {}}, 412, id="no data at all"
        ),
    ],
)
def test_resp_5_an_error_is_an_operation_outcome_in_fhir_json(
    method: str, path: str, body: Json | None, status: int
) -> None:
    with logs():
        response = make_client().open(path, method=method, json=body)

    assert response.status_code == status
    assert response.mimetype == "application/fhir+json"
    outcome = response.get_json(force=True)
    assert outcome["resourceType"] == "OperationOutcome"
    for issue in outcome["issue"]:
        assert issue["severity"] in ("fatal", "error", "warning", "information")
        assert issue["code"]
    assert "cards" not in outcome


@pytest.mark.checklist("CARD-1")
def test_card_1_every_card_has_a_uuid_of_its_own() -> None:
    found = [card["uuid"] for card in cards()]

    assert len(set(found)) == len(found)
    assert all(str(UUID(uuid)) == uuid for uuid in found)


@pytest.mark.checklist("CARD-2")
def test_card_2_every_summary_is_one_line_of_fewer_than_140_characters() -> None:
    for card in cards():
        assert 0 < len(card["summary"]) < 140
        assert len(card["summary"].splitlines()) == 1
        assert card["summary"] == card["summary"].strip()


@pytest.mark.checklist("CARD-3", "CARD-5")
def test_card_3_card_5_every_detail_is_markdown_without_html_links_or_images() -> None:
    for card in cards():
        tokens = GFM.parse(card["detail"])
        kinds = {token.type for block in tokens for token in (block, *(block.children or ()))}
        assert kinds & {"paragraph_open", "bullet_list_open"}
        assert kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block"} == set()


@pytest.mark.checklist("CARD-4")
def test_card_4_every_indicator_is_info_warning_or_critical() -> None:
    assert {card["indicator"] for card in cards()} <= {"info", "warning", "critical"}


@pytest.mark.checklist("SRC-1")
def test_src_1_every_source_has_a_label() -> None:
    assert all(isinstance(card["source"]["label"], str) and card["source"]["label"] for card in cards())


@pytest.mark.checklist("SRC-2")
def test_src_2_source_urls_are_absolute() -> None:
    urls = [card["source"][name] for card in cards() for name in ("url", "icon") if name in card["source"]]

    assert urls
    assert [url for url in urls if not is_absolute(url)] == []


@pytest.mark.checklist("SRC-3", "COD-1")
def test_src_3_cod_1_every_topic_and_override_reason_is_a_coding_with_code_and_system() -> None:
    for coding in codings():
        assert set(coding) <= {"code", "system", "display"}
        assert isinstance(coding["code"], str)
        assert coding["code"]
        assert isinstance(coding["system"], str)
        assert coding["system"]


@pytest.mark.checklist("SUG-1", "SUG-4")
def test_sug_1_sug_4_every_suggestion_has_a_label_and_a_uuid() -> None:
    for suggestion in suggestions():
        assert suggestion["label"].strip()
        assert str(UUID(suggestion["uuid"])) == suggestion["uuid"]
    assert len({suggestion["uuid"] for suggestion in suggestions()}) == len(suggestions())


@pytest.mark.checklist("SUG-2")
def test_sug_2_the_selection_behaviour_is_said_where_suggestions_are_and_only_there() -> None:
    for card in cards():
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") in ("at-most-one", "any")


@pytest.mark.checklist("SUG-3")
def test_sug_3_a_recommended_suggestion_is_marked_by_a_boolean() -> None:
    assert all(isinstance(suggestion.get("isRecommended", True), bool) for suggestion in suggestions())


@pytest.mark.checklist("SUG-5", "SUG-6")
def test_sug_5_sug_6_a_suggestion_has_one_action_and_no_behaviour_that_clients_may_not_know() -> None:
    for suggestion in suggestions():
        assert "actionSelectionBehavior" not in suggestion
        assert len(suggestion["actions"]) == 1


@pytest.mark.checklist("ACT-1", "ACT-2")
def test_act_1_act_2_every_action_has_a_known_type_and_a_description() -> None:
    for action in actions():
        assert action["type"] in ("create", "update", "delete")
        assert isinstance(action["description"], str)
        assert action["description"].strip()


@pytest.mark.checklist("ACT-3")
def test_act_3_what_is_created_is_a_whole_new_resource() -> None:
    for action in actions():
        if action["type"] == "create":
            resource = action["resource"]
            assert "id" not in resource
            assert {"resourceType", "status", "intent", "code", "subject"} <= set(resource)
        assert action["type"] != "update" or action["resource"]["id"]


@pytest.mark.checklist("ACT-4")
def test_act_4_what_is_deleted_is_a_relative_reference_to_a_draft_that_was_sent() -> None:
    seen = 0
    for request, body in answers().values():
        for card in body["cards"]:
            for action in (a for s in card.get("suggestions", ()) for a in s["actions"] if a["type"] == "delete"):
                drafts = [entry["resource"] for entry in request["context"]["draftOrders"]["entry"]]
                assert RELATIVE.fullmatch(action["resourceId"])
                assert action["resourceId"] in {f"{draft['resourceType']}/{draft.get('id')}" for draft in drafts}
                assert "resource" not in action
                seen += 1
    assert seen


@pytest.mark.checklist("SYS-1", "SYS-2")
def test_sys_1_sys_2_nothing_is_ever_done_without_a_human() -> None:
    assert [body for body in bodies() if "systemActions" in body] == []


@pytest.mark.checklist("OVR-1")
def test_ovr_1_every_override_reason_has_code_system_and_display() -> None:
    reasons = [reason for card in cards() for reason in card.get("overrideReasons", ())]

    assert reasons
    assert [reason for reason in reasons if not all(reason.get(name) for name in ("code", "system", "display"))] == []


def links() -> list[Json]:
    """Every link of every card; there are some of each type, and with a context."""
    found = [link for card in cards() for link in card.get("links", ())]
    assert {link["type"] for link in found} == {"absolute", "smart"}
    assert any("appContext" in link for link in found)
    return found


@pytest.mark.checklist("LINK-1")
def test_link_1_every_link_has_a_label_and_an_absolute_url() -> None:
    for link in links():
        assert link["label"]
        assert urlsplit(link["url"]).scheme == "https"
        assert urlsplit(link["url"]).netloc


@pytest.mark.checklist("LINK-2", "LINK-3")
def test_link_2_link_3_a_link_is_absolute_or_smart_and_only_a_smart_one_has_a_context() -> None:
    for link in links():
        assert set(link) <= {"label", "url", "type", "appContext"}
        assert link["type"] in ("absolute", "smart")
        assert link["type"] == "smart" or "appContext" not in link


@pytest.mark.checklist("LINK-4")
def test_link_4_no_link_opens_itself() -> None:
    assert "autolaunchable" not in json.dumps(bodies())


@pytest.mark.checklist("EXT-1")
def test_ext_1_what_is_ours_sits_in_an_extension_object_with_a_reverse_domain_name() -> None:
    standard = {
        *("uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior"),
        *("overrideReasons", "links", "extension"),
    }
    for card in cards():
        assert set(card) <= standard
        assert isinstance(card["extension"], dict)
        assert [key for key in card["extension"] if not REVERSE_DOMAIN.fullmatch(key)] == []
    for body in bodies():
        assert set(body) <= {"cards", "systemActions", "extension"}
