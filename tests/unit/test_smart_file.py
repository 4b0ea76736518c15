"""The file of EHRs: what it says is taken as it stands, every fault is named, and no secret is ever quoted."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from kcds.auth.smart.ehrs import Ehr
from kcds.auth.smart.ehrs_file import load_ehrs
from kcds.auth.smart.scopes import wanted
from kcds.errors import SettingsError

GOOD = """
ehrs:
  - name: General Hospital
    iss: https://fhir.example.org/r4
    client_id: kcds
"""


def loaded(directory: Path, text: str) -> tuple[Ehr, ...]:
    file = directory / "ehrs.yaml"
    file.write_text(text, encoding="utf-8")
    return load_ehrs(file)


def faults(directory: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(directory, text)
    return str(caught.value)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None) -> bytes:
    sealed = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def test_an_entry_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted-secret\n", encoding="ascii")
    more = """    client_secret_file: secret
    token_endpoint_host: authorization.example.org
    scopes: launch patient/Patient.rs patient/Observation.rs
    cds_client: https://ehr.example.org
    standalone: true
"""

    (ehr,) = loaded(tmp_path, GOOD + more)

    assert ehr == Ehr(
        name="General Hospital",
        iss="https://fhir.example.org/r4",
        client_id="kcds",
        secret="planted-secret",  # noqa: S106 - of this test
        scopes=("patient/Patient.rs", "patient/Observation.rs"),
        cds_client="https://ehr.example.org",
        standalone=True,
        token_endpoint_host="authorization.example.org",  # noqa: S106 - a host
    )
    assert "planted" not in repr(ehr)
    assert wanted(ehr, standalone=True, version_2=True) == (
        "launch/patient",
        "patient/Patient.rs",
        "patient/Observation.rs",
    )


def test_a_fault_names_file_entry_key_and_remedy(tmp_path: Path) -> None:
    said = faults(tmp_path, GOOD.replace("iss: https:", "iss: http:"))

    assert said.startswith(f"{tmp_path}/ehrs.yaml: EHR 1, iss: must begin with https://")
    assert said.endswith("https://fhir.example.org/r4.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ehrs: is no list of EHRs"),
        ("ehrs: [", "ehrs.yaml"),
        ("ehrs: []", "ehrs: is no list of EHRs"),
        ("ehrs: {name: x}", "ehrs: is no list of EHRs"),
        ("ehrs: [x]", "EHR 1: is no EHR"),
        ("- {name: x}", "ehrs: is no list of EHRs"),
        (GOOD + "    secret: planted-secret", "EHR 1, secret: is no key of an EHR"),
        (GOOD.replace("    client_id: kcds\n", ""), "EHR 1, client_id: is missing"),
        (GOOD.replace("/r4", "/r4?x=planted"), "EHR 1, iss: must be a base URL"),
        (GOOD.replace("https://fhir", "https://user:planted@fhir"), "EHR 1, iss: must be a base URL"),
        (GOOD.replace("org/r4", "org:*/r4"), "EHR 1, iss: must have one port"),
        (GOOD.replace("/r4", "/r4 planted"), "EHR 1, iss: holds a space"),
        (GOOD + "    token_endpoint_host: https://x.org/token", "EHR 1, token_endpoint_host: is no host"),
        (GOOD + "    token_endpoint_host: x.org/token", "EHR 1, token_endpoint_host: is no host"),
        (GOOD + "    token_endpoint_host: '*'", "EHR 1, token_endpoint_host: is no host"),
        (GOOD + "    scopes: patient/*.rs offline_access", "EHR 1, scopes: asks for access that lasts"),
        (GOOD + "    scopes: launch openid", "EHR 1, scopes: asks for no data"),
        (GOOD + "    scopes: 'patient/*.rs  launch'", "EHR 1, scopes: holds a space"),
        (GOOD + "    standalone: perhaps", "EHR 1, standalone:"),
        (GOOD + "    client_secret_file: nowhere", "EHR 1, client_secret_file: "),
        (GOOD + "    private_key_file: nowhere", "EHR 1, private_key_file: "),
        (GOOD + "    client_secret_file: ehrs.yaml", "EHR 1, client_secret_file: holds no secret of one line"),
        (GOOD + "    private_key_file: ehrs.yaml", "EHR 1, private_key_file: holds no private key in PEM"),
        (GOOD + GOOD.removeprefix("\nehrs:\n"), "EHR 2, iss: is that of another EHR"),
        (GOOD + GOOD.removeprefix("\nehrs:\n"), "EHR 2, name: is that of another EHR"),
        (GOOD + GOOD.removeprefix("\nehrs:\n").replace("/r4", "/r4/"), "EHR 2, iss: is that of another EHR"),
    ],
)
def test_every_fault_is_named(tmp_path: Path, text: str, said: str) -> None:
    told = faults(tmp_path, text)

    assert said in told
    assert "planted" not in told


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("client_id: kcds", "standalone: 7") + "  - name: Other\n    iss: ftp://x.org\n    client_id: x\n"
    )

    told = faults(tmp_path, text).splitlines()

    assert [line.split(": ")[1] for line in told] == ["EHR 1, client_id", "EHR 1, standalone", "EHR 2, iss"]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(ec.generate_private_key(ec.SECP384R1()), "ES384"), (rsa.generate_private_key(65537, 2048), "RS384")],
    ids=["EC", "RSA"],
)
def test_a_private_key_says_how_it_signs(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, algorithm: str
) -> None:
    (tmp_path / "key.pem").write_bytes(pem(key))

    (ehr,) = loaded(tmp_path, GOOD + "    private_key_file: key.pem")

    assert ehr.key is not None
    assert ehr.key.algorithm == ehr.key.public["alg"] == algorithm
    assert not {"d", "p", "q"} & ehr.key.public.keys()
    assert "PRIVATE" not in repr(ehr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pem(ec.generate_private_key(ec.SECP256R1())), "is neither EC P-384 nor RSA of 2048 bits or more"),
        (pem(rsa.generate_private_key(65537, 1024)), "is neither EC P-384 nor RSA of 2048 bits or more"),  # noqa: S505 - to be refused
        (pem(ec.generate_private_key(ec.SECP384R1()), b"planted"), "is a key with a password"),
        (b"planted", "holds no private key in PEM"),
        (b"x" * 20_000, "is larger than 16 kB"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "key.pem").write_bytes(content)

    told = faults(tmp_path, GOOD + "    private_key_file: key.pem")

    assert f"EHR 1, private_key_file: {said}" in told or said in told
    assert "planted" not in told


def test_one_way_of_showing_who_we_are_is_enough(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted-secret", encoding="ascii")
    (tmp_path / "key.pem").write_bytes(pem(ec.generate_private_key(ec.SECP384R1())))

    told = faults(tmp_path, GOOD + "    client_secret_file: secret\n    private_key_file: key.pem")

    assert "EHR 1, client_secret_file: and `private_key_file` are both there" in told


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", "gehäuse".encode()])
def test_a_secret_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)

    told = faults(tmp_path, GOOD + "    client_secret_file: secret")

    assert "EHR 1, client_secret_file: holds no secret of one line" in told
