"""Run mutmut in the current folder, on all mutants or on a sample of them; mutants.py lays the folder out.

mutmut's own command does this, but for three things. It would change sentences for people, which no client reads. It
takes names of mutants, but not a number of them. And it runs all tests twice before it starts.
"""

import argparse
import random
import re
from collections.abc import Iterable
from pathlib import Path

import libcst as cst
from mutmut.__main__ import cli, create_mutants
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.mutators import mutation_operators, operator_string
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, walk_mutatable_files
from mutmut.workers.isolation import ForkServerRunner

WORKERS = 2
_SENTENCE = re.compile(r"""["'][A-Z][^"']* [^"']*\.["']""")
"""A text for people: clients switch on the code beside it."""


def main() -> None:
    """Run mutmut on `--sample` mutants, drawn with `--seed`, or on all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    _leave_sentences_alone()
    ForkServerRunner.run_clean_tests = _passed_already  # type: ignore[method-assign]  # mutmut has no option for it
    names = _drawn(options.sample, options.seed) if options.sample else []
    cli(["run", "--max-children", str(WORKERS), *names])


def mutated_strings(node: cst.BaseString) -> Iterable[cst.BaseString]:
    """The mutants of a literal: none of a sentence."""
    if isinstance(node, cst.SimpleString) and _SENTENCE.fullmatch(node.value):
        return ()
    return operator_string(node)


def _leave_sentences_alone() -> None:
    operators = mutation_operators
    assert isinstance(operators, list)
    operators[operators.index((cst.BaseString, operator_string))] = (cst.BaseString, mutated_strings)


def _passed_already(self: ForkServerRunner, tests: Iterable[str]) -> int:  # noqa: ARG001  # mutmut names it
    """The run that finds out which test reaches which function ran them all, and would have stopped at a failure."""
    return 0


def _drawn(size: int, seed: int) -> list[str]:
    Path("mutants").mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(WORKERS)
    names: list[str] = []
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        names += data.exit_code_by_key
    return random.Random(seed).sample(names, min(size, len(names)))


if __name__ == "__main__":
    main()
