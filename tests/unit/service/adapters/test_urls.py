"""Rows 65 to 70 of the bad-input table: what a caller's URL may lead to."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.addresses import why_forbidden
from service.adapters.urls import UrlRules
from service.domain.errors import Invalid, Transient

PUBLIC = "93.184.215.14"


def rules(*addresses: str, allowed: tuple[str, ...] = ()) -> UrlRules:
    return UrlRules(allowed_hosts=allowed, resolve=lambda host, port: list(addresses or (PUBLIC,)))


FORBIDDEN_URLS = [
    "http://crm.example/hook",
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://api.localhost./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://10.0.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://0.0.0.0/",
    "https://[2001:db8::1]/",
    "file:///etc/passwd",
    "gopher://crm.example/",
    "ftp://crm.example/a.wav",
    "//crm.example/",
    "crm.example/hook",
    "https://",
    "https:///path",
    "https://good\\@evil.example/",
    "https://user:pw@crm.example/",
    "https://user@crm.example/",
    "https://@crm.example/",
    "https://crm.example:0/",
    "https://crm.example:22/",
    "https://crm.example:6379/",
    "https://crm.example:99999/",
    "https://crm.example:port/",
    "https://crm .example/",
    "https://crm\t.example/",
    "https://crm.example/\r\nx: y",
    "https://crm..example/",
    "https://-crm.example/",
    "https://[::1/",
    "https://crm.example/" + "a" * 2048,
    "https://" + "a" * 64 + ".example/",
]


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_a_forbidden_url_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules().check(url)

    assert refused.value.code == "url_forbidden"


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example/hook?a=1&b=%E4%BD%A0",
        "https://crm.example:8443/",
        "https://CRM.example./hook",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "https://[64:ff9b::808:808]/",
        "https://[2002:808:808::1]/",
        "https://xn--fsqu00a.example/",
        "https://localhost.example/",
        "https://172.32.0.1/",
    ],
)
def test_a_public_address_may_be_used(url: str) -> None:
    rules().check(url)


def test_a_host_in_other_letters_is_shown_in_punycode() -> None:
    with pytest.raises(Invalid, match="xn--fsqu00a"):
        rules().check("https://例子.example/")


@pytest.mark.parametrize("private", ["10.1.2.3", "::1", "::ffff:192.168.0.1", "64:ff9b::a00:1"])
def test_one_private_address_among_public_ones_refuses_the_host(private: str) -> None:
    with pytest.raises(Invalid):
        rules(PUBLIC, private).check("https://crm.example/")
    with pytest.raises(Invalid):
        rules(PUBLIC, private).addresses("crm.example", 443)


def test_a_name_that_turns_private_after_it_was_checked_is_refused_when_connecting() -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]
    rebinding = UrlRules(resolve=lambda host, port: answers.pop(0))
    rebinding.check("https://crm.example/")

    with pytest.raises(Invalid):
        rebinding.addresses("crm.example", 443)


def test_a_name_that_does_not_resolve_may_be_given_but_not_connected_to() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    silent = UrlRules(resolve=nowhere)
    silent.check("https://crm.example/")

    with pytest.raises(Transient) as failed:
        silent.addresses("crm.example", 443)
    assert failed.value.code == "dns_failed"


def test_what_the_operator_vouches_for_may_be_http_and_private() -> None:
    vouched = rules("127.0.0.1", allowed=("127.0.0.1:9000", "crm.intranet:8080"))

    vouched.check("http://127.0.0.1:9000/hook")
    vouched.check("http://crm.intranet:8080/hook")
    vouched.check("https://crm.intranet:8080/hook")
    assert vouched.addresses("127.0.0.1", 9000) == ["127.0.0.1"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "http://127.0.0.1/"])
def test_vouching_for_one_host_and_port_opens_no_other(url: str) -> None:
    with pytest.raises(Invalid):
        rules("127.0.0.1", allowed=("127.0.0.1:9000",)).check(url)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_a_private_address_stays_forbidden_in_every_disguise(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    high, low = number >> 16, number & 0xFFFF
    disguises = [
        f"::ffff:{high:x}:{low:x}",
        f"64:ff9b::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"::{high:x}:{low:x}",
    ]

    assert all(why_forbidden(disguise) for disguise in (str(address), *disguises))


@given(st.text(max_size=60))
def test_no_text_makes_the_check_fail_in_another_way(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/x"):
        with suppress(Invalid):
            rules().check(url)


@pytest.mark.parametrize(
    ("url", "vouched"),
    [("http://127.0.0.1:9000/a", True), ("http://127.0.0.1:9000", True), ("https://crm.example/", False),
     ("https://127.0.0.1:9001/", False)],
)  # fmt: skip
def test_an_operator_vouches_for_a_host_and_port_and_for_nothing_beside_it(url: str, vouched: bool) -> None:
    rules = UrlRules(allowed_hosts=["127.0.0.1:9000"], resolve=lambda host, port: ["93.184.216.34"])
    try:
        assert rules.vouched_for(url) is vouched
    except Invalid:
        assert not vouched
