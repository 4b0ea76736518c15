"""The clients file: what it may say, and how each fault is told: file, client, key, what is wrong, what to write."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from client_tokens import ISSUER, SigningKey, jwk_set, signing_key

from kcds.auth.clients_file import load_clients, place_of_keys
from kcds.auth.identity import Profile
from kcds.errors import SettingsError

KEY = signing_key("ES384")
JKU = "https://ehr.example.org/jwks.json"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "clients.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def of_one(tmp_path: Path, **members: Any) -> Path:
    """A file of one client: issuer and `jku`, and these members; None leaves one out."""
    entry = {"issuer": ISSUER, "jku": JKU} | members
    kept = {name: value for name, value in entry.items() if value is not None}
    return written(tmp_path, yaml.safe_dump({"clients": [kept]}))


def faults(path: Path) -> list[str]:
    """What is said of the file, a fault a line, without its name."""
    with pytest.raises(SettingsError) as caught:
        load_clients(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_client_with_all_it_may_have(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        clients:
          - issuer: https://ehr.example.org
            jku: https://ehr.example.org/jwks.json?set=cds
            tenant: "42"
            profile: epic
            audience: [https://kcds.example.org/typed/, by-hand]
            order_codes: {"1742-6": ALT_IP}
        """,
    )

    (client,) = load_clients(path)

    assert client.client.issuer == ISSUER
    assert client.client.profile is Profile.EPIC
    assert client.client.order_codes == {"1742-6": "ALT_IP"}
    assert client.jku == "https://ehr.example.org/jwks.json?set=cds"
    assert client.tenant == "42"
    assert client.audiences == {"https://kcds.example.org/typed", "by-hand"}


def test_a_bare_list_will_do(tmp_path: Path) -> None:
    path = written(tmp_path, f"- {{issuer: {ISSUER}, jku: {JKU}}}\n- {{issuer: other, jku: {JKU}}}\n")

    assert [client.client.issuer for client in load_clients(path)] == [ISSUER, "other"]


def test_keys_may_stand_in_the_file_as_the_client_publishes_them(tmp_path: Path) -> None:
    published = json.dumps(jwk_set(KEY, signing_key("RS384")))
    path = written(tmp_path, f"clients:\n  - issuer: {ISSUER}\n    jwks: {published}\n")

    (client,) = load_clients(path)

    assert set(client.keys) == {"key-ES384", "key-RS384"}
    assert client.jku is None


def test_keys_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ehr.json").write_text(json.dumps(jwk_set(KEY)), encoding="utf-8")

    (client,) = load_clients(of_one(tmp_path, jku=None, jwks="keys/ehr.json"))

    assert set(client.keys) == {"key-ES384"}


def test_keys_for_encryption_are_passed_over(tmp_path: Path) -> None:
    encryption = signing_key("RS256").jwk(use="enc", alg="RSA-OAEP", kid="enc")
    derivation = signing_key("ES256").jwk(key_ops=["deriveKey"], kid="derive")

    (client,) = load_clients(of_one(tmp_path, jku=None, jwks={"keys": [encryption, derivation, KEY.jwk()]}))

    assert set(client.keys) == {"key-ES384"}


@pytest.mark.parametrize("jku", ["http://127.0.0.1:9999/jwks.json", "http://localhost/jwks", "http://[::1]:80/j"])
def test_on_this_machine_keys_may_be_fetched_without_tls(tmp_path: Path, jku: str) -> None:
    (client,) = load_clients(of_one(tmp_path, jku=jku))

    assert client.jku == jku
    assert place_of_keys(jku).holds(jku)


ENTRY_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"issuer": None}, "client 1, issuer: is missing. Write the `iss` of the client's tokens, letter by letter"),
    ({"issuer": ""}, "client 1, issuer: String should have at least 1 character. Write the `iss`"),
    ({"issuer": 7}, "client 1, issuer: Input should be a valid string. Write the `iss`"),
    ({"issuer": "https://ehr example.org"}, "client 1, issuer: holds a space or something else that no address has."),
    ({"issuer": "local"}, "client 1, issuer: is the name of calls without authentication."),
    ({"jku": None}, "client 1, jku: or `jwks` must be there, and not both. Write the https address"),
    ({"jwks": {"keys": []}}, "client 1, jku: or `jwks` must be there, and not both."),
    ({"jku": "http://ehr.example.org/jwks"}, "client 1, jku: must begin with https://"),
    ({"jku": "ftp://ehr.example.org/jwks"}, "client 1, jku: must begin with https://"),
    ({"jku": "ehr.example.org/jwks"}, "client 1, jku: must be"),
    ({"jku": "https://ehr.example.org:*/jwks"}, "client 1, jku: must be one plain address. Write the https address"),
    ({"jku": "https://user:secret@ehr.example.org/"}, "client 1, jku: must be a base URL"),
    ({"jku": "https://ehr.example.org/jwks#a"}, "client 1, jku: must be"),
    ({"jku": "https://ehr.example.org/jwks?a#b"}, "client 1, jku: must be one plain address."),
    ({"jku": "https://ehr.example.org/../jwks"}, "client 1, jku: must have a plain path."),
    ({"jku": None, "jwks": 7}, "client 1, jwks: is neither a JWK Set nor a path. Write the JWK Set itself"),
    ({"jku": None, "jwks": ""}, "client 1, jwks: is neither a JWK Set nor a path."),
    ({"jku": None, "jwks": {}}, "client 1, jwks: is no JWK Set: an object with a list `keys`. Write the JWK Set"),
    ({"jku": None, "jwks": {"keys": []}}, "client 1, jwks: has no key for signatures. Add the client's public key"),
    ({"jku": None, "jwks": {"keys": {}}}, "client 1, jwks: is no JWK Set: an object with a list `keys`."),
    (
        {"tenant": 42},
        "client 1, tenant: Input should be a valid string. Write the `tenant` of the client's tokens",
    ),
    ({"profile": "cerner"}, "client 1, profile: Input should be 'generic', 'epic', 'oracle-health', 'athenahealth' or"),
    ({"audience": "https://a"}, "client 1, audience: Input should be a valid list. Write a list of what the client"),
    ({"audience": ["a", 7]}, "client 1, audience[1]: Input should be a valid string. Write a list"),
    ({"order_codes": {"1742-6": "ALT"}}, "client 1, order_codes: has no effect with this profile. Add `profile: epic`"),
    ({"profile": "epic", "order_codes": {"1742-6": ""}}, "client 1, order_codes.1742-6: String should have at least 1"),
    (
        {"isuer": "x"},
        "client 1, isuer: is no key of a client. A client has issuer, jku, jwks, tenant, profile",
    ),
]


@pytest.mark.parametrize(("members", "said"), ENTRY_FAULTS)
def test_a_fault_of_a_client_is_told_with_its_remedy(members: dict[str, Any], said: str, tmp_path: Path) -> None:
    (fault,) = faults(of_one(tmp_path, **members))

    assert fault.startswith(said)


def altered(key: SigningKey, **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in key.jwk(**changes).items() if value is not None}


PRIVATE = "holds a PRIVATE key: whoever can read it can sign as this client. Have the client make a new key"
KEY_FAULTS: list[tuple[Any, str]] = [
    (altered(KEY, d="c2VjcmV0"), PRIVATE),
    (altered(signing_key("RS256"), d="c2VjcmV0", p="c2VjcmV0"), PRIVATE),
    (altered(signing_key("EdDSA"), d="c2VjcmV0"), PRIVATE),
    (
        {"kty": "oct", "kid": "s", "k": "c2VjcmV0"},
        "is a symmetric key: whoever can check a signature with it",
    ),
    (altered(KEY, kid=None), "has no `kid`. Give it the text by which the header of the tokens names this key."),
    (altered(KEY, kid=""), "has no `kid`."),
    (altered(KEY, kid=7), "has no `kid`."),
    (altered(KEY, kty=None), "is of a kind that cannot be used. Use EC (P-256, P-384, P-521), RSA or OKP (Ed25519)."),
    (altered(KEY, crv="secp256k1"), "is of a kind that cannot be used."),
    (altered(signing_key("EdDSA"), crv="X25519"), "is of a kind that cannot be used."),
    (altered(KEY, crv=["P-384"]), "is of a kind that cannot be used."),
    (altered(KEY, alg="ES256"), "has an `alg` that does not fit it. Use one of ES256, ES384, ES512, EdDSA, PS256"),
    (altered(KEY, alg="HS384"), "has an `alg` that does not fit it."),
    (altered(KEY, alg="none"), "has an `alg` that does not fit it."),
    (altered(KEY, x=None), "is no public key. Copy it again, whole: kty, crv, x, y or kty, n, e."),
    (altered(KEY, x="AAAA"), "is no public key."),
    (altered(KEY, x=KEY.jwk()["y"]), "is no public key."),
    (altered(KEY, y=7), "is no public key."),
    (altered(signing_key("RS256"), n=""), "is no public key."),
    (altered(signing_key("RS256"), e="Ag"), "is no public key."),
    (altered(signing_key("RS256", "weak", 1024)), "is an RSA key of 1024 bits. Use one of 2048 or more."),
    ("key", "is no JWK. Write an object with kty, kid and the public key."),
    (None, "is no JWK."),
]


@pytest.mark.parametrize(("jwk", "said"), KEY_FAULTS)
def test_a_key_that_cannot_be_used_is_told_by_its_place(jwk: Any, said: str, tmp_path: Path) -> None:
    (fault,) = faults(of_one(tmp_path, jku=None, jwks={"keys": [KEY.jwk(kid="good"), jwk]}))

    assert fault.startswith(f"client 1, jwks.keys[1]: {said}")
    assert "c2VjcmV0" not in fault


def test_two_keys_of_one_name_are_both_named(tmp_path: Path) -> None:
    twice = {"keys": [KEY.jwk(kid="same"), signing_key("ES256").jwk(kid="same")]}

    assert [fault.partition(". ")[0] for fault in faults(of_one(tmp_path, jku=None, jwks=twice))] == [
        "client 1, jwks.keys[0]: has the `kid` of another key",
        "client 1, jwks.keys[1]: has the `kid` of another key",
    ]


def test_one_issuer_may_be_there_once(tmp_path: Path) -> None:
    path = written(tmp_path, f"- {{issuer: {ISSUER}, jku: {JKU}}}\n" * 2)

    assert faults(path) == ["client 2, issuer: is the issuer of another client. Make one entry of the two."]


@pytest.mark.parametrize(
    "text",
    ["", "clients:\n", "clients: []\n", "[]\n", "clients: {issuer: x}\n", "text\n", "clients: [a]\nmore: 1\n"],
)
def test_a_file_without_a_list_of_clients_is_shown_how_one_looks(text: str, tmp_path: Path) -> None:
    (fault,) = faults(written(tmp_path, text))

    assert fault.startswith("clients: is no list of clients. Write `clients:` and below it one `- {issuer: https://ehr")


def test_an_entry_that_is_no_mapping_is_shown_how_one_looks(tmp_path: Path) -> None:
    (fault,) = faults(written(tmp_path, "clients: [https://ehr.example.org]\n"))

    assert fault.startswith("client 1: is no client. A client has issuer, jku, jwks,")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clients:\n- issuer: a\n  issuer: b\n", "line 3: the key `issuer` is there twice."),
        ("clients:\n\t- issuer: a\n", "line 2: is not right:"),
        ("clients: &a\n- *a\n", "line 2: is not right:"),
        ("clients:\n- !!python/object:os.system {}\n", "line 2: is not right:"),
    ],
)
def test_what_is_no_plain_yaml_is_told_by_its_line(text: str, said: str, tmp_path: Path) -> None:
    (fault,) = faults(written(tmp_path, text))

    assert fault.startswith(said)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "none.yaml")

    assert fault.startswith("file: cannot be opened: No such file or directory.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory. Write a path as seen from the clients file."),
        (b"-----BEGIN PUBLIC KEY-----", "is no JSON object of at most 256 kB. Write the JWK Set itself"),
        (b"[]", "is no JSON object of at most 256 kB."),
        (b'{"keys": [], "keys": []}', "is no JSON object of at most 256 kB."),
        (b'{"keys": []}' + b" " * 262_144 + b"x", "is no JSON object"),
    ],
)
def test_a_file_of_keys_that_cannot_be_read_is_told(content: bytes | None, said: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    if content is not None:
        keys.write_bytes(content)

    (fault,) = faults(of_one(tmp_path, jku=None, jwks="keys.json"))

    assert fault.startswith(f"client 1, jwks: {keys} {said}")


def test_a_directory_is_no_file_of_keys(tmp_path: Path) -> None:
    (fault,) = faults(of_one(tmp_path, jku=None, jwks="."))

    assert "cannot be read: Is a directory." in fault


def test_a_private_key_in_a_file_of_keys_is_told_with_the_file(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [KEY.jwk(d="c2VjcmV0")]}), encoding="utf-8")

    (fault,) = faults(of_one(tmp_path, jku=None, jwks="keys.json"))

    assert fault.startswith(f"client 1, jwks ({keys}).keys[0]: {PRIVATE}")


def test_all_faults_are_told_in_one_run(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""
        clients:
          - {{issuer: {ISSUER}, jku: "http://ehr.example.org", tenant: 5, more: 1}}
          - {{issuer: a}}
          - {{issuer: b, jku: "http://ehr.example.org"}}
        """,
    )

    assert [fault.partition(": ")[0] for fault in faults(path)] == [
        "client 1, tenant",
        "client 1, more",
        "client 2, jku",
        "client 3, jku",
    ]
