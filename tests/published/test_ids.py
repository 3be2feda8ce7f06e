"""A set of identifiers, packed."""

import random

import pytest

from incidents.models.identifiers import new_id
from incidents.published.ids import Ids


def test_it_is_what_a_set_would_be() -> None:
    dice = random.Random(1)
    some = [new_id() for _ in range(50)]
    packed, plain = Ids(some[:20]), set(some[:20])
    for _ in range(500):
        one = dice.choice(some)
        for change in dice.choice([(packed.add, plain.add), (packed.discard, plain.discard)]):
            change(one)
        assert list(packed) == sorted(plain)
        assert [id in packed for id in some] == [id in plain for id in some]


@pytest.mark.parametrize("other", [None, "", "a", "a" * 11, "a" * 13, "b" * 12])
def test_nothing_else_is_in_it(other: object) -> None:
    assert other not in Ids(["a" * 12])
    assert other not in Ids()


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [("ab", "ab", ""), ("ab", "abc", ""), ("ab", "ac", "b"), ("a", "", "a"), ("", "", "")],
)
def test_it_tells_which_are_gone(before: str, after: str, lost: str) -> None:
    earlier, later = (Ids(letter * 12 for letter in letters) for letters in (before, after))
    assert earlier.lost_in(later) == {letter * 12 for letter in lost}
