from __future__ import annotations

from collections.abc import Iterator

from copytaster.model.batches import batched


def test_batches_keep_the_order_and_the_last_one_has_the_rest() -> None:
    assert list(batched("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]


def test_nothing_gives_no_batch() -> None:
    assert list(batched([], 2)) == []


def test_items_are_read_when_their_batch_is_requested() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10):
            read.append(number)
            yield number

    assert next(batched(numbers(), 3)) == [0, 1, 2]
    assert read == [0, 1, 2]
