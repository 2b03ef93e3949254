"""The power may go, or the disk refuse, at any moment while old sessions are archived: every fact is there once."""

import errno
import random

import pytest
from durability.archiving import Archiving, cut_archiving, record_archiving, refuse_archiving
from durability.disk import SyncDirectory
from durability.refusals import Refusal

SEED = 20261128
CUTS, REFUSALS = 60, 20

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def archiving() -> Archiving:
    return record_archiving()


def test_a_cut_at_any_moment_of_archiving_leaves_every_fact_once(archiving: Archiving) -> None:
    chosen = random.Random(SEED).sample(archiving.all_cuts(), CUTS)  # noqa: S311 - repeatable, not secret

    outcome = cut_archiving(archiving, chosen, SEED)

    assert not outcome.failures, [str(failure) for failure in outcome.failures]
    assert outcome.disks > CUTS // 2


def test_a_disk_that_refuses_at_any_moment_of_archiving_costs_nothing_and_it_goes_on_by_itself(
    archiving: Archiving,
) -> None:
    chosen = random.Random(SEED).sample(archiving.all_refusals(), REFUSALS)  # noqa: S311 - repeatable, not secret
    # The archive's file is whole by then, and only its name is not: that has to be synced the next time.
    naming = next(after for after, one in enumerate(archiving.operations) if isinstance(one, SyncDirectory))
    chosen.append(Refusal(naming, errno.EIO))

    report = refuse_archiving(archiving, chosen)

    assert not report.failures, report.failures
    assert report.noticed > REFUSALS // 2
