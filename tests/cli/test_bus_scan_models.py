"""A scan knows the meter models that ship, and those of the site."""

from cli.evening import Evening
from scripted_modbus import Device, Unit, on_tcp

B23 = {(3, 0x8960): 0x4232, (3, 0x8961): 0x3320}


async def test_a_scan_knows_the_models_of_the_site_where_its_configuration_says_they_are(evening: Evening) -> None:
    (evening.folder / "ours").mkdir()
    (evening.folder / "ours" / "half-written.toml").write_text('model = "half-wri')
    evening.path.write_text('meters_dir = "ours"\n' + evening.path.read_text())
    async with on_tcp(Device({1: Unit(B23)}, framing="tcp")) as host:
        said = await evening.ask("bus", "scan", f"127.0.0.1:{host.port}", "--units", "1")
    assert said.code == 0
    assert f"left out: {evening.folder / 'ours' / 'half-written.toml'}: not valid TOML" in said.err
