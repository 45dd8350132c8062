"""Settings: precedence, refusals in plain sentences, and a document that names each one."""

import re
from pathlib import Path

import pytest

from config.settings import Settings, SettingsError, load_settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("PIGTURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_the_command_line_wins_over_environment_over_file_over_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pigture.toml").write_text("port = 1\nimage_workers = 3\njpeg_quality = 90\n")
    monkeypatch.setenv("PIGTURE_PORT", "2")
    monkeypatch.setenv("PIGTURE_IMAGE_WORKERS", "4")
    settings = load_settings(data=tmp_path, port=3, image_workers=None)
    assert (settings.port, settings.image_workers, settings.jpeg_quality, settings.host) == (3, 4, 90, "127.0.0.1")


def test_a_named_settings_file_is_read_and_a_missing_one_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "other.toml"
    file.write_text('trusted_proxies = ["10.0.0.0/8"]\n')
    monkeypatch.setenv("PIGTURE_CONFIG", str(file))
    assert load_settings().trusted_proxies == ("10.0.0.0/8",)
    file.unlink()
    with pytest.raises(SettingsError, match=r"other\.toml, which is no file"):
        load_settings()


def test_lists_in_variables_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIGTURE_TRUSTED_PROXIES", "10.0.0.1, fd00::/8")
    assert load_settings().trusted_proxies == ("10.0.0.1", "fd00::/8")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"port": 70000}, "PIGTURE_PORT"),
        ({"public_url": "museum.example"}, "must begin with http"),
        ({"trusted_proxies": ["everyone"]}, "PIGTURE_TRUSTED_PROXIES"),
        ({"max_width": None, "max_height": 5}, "max_height needs max_width"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(**wrong)


def test_upscaling_without_a_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIGTURE_MAX_AREA", "none")
    with pytest.raises(SettingsError, match="upscaling needs max_width or max_area"):
        load_settings()
    assert load_settings(upscaling=False).max_area is None


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pigture.toml").write_text("port = = 1")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(data=tmp_path)


def test_secrets_are_never_printed() -> None:
    assert "hunter2" not in repr(load_settings(s3_secret_key="hunter2"))


def test_storage_is_a_folder_of_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(data=tmp_path).storage_url == (tmp_path / "storage").as_uri()
    assert load_settings(storage="s3://b/p").storage_url == "s3://b/p"


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `(PIGTURE_\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {name: f"PIGTURE_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())
