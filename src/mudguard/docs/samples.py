"""Code that calls an operation: one source for the pages, the reference, and the tests that run each sample."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mudguard.docs.catalogue import Operation
from mudguard.docs.sdk_calls import CALLS

YOUR_TOKEN = "YOUR_TOKEN"  # noqa: S105  # a placeholder
EXAMPLE_IDS = {"orgId": "665f1c2ab7d94e0012ab34cc", "id": "665f1c2ab7d94e0012ab34d0"}
INSTALL = {
    "javascript": """# In sdk/javascript of Mudguard's source: the package is on no registry yet
npm ci && npm run build && npm pack
# In your project
npm install path/to/mudbase-0.1.0.tgz""",
    "python": """# In the root folder of Mudguard's source: the package is on no index yet
pip install ./sdk/python""",
    "official": """# From PyPI
pip install mudbase==1.3.17""",
}
"""Shell commands that install each client, by the kind of its samples."""
_CLIENTS_OWN_ADDRESS = "http://localhost:5000"


@dataclass(frozen=True, slots=True)
class Sample:
    """A way to call an operation. `language` is the code's language, as highlighters name it.

    `setup` makes a client, `call` uses it. Together they run.
    """

    kind: str
    label: str
    language: str
    setup: str
    call: str

    @property
    def install(self) -> str:
        """The commands that install the client; empty if the call needs none."""
        return INSTALL.get(self.kind, "")

    @property
    def whole(self) -> str:
        """The complete code."""
        return f"{self.setup}\n\n{self.call}" if self.setup else self.call


def samples(operation: Operation, *, address: str) -> list[Sample]:
    """Every sample of `operation` for a server at `address`: clients first, then plain HTTP."""
    call = CALLS.get(operation.id)
    found = []
    if call and call.javascript:
        found.append(_javascript(operation, call.javascript, address))
    if call and call.python:
        found.append(_python(operation, call.python, address))
    if call and call.official:
        found.append(_official(operation, call.official, address))
    return [*found, _plain_python(operation, address), _curl(operation, address), _http(operation, address)]


def _javascript(operation: Operation, method: str, address: str) -> Sample:
    options = "" if address == _CLIENTS_OWN_ADDRESS else f"{{ baseUrl: {json.dumps(address)} }}"
    setup = f'import {{ MudbaseClient }} from "mudbase";\n\nconst client = new MudbaseClient({options});'
    if operation.needs_token:
        setup += f'\nclient.setJWT("{YOUR_TOKEN}");'
    body = [_javascript_literal(operation.example_body)] if operation.example_body else []
    arguments = [json.dumps(EXAMPLE_IDS[name]) for name in operation.path_parameters] + body
    call = f"const result = await client.{method}({', '.join(arguments)});"
    return Sample("javascript", "JavaScript", "javascript", setup, call)


def _python(operation: Operation, method: str, address: str) -> Sample:
    own = "" if address == _CLIENTS_OWN_ADDRESS else json.dumps(address)
    setup = f"from mudguard_client import MudbaseClient\n\nclient = MudbaseClient({own})"
    if operation.needs_token:
        setup += f'\nclient.set_jwt("{YOUR_TOKEN}")'
    arguments = [json.dumps(EXAMPLE_IDS[name]) for name in operation.path_parameters]
    arguments += [f"{_snake(name)}={_python_literal(value)}" for name, value in operation.example_body.items()]
    call = _python_call(f"result = client.{method}", arguments)
    return Sample("python", "Python", "python", setup, call)


def _official(operation: Operation, method: tuple[str, str, str], address: str) -> Sample:
    api, name, model = method
    credential = f', access_token="{YOUR_TOKEN}"' if operation.needs_token else ""
    setup = f'import mudbase\n\nclient = mudbase.ApiClient(mudbase.Configuration(host="{address}"{credential}))'
    arguments = [json.dumps(EXAMPLE_IDS[parameter]) for parameter in operation.path_parameters]
    if model:
        arguments.append(f"mudbase.{model}.from_dict({_python_literal(operation.example_body, snake=False)})")
    call = _python_call(f"result = mudbase.{api}(client).{name}", arguments)
    return Sample("official", "Official Python client", "python", setup, call)


def _plain_python(operation: Operation, address: str) -> Sample:
    lines = ["import json", "import urllib.request", "", "request = urllib.request.Request("]
    lines += [f'    "{address}{example_path(operation)}",', f'    method="{operation.method}",']
    if headers := _headers(operation):
        pairs = ", ".join(f'"{name}": "{value}"' for name, value in headers.items())
        lines.append(f"    headers={{{pairs}}},")
    if operation.example_body:
        lines.append(f"    data=json.dumps({_python_literal(operation.example_body, snake=False)}).encode(),")
    lines += [")", "with urllib.request.urlopen(request) as response:", "    result = json.load(response)"]
    return Sample("plain-python", "Python, without a client", "python", "", "\n".join(lines))


def _curl(operation: Operation, address: str) -> Sample:
    parts = ["curl"]
    if operation.method != "GET":
        parts[0] += f" -X {operation.method}"
    parts[0] += f" {address}{example_path(operation)}"
    parts += [f"-H '{name}: {value}'" for name, value in _headers(operation).items()]
    if operation.example_body:
        body = json.dumps(operation.example_body, ensure_ascii=False)
        parts.append("-d '" + body.replace("'", "'\\''") + "'")
    return Sample("curl", "cURL", "shell", "", " \\\n  ".join(parts))


def _http(operation: Operation, address: str) -> Sample:
    body = json.dumps(operation.example_body, ensure_ascii=False) if operation.example_body else ""
    host = address.partition("://")[2].partition("/")[0]
    lines = [f"{operation.method} {example_path(operation)} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in _headers(operation).items()]
    if body or operation.method in ("POST", "PATCH"):
        lines.append(f"Content-Length: {len(body.encode())}")
    return Sample("http", "HTTP", "http", "", "\n".join([*lines, "", body]) if body else "\n".join(lines))


def example_path(operation: Operation) -> str:
    """The path, with ids for its parameters."""
    return operation.path.format_map(EXAMPLE_IDS)


def example_answer(operation: Operation) -> str:
    """The answer to the HTTP sample, with its body indented."""
    status, _, example = operation.success
    reason = {200: "OK", 201: "Created"}[status]
    body = json.dumps(example, indent=2, ensure_ascii=False)
    return f"HTTP/1.1 {status} {reason}\nContent-Type: application/json\nCache-Control: no-store\n\n{body}"


def _headers(operation: Operation) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {YOUR_TOKEN}"} if operation.needs_token else {}
    return headers | ({"Content-Type": "application/json"} if operation.example_body else {})


def _python_call(called: str, arguments: list[str]) -> str:
    line = f"{called}({', '.join(arguments)})"
    if len(line) <= 88:
        return line
    return f"{called}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _javascript_literal(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = re.sub(r'^(\s*)"([A-Za-z_]\w*)":', r"\1\2:", text, flags=re.MULTILINE)
    flat = re.sub(r"\s*\n\s*", " ", text)
    return flat if len(flat) <= 60 else text


def _python_literal(value: Any, *, snake: bool = True) -> str:
    if isinstance(value, Mapping):
        items = (
            f'"{_snake(name) if snake else name}": {_python_literal(inner, snake=snake)}'
            for name, inner in value.items()
        )
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_python_literal(inner, snake=snake) for inner in value)}]"
    return repr(value) if isinstance(value, bool | None) else json.dumps(value, ensure_ascii=False)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
