"""`mudguard openapi`."""

from pathlib import Path

from tests.support.processes import run

COMMITTED = Path(__file__).parents[2] / "openapi.json"


def test_openapi_prints_the_committed_document_to_the_byte(tmp_path: Path) -> None:
    printed = run("openapi", data_dir=tmp_path)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == COMMITTED.read_text("utf-8")


def test_the_document_does_not_depend_on_settings(tmp_path: Path) -> None:
    printed = run(
        "openapi",
        data_dir=tmp_path,
        token_algorithm="ES256",
        public_url="https://auth.northwind.test",
        log_format="json",
    )
    assert printed.stdout == COMMITTED.read_text("utf-8")
