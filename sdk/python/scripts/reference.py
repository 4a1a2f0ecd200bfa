"""Write the reference of the client from its doc comments, as Markdown, to standard output."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import mudguard_client as package  # found by the line above
from mudguard_client.api_keys import ApiKeys
from mudguard_client.auth import Auth
from mudguard_client.client import Client
from mudguard_client.endpoints import Operation
from mudguard_client.projects import Projects
from mudguard_client.users import Users

GROUPS = {"auth": Auth, "users": Users, "projects": Projects, "api_keys": ApiKeys}
PATHS = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])")


def main() -> None:
    """Print it."""
    lines = ["# Reference of the Python client", "", str(package.__doc__), ""]
    lines += ["With `AsyncMudbaseClient` each call is to be awaited.", ""]
    clients = package.MudbaseClient, package.AsyncMudbaseClient
    for client in clients:
        lines += [
            f"## {client.__name__}",
            "",
            *signature(client.__name__, client),
            "",
            inspect.getdoc(client) or "",
            "",
        ]
    lines += ["## Of both clients", "", *methods("client", Client)]
    for name, group in GROUPS.items():
        lines += [f"## client.{name}", "", comment(group), "", *methods(f"client.{name}", group)]
    exported = [getattr(package, name) for name in package.__all__ if name not in ("__version__", "MudbaseClient")]
    rest = [one for one in exported if one not in clients]
    lines += ["## Errors", "", *classes(one for one in rest if issubclass(one, package.MudbaseError))]
    lines += ["## Results and inputs", "", *classes(one for one in rest if not issubclass(one, package.MudbaseError))]
    print("\n".join(lines).rstrip())


def methods(prefix: str, owner: type[Any]) -> Iterator[str]:
    """A section for each public method."""
    for name, member in vars(owner).items():
        function = member.__wrapped__ if isinstance(member, Operation) else member
        if not name.startswith("_") and inspect.isfunction(function):
            yield from (f"### {prefix}.{name}", "", *signature(f"{prefix}.{name}", function), "")
            yield from (comment(function), "")


def signature(name: str, function: Callable[..., Any]) -> list[str]:
    """How it is called, and what comes of it."""
    spelt = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()")
    spelt = PATHS.sub("", re.sub(r"(-> )\S*Generator\[.*Any, (.*)\]$", r"\1\2", spelt))
    return ["```python", f"{name}{spelt}", "```"]


def classes(found: Iterator[type[Any]]) -> Iterator[str]:
    """A section for each class, with its fields."""
    for one in found:
        parents = [parent.__name__ for parent in one.__bases__ if parent.__module__.startswith(package.__name__)]
        above = f" ({parents[0]})" if parents and parents[0] != "Result" else ""
        yield from (f"### {one.__name__}{above}", "", comment(one), "")
        fields = [(name, kind) for name, kind in vars(one).get("__annotations__", {}).items() if name[0] != "_"]
        told = comments(one)
        if fields:
            yield from ("| field | type | |", "|---|---|---|")
            yield from (f"| `{name}` | `{spelt_type(kind)}` | {told.get(name, '')} |" for name, kind in fields)
            yield ""


def comment(one: Any) -> str:
    """The doc comment, with its arguments or attributes as a list."""
    text = re.sub(r"\n {8}", " ", str(inspect.getdoc(one)))
    return re.sub(r"^ {4}(\w+): ", r"- `\1`: ", re.sub(r"^(Args|Attributes):$", r"\1:\n", text, flags=re.M), flags=re.M)


def comments(one: type[Any]) -> dict[str, str]:
    """The text below each field in the source."""
    source = inspect.getsource(one)
    found = re.findall(r'^    (\w+): [^\n]+\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


def spelt_type(kind: Any) -> str:
    """A type in a cell of a table."""
    return PATHS.sub("", kind.__name__ if isinstance(kind, type) else str(kind)).replace("|", "\\|")


if __name__ == "__main__":
    main()
