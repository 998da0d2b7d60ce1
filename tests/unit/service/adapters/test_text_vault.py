"""A text opens with its key, in its place, unchanged; otherwise it says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.key_ring import KeyRing
from service.adapters.sealing import SealBroken
from service.adapters.text_vault import TextVault
from service.domain.privacy.text_seal import OpenSeal

PLACE = "transcript\0vis_1\0v1\0document"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", b"k" * 32)


@pytest.fixture
def vault(ring: KeyRing) -> TextVault:
    return TextVault(ring)


def close(vault: TextVault, text: str, *, tenant: str = "t", place: str = PLACE) -> str:
    return vault.close(tenant, vault.newest(tenant), text.encode(), place)


@given(st.text(max_size=2_000))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_and_is_not_to_be_seen(vault: TextVault, text: str) -> None:
    token = close(vault, text)
    assert vault.open("t", token, PLACE).decode() == text
    assert token.isascii()
    assert len(text) < 8 or text not in token


def test_the_same_text_twice_is_two_tokens(vault: TextVault) -> None:
    assert close(vault, "太贵了") != close(vault, "太贵了")


@pytest.mark.parametrize(
    ("tenant", "place"),
    [("other", PLACE), ("t", PLACE.replace("v1", "v2")), ("t", "analysis\0vis_1\0v1\0document"), ("t", "")],
    ids=["another tenant", "another version", "another table", "nowhere"],
)
def test_elsewhere_it_does_not_open(vault: TextVault, tenant: str, place: str) -> None:
    token = close(vault, "太贵了")
    close(vault, "别家的", tenant="other")
    with pytest.raises(SealBroken):
        vault.open(tenant, token, place)


BROKEN = ["", "nonsense", "fcs1:x", "fcs9:{key}:AAAA", "fcs1:{key}:", "fcs1:{key}:ä", "fcs1:{key}:A", "fcs1:gone:AAAA",
          "fcs1:{key}:" + "A" * 80, "fcs1:{key}:AAAA:more"]  # fmt: skip


@pytest.mark.parametrize("token", BROKEN)
def test_what_is_no_token_of_ours_is_named_as_broken(vault: TextVault, ring: KeyRing, token: str) -> None:
    with pytest.raises(SealBroken):
        vault.open("t", token.replace("{key}", ring.newest("t")), PLACE)


@pytest.mark.parametrize("at", [20, 40, -2])
def test_one_changed_character_does_not_open(vault: TextVault, at: int) -> None:
    token = close(vault, "太贵了，能不能再便宜一点")
    other = "B" if token[at] != "B" else "C"
    changed = token[:at] + other + token[at:][1:]
    with pytest.raises(SealBroken):
        vault.open("t", changed, PLACE)


def test_older_keys_open_until_they_are_destroyed_even_by_another_process(vault: TextVault, ring: KeyRing) -> None:
    token = close(vault, "太贵了")
    ring.rotate("t")
    assert vault.open("t", token, PLACE).decode() == "太贵了"
    KeyRing(ring._directory, b"k" * 32).forget("t", but_newest=True)
    with pytest.raises(SealBroken, match="key of a stored text is gone"):
        vault.open("t", token, PLACE)


def test_another_installations_key_opens_nothing(ring: KeyRing, vault: TextVault) -> None:
    token = close(vault, "太贵了")
    with pytest.raises(SealBroken, match="installation's key does not fit"):
        TextVault(KeyRing(ring._directory, b"x" * 32)).open("t", token, PLACE)


def test_a_seal_that_closes_nothing_has_no_key(vault: TextVault, ring: KeyRing) -> None:
    assert OpenSeal().newest("t") == TextVault(ring, seal=False).newest("t") == ""
    with pytest.raises(NotImplementedError):
        OpenSeal().close("t", "", b"", PLACE)
    with pytest.raises(NotImplementedError):
        OpenSeal().open("t", "", PLACE)
