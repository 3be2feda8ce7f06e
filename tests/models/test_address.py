import pytest
from django.test import override_settings

from incidents.models.address import check_address, fold, pseudonym


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "  ann@example.com ",
        "Ann.Bee+status@Mail.Example.co.uk",
        "o'hara@example.org",
        "ann@bücher.example",
    ],
)
def test_one_address_is_good(address: str) -> None:
    assert not check_address("email", address).found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "a@b.co, e@v.il",
        "a@b.co;e@v.il",
        "a@b.co\r\nBcc: e@v.il",
        "a@b.co\nBcc:x",
        "a@b.co%0aBcc:x@y.z",
        "a@b.co\u2028Bcc: e@v.il",
        "Ann <ann@example.com>",
        '"a, b"@example.com',
        "ann@[127.0.0.1]",
        "ann@localhost",
        "ann@exam\x00ple.com",
        "ann\ud800@example.com",
        "ann\u202e@example.com",
        "é@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b.' * 124}example.com",
        "a" * 100_000,
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    assert [error.field for error in check_address("email", address).found] == ["email"]


@pytest.mark.parametrize("other", ["ANN@EXAMPLE.COM", " ann@Example.com", "ann@example.com"])
def test_letter_case_makes_no_other_address(other: str) -> None:
    assert fold(other) == "ann@example.com"


def test_a_domain_is_the_same_in_both_its_forms() -> None:
    assert fold("ann@BÜCHER.example") == fold("ann@xn--bcher-kva.example")


def test_a_pseudonym_is_the_same_for_every_spelling_and_needs_the_secret() -> None:
    assert pseudonym("Ann@Example.com") == pseudonym("ann@example.com") != pseudonym("bob@example.com")
    with override_settings(SECRET_KEY="another key that nobody else knows"):
        other = pseudonym("ann@example.com")
    assert other != pseudonym("ann@example.com")
