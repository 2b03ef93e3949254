from pathlib import Path

from gateway.config.files import place_of


def test_a_file_below_credentials_is_systemds_copy_of_it(tmp_path: Path) -> None:
    (tmp_path / "credentials_operator.token").write_text("secret")
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    folder = Path("/etc/ocpi-gateway")

    assert place_of(folder, "credentials/operator.token", environment) == tmp_path / "credentials_operator.token"
    absolute = "/etc/ocpi-gateway/credentials/operator.token"
    assert place_of(folder, absolute, environment) == tmp_path / "credentials_operator.token"


def test_a_file_in_a_folder_below_credentials_has_the_name_that_systemd_gives_it(tmp_path: Path) -> None:
    (tmp_path / "credentials_operator_key.pem").write_text("secret")

    place = place_of(
        Path("/etc/ocpi-gateway"), "credentials/operator/key.pem", {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    )

    assert place == tmp_path / "credentials_operator_key.pem"


def test_root_at_a_terminal_reads_the_file_itself() -> None:
    assert place_of(Path("/etc/ocpi-gateway"), "credentials/operator.token", {}) == Path(
        "/etc/ocpi-gateway/credentials/operator.token"
    )


def test_a_credential_that_systemd_did_not_load_is_looked_for_where_it_should_stand(tmp_path: Path) -> None:
    place = place_of(Path("/etc/ocpi-gateway"), "credentials/late.token", {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert place == Path("/etc/ocpi-gateway/credentials/late.token")


def test_other_files_stand_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("[]")

    place = place_of(Path("/etc/ocpi-gateway"), "tokens.json", {"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert place == Path("/etc/ocpi-gateway/tokens.json")
