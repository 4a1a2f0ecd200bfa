"""The package: what the wheel holds, and what it says."""

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SOURCE = PACKAGE / "src"


def test_the_wheel_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PACKAGE, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    files = {path.relative_to(SOURCE).as_posix() for path in (SOURCE / "mudguard_client").iterdir() if path.is_file()}
    metadata = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        named = set(archive.namelist())
        about = archive.read(f"{metadata}/METADATA").decode()
    assert named == files | {f"{metadata}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
    assert "mudguard_client/py.typed" in named
    assert [line for line in about.splitlines() if line.startswith("Requires-Dist")] == ["Requires-Dist: httpx2>=2.16"]


def test_the_first_example_of_the_readme_runs_as_it_stands(server: str) -> None:
    example = (PACKAGE / "README.md").read_text().split("```python\n")[1].split("```")[0]
    local = example.replace("MudbaseClient()", f"MudbaseClient({server!r})")  # port 5000 may be another's
    command = [sys.executable, "-W", "error", "-c", local]
    ran = subprocess.run(command, env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert "2FA is on" in ran.stdout
