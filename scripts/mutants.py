"""Mutation tests: how many small faults in the code the tests find.

mutmut makes the faults, one at a time, and runs the tests that reach the function with the fault. A fault that a test
fails on, or that never ends, is killed. Of the code in functions everything is mutated but sentences for people;
constants of a module, class bodies and functions with decorators are not.
"""

import argparse
import ast
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

ROOT = Path(__file__).parents[1]
LEAST_SCORE = 90
_WORK = ROOT / ".mutants"
_NEEDED = ("src", "tests", "docs", "sdk", "scripts", "pyproject.toml", "openapi.json", "README.md")
_KILLED = {"killed", "timeout", "segfault"}
_HUNK = re.compile(r"@@ -(\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """ErrorCode that is mutated together, and the tests that must find it out. A sample has `sample` mutants."""

    mutate: tuple[str, ...]
    tests: tuple[str, ...]
    sample: int


def _api_tests(*names: str) -> list[str]:
    paths = (path for name in names for path in (ROOT / "tests" / "api").glob(f"test_{name}.py"))
    return sorted(str(path.relative_to(ROOT)) for path in paths)


PARTS = {
    "rules": Part(mutate=("src/mudguard/rules/*",), tests=("tests/rules",), sample=60),
    "factors": Part(
        mutate=(
            *(f"src/mudguard/authn/{name}.py" for name in ("codes", "proofs", "turns")),
            *(f"src/mudguard/factors/{name}.py" for name in ("service", "transitions")),
        ),
        tests=(
            "tests/authn",
            "tests/services",
            "tests/attacks/test_codes.py",
            "tests/attacks/test_life_cycle.py",
            *_api_tests("two_factor_*", "sign_in_challenge*", "throttling_*", "security_events"),
        ),
        sample=30,
    ),
    "sign_in": Part(
        mutate=(
            *(f"src/mudguard/authn/{name}.py" for name in ("passwords", "session_guard")),
            *(f"src/mudguard/sign_in/{name}.py" for name in ("issuing", "registration", "service", "sessions")),
        ),
        tests=(
            "tests/authn",
            "tests/services",
            "tests/attacks/test_guessing.py",
            "tests/attacks/test_tokens.py",
            "tests/attacks/test_ways_round.py",
            *_api_tests("sign_in_*", "sessions", "password_change", "throttling_*", "visitors", "security_events"),
        ),
        sample=30,
    ),
}


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the mutants of one file. `survivors` are descriptions of one mutant each."""

    path: str
    killed: int
    survivors: tuple[str, ...]

    @property
    def mutants(self) -> int:
        """How many were tried."""
        return self.killed + len(self.survivors)


def main() -> None:
    """Run the parts, print the table and the survivors; exit with 1 if too many survive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=PARTS, help="all, if none is named")
    parser.add_argument("--sample", action="store_true", help="try a few mutants of each part, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="draw others")
    options = parser.parse_args()
    started = time.monotonic()
    scores: list[Score] = []
    for name in options.parts or PARTS:
        sample = ["--sample", str(PARTS[name].sample), "--seed", str(options.seed)] if options.sample else []
        scores += _run(name, sample)
    print(table(scores))
    for score in scores:
        for survivor in score.survivors:
            print(survivor)
    total = percent(scores)
    print(f"{total:.1f} % killed in {(time.monotonic() - started) / 60:.1f} minutes; at least {LEAST_SCORE} % must be")
    sys.exit(total < LEAST_SCORE)


def table(scores: list[Score]) -> str:
    """A line for each file, and one for all."""
    rows = [(score.path, score.mutants, score.killed, percent([score])) for score in scores if score.mutants]
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows), percent(scores)))
    lines = [f"{'file':<40} {'mutants':>8} {'killed':>8} {'survived':>8} {'score':>8}"]
    lines += [
        f"{path:<40} {mutants:>8} {killed:>8} {mutants - killed:>8} {score:>6.1f} %"
        for path, mutants, killed, score in rows
    ]
    return "\n".join(lines)


def percent(scores: list[Score]) -> float:
    """The share of the mutants that were killed; 0 if there were none, which is a fault of the set-up."""
    mutants = sum(score.mutants for score in scores)
    return 100 * sum(score.killed for score in scores) / mutants if mutants else 0.0


def _run(name: str, sample: list[str]) -> list[Score]:
    """The scores of a part, from a fresh copy of the code in `.mutants/NAME`."""
    part, folder = PARTS[name], _WORK / name
    _lay_out(folder, part, "not PostgreSQL and not operator" if sample else "not PostgreSQL")
    print(f"{name}: progress is in {folder.relative_to(ROOT)}/mutmut.log", flush=True)
    with (folder / "mutmut.log").open("wb") as log:
        command = [sys.executable, str(ROOT / "scripts" / "mutate.py"), *sample]
        ended = subprocess.run(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, check=False)
    if ended.returncode:
        print((folder / "mutmut.log").read_text(errors="replace")[-3000:])
        sys.exit(f"mutmut failed on {name}. If it could not collect stats, a test fails: pytest {' '.join(part.tests)}")
    with change_cwd(folder):
        return [
            _score(path) for pattern in part.mutate for path in sorted(Path().glob(pattern)) if path.suffix == ".py"
        ]


def _lay_out(folder: Path, part: Part, tests: str) -> None:
    """A copy of the code, and mutmut's settings. `tests` selects among the part's tests, as pytest's `-k` does."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    litter = shutil.ignore_patterns("__pycache__", "node_modules", "dist", ".*cache")
    for name in _NEEDED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=litter)
        else:
            shutil.copy2(path, folder / name)
    settings = {
        "source_paths": ["src"],
        "only_mutate": part.mutate,
        "also_copy": [name for name in _NEEDED if name != "src"],
        "process_isolation": "forkserver",
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "--hypothesis-seed=0"],
        "pytest_add_cli_args_test_selection": [*part.tests, "-k", tests],
        "use_git_change_detection": False,
    }
    with (folder / "pyproject.toml").open("a") as file:
        file.write("\n[tool.mutmut]\n")
        file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())


def _score(path: Path) -> Score:
    data = SourceFileMutationData(path=path)
    data.load()
    tried = {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items() if code is not None}
    killed = [name for name, status in tried.items() if status in _KILLED]
    survivors = [_described(path, name, status) for name, status in tried.items() if status not in _KILLED]
    return Score(str(path.relative_to("src/mudguard")), len(killed), tuple(survivors))


def _described(path: Path, mutant: str, status: str) -> str:
    """Where a mutant is, what became of it, and what it changes."""
    difference = get_diff_for_mutant(mutant, path=path).splitlines()[2:]
    function, class_name = orig_function_and_class_names_from_key(mutant)
    hunk = _HUNK.match(difference[0])
    assert hunk
    into_hunk = next(number for number, line in enumerate(difference[1:]) if line[0] in "-+")
    line = _first_line(path, function, class_name) + int(hunk[1]) - 1 + into_hunk
    changes = "\n".join(f"    {line}" for line in difference if line[0] in "-+")
    return f"{path}:{line}: {status}: {mutant.rpartition('.')[2]}\n{changes}"


def _first_line(path: Path, function: str, class_name: str | None) -> int:
    for node, owner in _functions(ast.parse(path.read_text())):
        if node.name == function.rpartition(".")[2] and owner == class_name:
            return node.lineno
    raise LookupError(function)


def _functions(module: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str | None]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, None
        elif isinstance(node, ast.ClassDef):
            yield from (
                (each, node.name) for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            )


if __name__ == "__main__":
    main()
