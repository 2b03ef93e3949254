"""The power may go at any moment: nothing acknowledged is lost, nothing is billed twice, the energy is the meter's."""

import random

import pytest
from durability.disk import Create, Disk, Mark, Policy, Rename, Sync, SyncDirectory, Truncate, Unlink, Write, cuts
from durability.power_cuts import Recording, record, sample, try_cuts, try_second_cuts, what_is_wrong
from durability.visits import Outside

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SEED = 20261122
CUTS = 240


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record()


def test_after_a_cut_at_any_moment_each_visit_ends_in_one_bill_with_the_energy_of_the_meter(
    recording: Recording,
) -> None:
    outcome = try_cuts(recording, sample(recording, CUTS, SEED), SEED)

    assert outcome.cuts == CUTS
    assert not outcome.failures, "\n".join(map(str, outcome.failures))


def test_the_power_may_go_again_while_the_gateway_comes_back_from_a_cut(recording: Recording) -> None:
    outcome = try_second_cuts(recording, sample(recording, 2, SEED), 20, SEED)

    assert outcome.cuts > 0
    assert not outcome.failures, "\n".join(map(str, outcome.failures))


def test_the_recording_has_both_visits_and_hundreds_of_cut_points(recording: Recording) -> None:
    newest = [operation for operation in recording.operations if isinstance(operation, Mark)][-1]

    assert recording.cut_points > 500
    assert len(Outside.load(newest.content).shown_wh) == 2
    assert Outside.load(newest.content).acknowledged == recording.facts[-1].seq


def test_a_lost_fact_a_second_bill_and_a_wrong_energy_would_be_told(recording: Recording) -> None:
    *_, (_, disk, mark) = cuts(recording.operations)
    assert mark is not None
    image = disk.cut(Policy.ALL, random.Random(SEED))  # noqa: S311 - repeatable, not secret
    assert what_is_wrong(image, mark, recording.facts) is None

    outside = Outside.load(mark.content)
    outside.acknowledged += 1
    assert str(what_is_wrong(image, Mark(outside.dump()), recording.facts)).startswith("lost: ")

    outside = Outside.load(mark.content)
    outside.shown_wh[1] += 1
    assert str(what_is_wrong(image, Mark(outside.dump()), recording.facts)).startswith("energy: ")

    outside = Outside.load(mark.content)
    del outside.received[-1]
    assert str(what_is_wrong(image, Mark(outside.dump()), recording.facts)).startswith("lost or twice: ")

    emptied = {name: content for name, content in image.items() if not name.startswith("journal.sqlite")}
    assert str(what_is_wrong(emptied, mark, recording.facts)).startswith("lost: ")


def after(*operations: object) -> Disk:
    disk = Disk()
    for operation in operations:
        disk.take(operation)  # type: ignore[arg-type]
    return disk


DICE = random.Random(1)  # noqa: S311 - repeatable, not secret
BORN = (Create("a", 1), SyncDirectory())


def test_what_was_not_synced_may_vanish_or_be_there() -> None:
    disk = after(*BORN, Write(1, 0, b"old"), Sync(1), Write(1, 0, b"new"))

    assert disk.cut(Policy.NOTHING, DICE) == {"a": b"old"}
    assert disk.cut(Policy.ALL, DICE) == {"a": b"new"}


def test_the_last_write_may_be_torn_between_sectors_and_those_before_it_are_whole() -> None:
    disk = after(*BORN, Write(1, 0, b"x" * 100), Write(1, 500, b"y" * 1000))

    torn = {disk.cut(Policy.TORN, random.Random(seed))["a"] for seed in range(20)}  # noqa: S311 - repeatable, not secret

    assert torn == {b"x" * 100 + bytes(400) + b"y" * 12, b"x" * 100 + bytes(400) + b"y" * 524}


def test_any_sectors_may_have_reached_the_disk_in_any_order() -> None:
    disk = after(*BORN, Write(1, 0, b"x" * 512), Write(1, 512, b"y" * 512))

    kept = {disk.cut(Policy.SOME, random.Random(seed))["a"] for seed in range(40)}  # noqa: S311 - repeatable, not secret

    assert kept == {b"", b"x" * 512, bytes(512) + b"y" * 512, b"x" * 512 + b"y" * 512}


@pytest.mark.parametrize(
    ("change", "before", "afterwards"),
    [
        (Create("b", 2), {"a"}, {"a", "b"}),
        (Rename("a", "c"), {"a"}, {"c"}),
        (Unlink("a"), {"a"}, set()),
    ],
)
def test_a_name_counts_once_its_directory_was_synced(
    change: Create | Rename | Unlink, before: set[str], afterwards: set[str]
) -> None:
    assert set(after(*BORN, change).cut(Policy.NOTHING, DICE)) == before
    assert set(after(*BORN, change).cut(Policy.ALL, DICE)) == afterwards
    assert set(after(*BORN, change, SyncDirectory()).cut(Policy.NOTHING, DICE)) == afterwards


def test_a_file_made_shorter_is_as_long_as_before_until_it_is_synced() -> None:
    disk = after(*BORN, Write(1, 0, b"12345"), Sync(1), Truncate(1, 2))

    assert disk.cut(Policy.NOTHING, DICE) == {"a": b"12345"}
    assert disk.cut(Policy.ALL, DICE) == {"a": b"12"}


def test_marks_are_no_operations() -> None:
    assert [(number, mark) for number, _, mark in cuts([Create("a", 1), Mark(b"x"), SyncDirectory()])] == [
        (0, None),
        (1, None),
        (2, Mark(b"x")),
    ]
