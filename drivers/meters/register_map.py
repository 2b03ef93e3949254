"""The meter models there are: ours, and a site's own files, which stand in for ours of the same name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from drivers.meters.model_file import ModelError, parse_model
from drivers.meters.vocabulary import MeterModel, Register

__all__ = [
    "MeterModel",
    "ModelError",
    "Register",
    "all_models",
    "available_models",
    "load_model",
    "model_files",
    "parse_model",
]

_OURS = Path(__file__).parent / "models"
_SUFFIX = ".toml"


def available_models(extra_dir: Path | None = None) -> tuple[str, ...]:
    """Names of all models, sorted; `extra_dir` holds a site's own files and need not exist."""
    return tuple(sorted(model_files(extra_dir)))


def model_files(extra_dir: Path | None = None) -> Mapping[str, Path]:
    """Tell from which file each model comes: the site's own before ours. Raises ModelError if it may not be read."""
    return {**_files(_OURS), **({} if extra_dir is None else _files(extra_dir))}


def load_model(name: str, extra_dir: Path | None = None) -> MeterModel:
    """Read one model; its `file` tells which file that was, `shadows` that it stands in for one of ours.

    Raises ModelError, listing near matches when the name is unknown.
    """
    files = model_files(extra_dir)
    if name not in files:
        import difflib  # noqa: PLC0415 - for those who made a mistake

        near = difflib.get_close_matches(name, files, n=3, cutoff=0.3) or sorted(files)
        raise ModelError(f"there is no meter model {name!r}; did you mean {', '.join(near)}?")
    path = files[name]
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; let the gateway's user read it") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: is not UTF-8 text; save it as such") from error
    return replace(parse_model(path, text), shadows=path.parent != _OURS and name in _files(_OURS))


def all_models(extra_dir: Path | None = None) -> tuple[tuple[MeterModel, ...], tuple[ModelError, ...]]:
    """Read every model there is, and tell which files had to be left out: one bad file does not hide the others."""
    models, left_out = [], []
    try:
        names = available_models(extra_dir)
    except ModelError as fault:
        left_out.append(fault)
        names, extra_dir = available_models(), None
    for name in names:
        try:
            models.append(load_model(name, extra_dir))
        except ModelError as fault:
            left_out.append(fault)
    return tuple(models), tuple(left_out)


def _files(directory: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in directory.iterdir() if path.suffix == _SUFFIX}
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise ModelError(f"{directory}: is no folder; name the one that holds meter models, or none") from None
    except OSError as error:
        raise ModelError(f"{directory}: cannot be read: {error.strerror}; let the gateway's user read it") from error
