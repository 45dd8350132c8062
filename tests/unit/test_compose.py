"""compose.yaml is valid, and says nothing that the code does not know."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from config.settings import Settings
from pigture.cli import build_app

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"] == "pigture")
KNOWN_VARIABLES = {f"PIGTURE_{name.upper()}" for name in Settings.model_fields}


def test_the_file_fits_the_compose_specification() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(schema.read_text(encoding="utf-8")))


def test_all_parts_of_the_product_are_there() -> None:
    assert set(SERVICES) == {
        "nginx", "image-server", "api", "annotation-store", "worker", "migrate", "postgres", "valkey", "seaweedfs"
    }  # fmt: skip


@pytest.mark.parametrize("service", OURS)
def test_every_command_is_one_of_the_command_line(service: str) -> None:
    [command] = SERVICES[service]["command"]
    assert command in {registered.name for registered in build_app().registered_commands}


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting_and_the_values_are_accepted(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: dict[str, str] = SERVICES[service]["environment"]
    assert set(environment) <= KNOWN_VARIABLES
    for name, value in environment.items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+(?::[-?]([^}]*))?\}", r"\1", value))
    settings = Settings()  # type: ignore[call-arg]  # everything comes from the environment
    assert settings.storage == "s3://pigture"


def test_the_image_server_is_given_no_database_and_no_queue() -> None:
    assert not {"PIGTURE_DATABASE_URL", "PIGTURE_REDIS_URL"} & set(SERVICES["image-server"]["environment"])


def test_every_variable_of_the_file_stands_in_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text)) - {"COMMIT"}
    given = set(re.findall(r"^(\w+)=", (ROOT / "deploy" / "example.env").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked == given


def test_nginx_knows_the_services_by_their_names() -> None:
    upstreams = re.findall(r"server ([\w-]+):8000;", (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8"))
    assert set(upstreams) == {"image-server", "api", "annotation-store"}
    assert all(SERVICES[name]["environment"]["PIGTURE_PORT"] == "8000" for name in upstreams)
    assert all(SERVICES[name]["environment"]["PIGTURE_HOST"] == "0.0.0.0" for name in upstreams)


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for line in text.splitlines():
        name, _, value = line.strip().partition(": ")
        if re.search(r"PASSWORD|SECRET", name) and value:
            assert "${" in value, line
