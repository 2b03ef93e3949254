"""All the models there are: ours and a site's own, as far as they can be read."""

from importlib import resources
from pathlib import Path

from drivers.meters.register_map import all_models, available_models

GOOD = (resources.files("drivers.meters") / "models" / "carlo-gavazzi-em340.toml").read_text(encoding="utf-8")


def test_one_bad_file_does_not_hide_the_other_models(tmp_path: Path) -> None:
    (tmp_path / "half-written.toml").write_text('model = "half-wri')
    (tmp_path / "carlo-gavazzi-em340.toml").write_text(GOOD)

    models, (left_out,) = all_models(tmp_path)

    assert tuple(sorted(model.name for model in models)) == available_models()
    assert [model.name for model in models if model.shadows] == ["carlo-gavazzi-em340"]
    assert str(tmp_path / "half-written.toml") in str(left_out)


def test_a_folder_that_is_none_leaves_the_models_that_ship(tmp_path: Path) -> None:
    (tmp_path / "meters").write_text("")

    models, (left_out,) = all_models(tmp_path / "meters")

    assert tuple(sorted(model.name for model in models)) == available_models()
    assert "is no folder" in str(left_out)
