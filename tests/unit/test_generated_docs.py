"""What docs/integrate/ tells integrators is what the program does."""

import re
import sys
from pathlib import Path

import pytest
import typer
import yaml
from fake_store import MemoryStore
from service_builders import real_service
from typer.core import TyperGroup

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import make_test_token  # noqa: E402 - the scripts are no package
from doc_blocks import parts_of, refreshed  # noqa: E402
from make_integration_docs import PAGES, make_parts  # noqa: E402

from kcds.auth.authenticator import TokenAuthenticator  # noqa: E402
from kcds.auth.clients_file import load_clients  # noqa: E402
from kcds.auth.identity import Profile  # noqa: E402
from kcds.cds_hooks.services import SERVICES, describe_services  # noqa: E402
from kcds.cli import app  # noqa: E402
from kcds.errors import RequestError  # noqa: E402
from kcds.outbound.deadline import Deadline  # noqa: E402
from kcds.settings import Settings  # noqa: E402
from kcds.web.body import LARGEST_BODY  # noqa: E402

KNOWLEDGE = real_service().knowledge
TEXTS = {page.stem: page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.md"))}
CLIENT_PAGES = [profile.value for profile in Profile]
BASE = "https://cds.hospital.example"
_CLIENTS = re.compile(r"<!-- clients file -->\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CLIENTS = [(name, text) for name, page in TEXTS.items() for text in _CLIENTS.findall(page)]


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_shows_what_the_program_says_today(name: str) -> None:
    assert refreshed(TEXTS[name], make_parts(KNOWLEDGE)) == TEXTS[name], "run scripts/make_integration_docs.py"


def test_every_profile_has_a_page_and_every_page_a_profile() -> None:
    assert set(TEXTS) == {"README", *CLIENT_PAGES}


@pytest.mark.parametrize("name", CLIENT_PAGES)
def test_every_page_holds_all_that_is_typed_into_a_client(name: str) -> None:
    needed = {"services", "prefetch", "scopes", "override-reasons", "topics"}

    assert needed <= set(parts_of(TEXTS[name]))
    assert f"`{name}`" in TEXTS["README"]
    assert any(page == name for page, _ in CLIENTS)


@pytest.mark.parametrize("name", CLIENT_PAGES)
def test_the_prefetch_to_copy_is_that_of_discovery(name: str) -> None:
    block = TEXTS[name].split("<!-- generated: prefetch -->")[1].split("```")[1].strip()

    typed = dict(entry.split("\n") for entry in block.split("\n\n"))

    discovered = describe_services(KNOWLEDGE.value_sets.pairs_of)["services"]
    assert all(service["prefetch"] == typed for service in discovered)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "text"), CLIENTS)
def test_a_clients_file_of_the_pages_can_be_loaded(name: str, text: str, tmp_path: Path) -> None:
    make_test_token.make_token("any", tmp_path)  # the keys that one of them names
    file = tmp_path / "clients.yaml"
    file.write_text(text.replace("# audience", "audience").replace("# tenant", "tenant"), encoding="utf-8")

    (registered,) = load_clients(file)

    assert registered.client.profile == name


def test_the_order_codes_to_fill_in_are_those_of_a_clients_file(tmp_path: Path) -> None:
    codes = make_parts(KNOWLEDGE)["order-codes"].removeprefix("```yaml\n").removesuffix("\n```")
    head = "clients:\n  - issuer: https://epic.example\n    jku: https://epic.example/keys\n    profile: epic\n"
    file = tmp_path / "clients.yaml"
    file.write_text(f"{head}{codes}\n", encoding="utf-8")

    (registered,) = load_clients(file)

    offered = {suggestion.order.code for rule in KNOWLEDGE.active_rules for suggestion in rule.suggestions}
    assert set(registered.client.order_codes) == offered


def test_settings_that_are_named_exist() -> None:
    named = {name for text in TEXTS.values() for name in re.findall(r"KCDS_[A-Z_]+", text)}

    assert named
    assert {name.removeprefix("KCDS_").lower() for name in named} <= set(Settings.model_fields)


def test_every_status_with_which_a_request_is_refused_is_explained() -> None:
    table = TEXTS["generic"].split("## Errors and deadlines")[1]
    rows = set(
        re.findall(r"\d{3}", " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|")))
    )

    refused = {str(kind.status) for kind in (RequestError, *RequestError.__subclasses__())}

    assert refused | {"404", "405", "500", "503"} <= rows
    assert f"{LARGEST_BODY // 1024**2} MiB" in table


@pytest.mark.parametrize("service_id", SERVICES)
def test_the_token_of_the_script_lets_its_client_in(service_id: str, tmp_path: Path) -> None:
    path = f"/cds-services/{service_id}"
    token = make_test_token.make_token(BASE + path, tmp_path)
    text = next(text for name, text in CLIENTS if name == "generic" and "test-client" in text)
    assert yaml.safe_load(text)["clients"][0]["issuer"] == make_test_token.ISSUER
    (tmp_path / "clients.yaml").write_text(text, encoding="utf-8")
    authenticator = TokenAuthenticator(
        load_clients(tmp_path / "clients.yaml"),
        public_url=BASE,
        remember=MemoryStore().remember_token,
        fetch=lambda _url, _deadline: b"",
        clock=make_test_token.now,
        count=lambda _reason: None,
    )

    client = authenticator.authenticate(f"Bearer {token}", path, Deadline.after(5))

    assert client.issuer == make_test_token.ISSUER


def test_the_key_of_the_script_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    make_test_token.make_token(BASE, tmp_path)
    first = (tmp_path / "test-client.pem").read_bytes()

    make_test_token.make_token(BASE, tmp_path)

    assert (tmp_path / "test-client.pem").read_bytes() == first
    assert (tmp_path / "test-client.pem").stat().st_mode & 0o077 == 0


def test_the_audiences_of_epic_are_its_services(tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text(next(text for name, text in CLIENTS if name == "epic"), encoding="utf-8")

    (registered,) = load_clients(file)

    assert registered.audiences == {f"{BASE}/cds-services/{service_id}" for service_id in SERVICES}


def test_commands_that_are_named_exist() -> None:
    shown = {words for text in TEXTS.values() for words in re.findall(r"`kcds ([a-z]+(?: [a-z]+)?)", text)}

    assert shown
    assert shown <= set(commands())


def commands() -> list[str]:
    """All commands of the program, with those of its groups."""
    top = typer.main.get_command(app)
    assert isinstance(top, TyperGroup)
    all_of_them = {name: top.get_command(None, name) for name in top.list_commands(None)}
    groups = {name: command for name, command in all_of_them.items() if isinstance(command, TyperGroup)}
    return [*all_of_them, *(f"{name} {inner}" for name, group in groups.items() for inner in group.commands)]
