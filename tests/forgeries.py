"""Forged, stolen and broken tokens by name, each one change away from a valid one, and the reason of its refusal."""

import base64
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from client_tokens import (
    ABSENT,
    DISCOVERY,
    FEEDBACK,
    HOOK,
    ISSUER,
    NOW,
    PUBLIC_URL,
    Door,
    SigningKey,
    claims,
    compact,
    door,
    encoded,
    header,
    hmac_signer,
    jwk_set,
    registered,
    signing_key,
    token,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kcds.auth.clients_file import Registration
from kcds.auth.identity import Client
from kcds.outbound.deadline import Deadline

KEY = signing_key("ES384")
SHORT_KEY = signing_key("ES256")
RSA_KEY = signing_key("RS384")
ATTACKER = signing_key("ES384", "key-of-the-attacker")
OTHER_ISSUER, OTHER_KEY = "https://other.example.org", signing_key("ES384", "key-of-the-other")
MANY_ISSUER = "https://many.example.org"  # one of several tenants
FETCHED_ISSUER, JKU = "https://fetched.example.org", "https://fetched.example.org/jwks.json"
WEAK_KEY = signing_key("RS384", "weak", 1024)
REGISTERED = (ISSUER, OTHER_ISSUER, MANY_ISSUER, FETCHED_ISSUER)


Forge: TypeAlias = Callable[[str], str]
"""Makes a token for a path; the path is right unless that is the forgery."""


def guarded() -> Door:
    """The service and its four clients; one of them publishes its keys, a weak and a symmetric one among them."""

    def fetch(address: str, _deadline: Deadline) -> bytes:
        assert address == JKU
        secret = {"kty": "oct", "kid": "symmetric", "k": encoded(b"0" * 48), "alg": "HS384"}
        published = jwk_set(KEY, WEAK_KEY)
        return json.dumps({"keys": [*published["keys"], secret]}).encode()

    return door(
        registered(KEY, SHORT_KEY, RSA_KEY),
        registered(OTHER_KEY, issuer=OTHER_ISSUER),
        registered(KEY, issuer=MANY_ISSUER, tenant="hospital-a"),
        Registration(client=Client(issuer=FETCHED_ISSUER), jku=JKU),
        fetch=fetch,
    )


def with_header(key: SigningKey = KEY, sign: Callable[[bytes], bytes] | None = None, **changes: Any) -> Forge:
    return lambda path: compact(header(key, **changes), claims(path), sign or key.sign)


def with_claims(key: SigningKey = KEY, **changes: Any) -> Forge:
    return lambda path: token(path, key, **changes)


def with_text(change: Callable[[str], str]) -> Forge:
    return lambda path: change(token(path, KEY))


def with_json(head: Callable[[str], str] = str, payload: Callable[[str], str] = str) -> Forge:
    """A token whose JSON is changed as text before it is signed."""
    return lambda path: compact(
        head(json.dumps(header(KEY))).encode(), payload(json.dumps(claims(path))).encode(), KEY.sign
    )


def number(name: str, text: str) -> Forge:
    """A claim whose number is written in this way."""
    return with_json(payload=lambda body: body.replace(f'"{name}": {json.loads(body)[name]}', f'"{name}": {text}'))


def public_forms(key: SigningKey) -> dict[str, bytes]:
    """What of a public key could be taken for a secret."""
    public = key.private.public_key()
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = public.public_bytes(serialization.Encoding.PEM, info)
    der: bytes = public.public_bytes(serialization.Encoding.DER, info)
    return {
        "PEM": pem,
        "PEM without its last line end": pem.rstrip(),
        "DER": der,
        "JWK": json.dumps(key.jwk()).encode(),
        "nothing": b"",
    }


def as_der(signature: bytes) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))


def other_payload(text: str) -> str:
    head, payload, signature = text.split(".")
    body = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"exp": NOW + 600}
    return f"{head}.{encoded(body)}.{signature}"


def json_serialised(text: str) -> str:
    head, payload, signature = text.split(".")
    return json.dumps({"payload": payload, "protected": head, "signature": signature})


FORGERIES: dict[str, tuple[Forge, str]] = {
    **{
        f"algorithm {name!r}, {signed}": (with_header(alg=name, sign=sign), reason)
        for name in ("none", "None", "NONE", "nOnE", "", None, 0, [], ["ES384"], "HS256 ", "es384", "ES256K", "ES521")
        for signed, sign, reason in (("not signed", lambda _: b"", "malformed"), ("signed", KEY.sign, "algorithm"))
    },
    **{
        f"{alg} with the public {kind} key as {form}": (
            with_header(key, hmac_signer(alg, secret), alg=alg),
            "algorithm",
        )
        for alg in ("HS256", "HS384", "HS512")
        for kind, key in {"EC": KEY, "RSA": RSA_KEY}.items()
        for form, secret in public_forms(key).items()
    },
    "HS384 with a symmetric key that the client published": (
        lambda path: compact(
            {"alg": "HS384", "typ": "JWT", "kid": "symmetric"},
            claims(path, iss=FETCHED_ISSUER),
            hmac_signer("HS384", b"0" * 48),
        ),
        "algorithm",
    ),
    "no algorithm": (with_header(alg=ABSENT), "algorithm"),
    "an elliptic key with the header of another curve": (with_header(SHORT_KEY, alg="ES384"), "algorithm"),
    "an RSA key with another hash than its own": (
        with_header(RSA_KEY, signing_key("RS256").sign, alg="RS256"),
        "algorithm",
    ),
    "an RSA key with another padding than its own": (
        with_header(RSA_KEY, signing_key("PS384").sign, alg="PS384"),
        "algorithm",
    ),
    "an elliptic key with the header of RSA": (with_header(KEY, alg="RS384"), "algorithm"),
    "an EdDSA header with an elliptic key": (with_header(KEY, alg="EdDSA"), "algorithm"),
    "a kid that nobody has": (with_header(kid="nobody"), "unknown-key"),
    "the kid of another key of the client": (with_header(kid=SHORT_KEY.kid, alg="ES256"), "signature"),
    "the kid of another client's key": (with_header(OTHER_KEY), "unknown-key"),
    "a kid that is a path": (with_header(kid="../../../../dev/null"), "unknown-key"),
    "a kid that is SQL": (with_header(kid="x' UNION SELECT 'secret"), "unknown-key"),
    "no kid": (with_header(kid=ABSENT), "header"),
    "an empty kid": (with_header(kid=""), "header"),
    "a kid that is no text": (with_header(kid=7), "header"),
    "a kid that is a list": (with_header(kid=[KEY.kid]), "header"),
    "signed by the attacker under the name of the client's key": (with_header(sign=ATTACKER.sign), "signature"),
    "another issuer's key, named as the client's": (with_header(sign=OTHER_KEY.sign), "signature"),
    "another issuer's name with the client's key": (with_claims(iss=OTHER_ISSUER), "unknown-key"),
    "an issuer that nobody registered": (with_claims(iss="https://attacker.example.org"), "issuer"),
    "an issuer with a slash more": (with_claims(iss=f"{ISSUER}/"), "issuer"),
    "an issuer in capitals": (with_claims(iss=ISSUER.upper()), "issuer"),
    "the issuer of calls without authentication": (with_claims(iss="local"), "issuer"),
    "no issuer": (with_claims(iss=ABSENT), "claims"),
    "an empty issuer": (with_claims(iss=""), "issuer"),
    "a list as issuer": (with_claims(iss=[ISSUER]), "claims"),
    "an object as issuer": (with_claims(iss={"name": ISSUER}), "claims"),
    "null as issuer": (with_claims(iss=None), "claims"),
    "no audience": (with_claims(aud=ABSENT), "claims"),
    "null as audience": (with_claims(aud=None), "claims"),
    "an empty audience": (with_claims(aud=""), "audience"),
    "an audience elsewhere": (with_claims(aud="https://attacker.example.org/cds-services"), "audience"),
    "the public URL alone as audience": (with_claims(aud=PUBLIC_URL), "audience"),
    "an audience that only begins as ours": (lambda path: token(path, KEY, aud=f"{PUBLIC_URL}{path}x"), "audience"),
    "an audience with a query": (lambda path: token(path, KEY, aud=f"{PUBLIC_URL}{path}?x=1"), "audience"),
    "an audience over http": (lambda path: token(path, KEY, aud=f"http{PUBLIC_URL[5:]}{path}"), "audience"),
    "the path alone as audience": (lambda path: token(path, KEY, aud=path), "audience"),
    "the audience of another service": (with_claims(aud=f"{PUBLIC_URL}/cds-services/ketamine-order-sign"), "audience"),
    "an audience of another endpoint": (
        lambda path: token(path, KEY, aud=PUBLIC_URL + {DISCOVERY: HOOK, HOOK: FEEDBACK, FEEDBACK: HOOK}[path]),
        "audience",
    ),
    "the audience of discovery on a service, and the other way round": (
        lambda path: token(path, KEY, aud=PUBLIC_URL + (HOOK if path == DISCOVERY else DISCOVERY)),
        "audience",
    ),
    "an array of audiences without ours": (with_claims(aud=["https://a.example.org", "b"]), "audience"),
    "an empty array of audiences": (with_claims(aud=[]), "audience"),
    "an array with something else than texts": (lambda path: token(path, KEY, aud=[PUBLIC_URL + path, 7]), "claims"),
    "an object as audience": (lambda path: token(path, KEY, aud={PUBLIC_URL + path: True}), "claims"),
    "no end": (with_claims(exp=ABSENT), "claims"),
    "null as end": (with_claims(exp=None), "claims"),
    "an end in quotes": (with_claims(exp=str(NOW + 300)), "claims"),
    "an end that is true": (with_claims(exp=True), "claims"),
    "an end in a list": (with_claims(exp=[NOW + 300]), "claims"),
    "a negative end": (with_claims(exp=-1), "claims"),
    "NaN as end": (number("exp", "NaN"), "malformed"),
    "Infinity as end": (number("exp", "Infinity"), "malformed"),
    "an end too large for any float": (number("exp", "1e999"), "claims"),
    "an end of 400 digits": (number("exp", "9" * 400), "claims"),
    "an end of 5,000 digits": (number("exp", "9" * 5000), "malformed"),
    "an end beyond all calendars": (number("exp", "1e18"), "claims"),
    "expired": (with_claims(iat=NOW - 400, exp=NOW - 61), "expired"),
    "expired an hour ago": (with_claims(iat=NOW - 3900, exp=NOW - 3600), "expired"),
    "expired at the end of the leeway": (with_claims(iat=NOW - 400, exp=NOW - 60), "expired"),
    "a life of more than an hour": (with_claims(exp=NOW + 3601), "lifetime"),
    "a life of a year": (with_claims(exp=NOW + 31_536_000), "lifetime"),
    "an end before the beginning": (with_claims(iat=NOW + 30, exp=NOW + 20), "lifetime"),
    "no time of issue": (with_claims(iat=ABSENT), "claims"),
    "issued in the future": (with_claims(iat=NOW + 61), "not-yet-valid"),
    "a time of issue that is no number": (with_claims(iat="now"), "claims"),
    "a time of issue that is false": (with_claims(iat=False), "claims"),
    "not before the future": (with_claims(nbf=NOW + 61), "not-yet-valid"),
    "not before something that is no time": (with_claims(nbf="later"), "claims"),
    "not before null": (with_claims(nbf=None), "claims"),
    "no id": (with_claims(jti=ABSENT), "claims"),
    "an empty id": (with_claims(jti=""), "claims"),
    "an id too long": (with_claims(jti="x" * 257), "claims"),
    "an id that is a number": (with_claims(jti=7), "claims"),
    "an id with NUL": (with_claims(jti="a\0b"), "claims"),
    "an id with half a character": (with_claims(jti="\ud800"), "claims"),
    "no tenant": (with_claims(iss=MANY_ISSUER), "tenant"),
    "another tenant": (with_claims(iss=MANY_ISSUER, tenant="hospital-b"), "tenant"),
    "a list of tenants": (with_claims(iss=MANY_ISSUER, tenant=["hospital-a"]), "claims"),
    "a tenant that is null": (with_claims(iss=MANY_ISSUER, tenant=None), "tenant"),
    "a tenant that is a number, where none is registered": (with_claims(tenant=7), "claims"),
    "a jku to another place": (
        lambda path: compact(
            header(ATTACKER, jku="https://attacker.example.org/jwks.json"),
            claims(path, iss=FETCHED_ISSUER),
            ATTACKER.sign,
        ),
        "key-address",
    ),
    "a jku to another place, signed rightly": (
        lambda path: compact(header(KEY, jku=f"{JKU}?x"), claims(path, iss=FETCHED_ISSUER), KEY.sign),
        "key-address",
    ),
    "a jku that is null": (
        lambda path: compact(header(KEY, jku=None), claims(path, iss=FETCHED_ISSUER), KEY.sign),
        "key-address",
    ),
    "a jku for a client whose keys are in the file": (
        with_header(ATTACKER, jku="https://attacker.example.org/jwks.json"),
        "unknown-key",
    ),
    "an embedded jwk": (with_header(ATTACKER, jwk=ATTACKER.jwk()), "unknown-key"),
    "an embedded jwk under the name of the client's key": (
        with_header(KEY, ATTACKER.sign, jwk=ATTACKER.jwk(kid=KEY.kid)),
        "signature",
    ),
    "an x5u": (with_header(ATTACKER, x5u="https://attacker.example.org/chain.pem"), "unknown-key"),
    "an x5c": (
        with_header(KEY, ATTACKER.sign, x5c=[base64.b64encode(public_forms(ATTACKER)["DER"]).decode()]),
        "signature",
    ),
    "a weak RSA key that the client published": (
        lambda path: token(path, WEAK_KEY, iss=FETCHED_ISSUER),
        "unknown-key",
    ),
    "crit": (with_header(crit=["exp"], exp=NOW + 300), "header"),
    "an empty crit": (with_header(crit=[]), "header"),
    "crit with b64": (with_header(crit=["b64"], b64=True), "header"),
    "b64 false": (with_header(b64=False), "header"),
    "b64 false, in crit, with a payload as it is": (
        lambda path: compact(header(KEY, b64=False, crit=["b64"]), claims(path), KEY.sign),
        "header",
    ),
    "no typ": (with_header(typ=ABSENT), "header"),
    "another typ": (with_header(typ="at+jwt"), "header"),
    "a typ that is null": (with_header(typ=None), "header"),
    "a typ that is a list": (with_header(typ=["JWT"]), "header"),
    "a JWT in a JWT": (
        lambda path: compact(header(KEY, cty="JWT"), token(path, KEY).encode(), KEY.sign),
        "malformed",
    ),
    "an encrypted JWT": (lambda path: f"{token(path, KEY)}.e30.e30", "malformed"),
    "a signature cut short": (with_text(lambda text: text[:-4]), "signature"),
    "half a signature": (with_text(lambda text: text[:-64]), "signature"),
    "a signature too long": (with_text(lambda text: f"{text}AAAA"), "signature"),
    "a signature of zeros": (with_header(sign=lambda _: bytes(96)), "signature"),
    "a signature in DER": (with_header(sign=lambda signed: as_der(KEY.sign(signed))), "signature"),
    "an empty signature": (with_text(lambda text: text.rpartition(".")[0] + "."), "malformed"),
    "no signature": (with_text(lambda text: text.rpartition(".")[0]), "malformed"),
    "a signature of another token": (
        with_text(lambda text: text.rpartition(".")[0] + "." + token(HOOK, KEY).rpartition(".")[2]),
        "signature",
    ),
    "a changed payload": (with_text(other_payload), "signature"),
    "a changed header": (
        with_text(lambda text: f"{encoded(header(KEY, extra=1))}.{text.partition('.')[2]}"),
        "signature",
    ),
    "JSON instead of the compact form": (with_text(json_serialised), "malformed"),
    "padding": (with_text(lambda text: f"{text}="), "malformed"),
    "the other alphabet": (with_text(lambda text: f"{text[:-2]}+/"), "malformed"),
    "a segment of impossible length": (with_text(lambda text: f"A{text}"), "malformed"),
    "a space in the token": (with_text(lambda text: f"{text[:40]} {text[40:]}"), "malformed"),
    "a space after the token": (with_text(lambda text: f"{text} "), "malformed"),
    "a tab before the token": (with_text(lambda text: f"\t{text}"), "malformed"),
    "letters of no alphabet of a token": (with_text(lambda text: f"{text}é"), "malformed"),
    "digits of another script": (with_text(lambda text: text[:-1] + "\u0663".encode().decode("latin-1")), "malformed"),
    "quotes around the token": (with_text(lambda text: f'"{text}"'), "malformed"),
    "two tokens, joined": (with_text(lambda text: f"{text}, Bearer {text}"), "malformed"),
    "a token of a megabyte": (with_text(lambda text: text + "A" * 1_048_576), "malformed"),
    "a token just too long": (lambda path: token(path, KEY, more="x" * 6000), "malformed"),
    "an issuer twice in the payload": (
        with_json(payload=lambda body: body[:-1] + f', "iss": {json.dumps(ISSUER)}}}'),
        "malformed",
    ),
    "another issuer before the issuer": (
        with_json(payload=lambda body: '{"iss": "https://attacker.example.org", ' + body[1:]),
        "malformed",
    ),
    "an algorithm twice in the header": (with_json(head=lambda text: '{"alg": "none", ' + text[1:]), "malformed"),
    "a member twice somewhere inside": (
        with_json(payload=lambda body: body[:-1] + ', "act": {"sub": 1, "sub": 2}}'),
        "malformed",
    ),
    "a header that is a list": (with_json(head=lambda text: f"[{text}]"), "malformed"),
    "a payload that is a list": (with_json(payload=lambda text: f"[{text}]"), "malformed"),
    "a payload that is text": (with_json(payload=json.dumps), "malformed"),
    "a payload that is null": (with_json(payload=lambda _: "null"), "malformed"),
    "a payload that is no JSON": (with_json(payload=lambda _: "{"), "malformed"),
    "a payload with more behind it": (with_json(payload=lambda text: text + "{}"), "malformed"),
    "a payload nested a thousand deep": (
        with_json(payload=lambda text: text[:-1] + ', "deep": ' + "[" * 1500 + "]" * 1500 + "}"),
        "malformed",
    ),
    "a payload nested deeper than any real one": (
        with_json(payload=lambda text: text[:-1] + ', "deep": ' + '[{"a": ' * 16 + "1" + "}]" * 16 + "}"),
        "malformed",
    ),
    "a payload in UTF-16": (
        lambda path: compact(header(KEY), json.dumps(claims(path)).encode("utf-16"), KEY.sign),
        "malformed",
    ),
    "a payload with a byte order mark": (with_json(payload=lambda text: f"\ufeff{text}"), "malformed"),
    "a payload that is not UTF-8": (lambda _: compact(header(KEY), b'{"iss": "\xff"}', KEY.sign), "malformed"),
    "nothing at all": (lambda _: "", "malformed"),
    "dots": (lambda _: "..", "malformed"),
}
