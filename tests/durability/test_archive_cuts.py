"""The power may go at any moment while old sessions move to the archive: no fact is lost, none is there twice."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from durability.disk import Image, Policy, cuts
from durability.mounted import recording_disk
from durability.power_cuts import MEMORY
from journal.test_journal_archive import grown_old, keep_up, visits
from scenarios.box import running_box

from gateway.core.facts import Fact
from gateway.journal.journal import open_journal
from gateway.journal.reader import open_reader
from gateway.journal.replay import replay
from gateway.journal.verify import verify
from gateway.projection import project

SEED = 20261128
CUTS = 60


@pytest.mark.slow
async def test_a_cut_at_any_moment_of_archiving_leaves_every_fact_once(tmp_path: Path) -> None:
    with recording_disk(tmp_path) as disk:
        async with running_box(disk.mount / "journal.sqlite") as box:
            await visits(box, 3)
            await grown_old(box)
            await visits(box, 1)
            facts = await box.facts()
            disk.mark(b"from here on it is archived")
            await keep_up(box)
            await keep_up(box)
    dice = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    images: dict[tuple[tuple[str, bytes], ...], Image] = {}
    for _, state, mark in cuts(disk.operations):
        if mark is not None:
            left = [state.cut(policy, dice) for policy in Policy]
            images.update({_content(image): image for image in left})
    chosen = dice.sample(list(images.values()), min(CUTS, len(images)))
    for image in chosen:
        with TemporaryDirectory(prefix="durability-", dir=MEMORY) as directory:
            for name, content in image.items():
                (Path(directory) / name).write_bytes(content)
            await must_be_whole(Path(directory) / "journal.sqlite", facts)
    assert len(chosen) > CUTS // 2


def _content(image: Image) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, content) for name, content in image.items() if not name.endswith("-shm"))


async def must_be_whole(path: Path, facts: list[Fact]) -> None:
    async with open_journal(path, project) as journal:
        assert journal.quarantined is None, path
        assert [fact async for fact in journal.facts()] == facts, path
    assert verify(path).is_whole, path
    assert replay(path, project).is_equal, path
    with open_reader(path) as reader:
        assert len(reader.cdrs(10)) == 4, path
