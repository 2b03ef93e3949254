"""Each folder under sessions/ is a story: what happened at an EVSE, and the exact objects a backend got of it.

story.toml: `steps`, one action a line (see ACTIONS); optional `[site]` pilot = false and `[limits]` of the EVSE.
tariff.json: optional, one OCPI 2.2.1 Tariff. expected.json: the last Session, the CDRs, the refusals, the faults.
To add a case, add a folder; `pytest --rewrite-stories` writes what came out, for you to check by hand.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from plant import EVSE, Outlet, Plant, policy, site

from gateway.core.facts import CardRefused, FaultRaised
from gateway.core.rows import CdrRow, SessionRow
from gateway.ocpi.v2_2_1.tariff import parse_tariffs
from gateway.projection import project

STORIES = sorted(path.parent for path in (Path(__file__).parent / "sessions").glob("*/story.toml"))

ACTIONS = {
    "wait": lambda plant, seconds: plant.wait(int(seconds)),
    "plug": lambda plant, power_w: plant.plug(int(power_w)),
    "unplug": lambda plant: plant.unplug(),
    "tap": lambda plant, uid="04A1B2C3D4E580": plant.tap(uid),
    "power": lambda plant, power_w: setattr(plant.outlet, "power_w", int(power_w)),
    "kill": lambda plant, seconds: plant.kill(int(seconds)),
    "cut_power": lambda plant, seconds: plant.cut_power(int(seconds)),
    "meter": lambda plant, word: setattr(plant.outlet, "meter_silent", word == "silent"),
    "weld": lambda plant: setattr(plant.outlet, "welded", True),
}


def tell(story: Path) -> Plant:
    script = tomllib.loads((story / "story.toml").read_text())
    tariff = story / "tariff.json"
    tariffs = parse_tariffs(b"[" + tariff.read_bytes() + b"]") if tariff.exists() else ()
    tariff_id = tariffs[0].id if tariffs else None
    plant = Plant(
        policy=policy(tariff_id=tariff_id, **script.get("limits", {})),
        site=site(tariff_id=tariff_id),
        tariffs=tariffs,
        outlets={EVSE: Outlet(has_pilot=script.get("site", {}).get("pilot", True))},
    )
    for step in script["steps"]:
        action, *arguments = step.split()
        ACTIONS[action](plant, *arguments)
    return plant


def outcome(plant: Plant) -> dict[str, Any]:
    changes = list(project(plant.facts))
    sessions = {change.session_id: change.body for change in changes if isinstance(change, SessionRow)}
    cdrs = [change.body for change in changes if isinstance(change, CdrRow)]
    return {
        "sessions": [json.loads(body) for body in sessions.values()],
        "cdrs": [json.loads(body) for body in cdrs],
        "refusals": [fact.body.reason.value for fact in plant.facts if isinstance(fact.body, CardRefused)],
        "faults": [fact.body.kind.value for fact in plant.facts if isinstance(fact.body, FaultRaised)],
    }


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_ends_in_exactly_these_objects(story: Path, request: pytest.FixtureRequest) -> None:
    told = outcome(tell(story))
    expected = story / "expected.json"
    if request.config.getoption("--rewrite-stories"):
        expected.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        pytest.fail(f"{expected} was rewritten; check it by hand and run again without --rewrite-stories")
    assert told == json.loads(expected.read_text())
