"""Where a listed name may lead: what DNS says is checked, address by address."""

import pytest

from kcds.errors import OutboundError
from kcds.outbound.addresses import addresses_of, checked, is_allowed


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("8.8.8.8", "public"),
        ("2001:4860:4860::8888", "public"),
        ("10.1.2.3", "private, and the operator listed the name"),
        ("172.31.0.1", "private"),
        ("192.168.7.7", "private"),
        ("fd12:3456::1", "private"),
        ("64:ff9b::808:808", "public, through NAT64"),
    ],
)
def test_a_name_may_lead_to_public_and_private_addresses(address: str, why: str) -> None:
    assert why
    assert is_allowed(address, "fhir.example.org")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback inside IPv6"),
        ("::ffff:169.254.169.254", "metadata inside IPv6"),
        ("64:ff9b::7f00:1", "loopback through NAT64"),
        ("2002:7f00:1::", "loopback through 6to4"),
        ("169.254.169.254", "metadata of most clouds"),
        ("fd00:ec2::254", "metadata of one cloud"),
        ("100.100.100.200", "metadata of one cloud"),
        ("168.63.129.16", "metadata of one cloud"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local, with a zone"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 - refused
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "reserved"),
        ("100.64.0.1", "shared by carriers"),
        ("192.0.2.1", "documentation"),
        ("fhir.example.org", "no address"),
        ("", "nothing"),
    ],
)
@pytest.mark.checklist("FHIR-8")
def test_a_name_may_not_lead_to(address: str, why: str) -> None:
    assert why
    assert not is_allowed(address, "fhir.example.org")


@pytest.mark.parametrize(("host", "address"), [("localhost", "127.0.0.1"), ("localhost", "::1"), ("::1", "::1")])
def test_this_machine_may_be_listed_by_its_own_name(host: str, address: str) -> None:
    assert is_allowed(address, host)


def test_link_local_is_refused_even_where_it_is_listed() -> None:
    assert not is_allowed("169.254.169.254", "169.254.169.254")


@pytest.mark.checklist("FHIR-8")
def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    with pytest.raises(OutboundError) as caught:
        checked(["10.0.0.1", "127.0.0.1"], "fhir.example.org")

    assert caught.value.kind == "address"


def test_a_name_without_addresses_is_refused() -> None:
    with pytest.raises(OutboundError):
        checked([], "fhir.example.org")


def test_a_name_with_very_many_addresses_is_tried_at_few() -> None:
    assert len(checked([f"10.0.0.{last}" for last in range(1, 200)], "fhir.example.org")) == 4


def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in addresses_of("127.0.0.1")
