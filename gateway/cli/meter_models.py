"""What the configuration may ask about meter models: ours, and the site's own in a folder."""

from collections.abc import Collection
from pathlib import Path

from drivers.meters.register_map import ModelError, available_models, load_model


class KnownModels:
    """The models that the drivers can read with."""

    def names(self, directory: Path) -> Collection[str]:
        """Return every model's name; ModelError if the folder cannot be read."""
        return available_models(directory)

    def stand_in(self, name: str, directory: Path) -> Path | None:
        """Return the site's own file that is read instead of ours of the same name, where there is one."""
        file = directory / f"{name}.toml"
        return file if name in available_models() and file.is_file() else None

    def problem(self, name: str, directory: Path) -> str | None:
        """Return what is wrong with the file of a model, on one line."""
        try:
            load_model(name, directory)
        except ModelError as error:
            return "; ".join(str(error).splitlines())
        return None
