"""A real nginx before several servers, with a configuration of its own and thrown away afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support.ports import free_port
from tests.support.programs import folder_of, found, listening

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream mudguard {{
        {servers}
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://mudguard;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 1s;
            proxy_next_upstream error timeout;
        }}
    }}
}}
"""
"""A POST is sent on to another server only if it reached none: nginx's own rule."""


@contextmanager
def running_nginx(backends: Sequence[int]) -> Iterator[str]:
    """The address of an nginx that shares requests out between the servers on the ports `backends`."""
    program = found("nginx", package="nginx-light")
    port = free_port()
    with folder_of(None) as folder:
        servers = "\n        ".join(f"server 127.0.0.1:{backend} max_fails=1 fail_timeout=2s;" for backend in backends)
        configuration = folder / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, servers=servers, port=port))
        with listening(program, "-p", str(folder), "-c", str(configuration), "-e", "stderr", port=port, folder=folder):
            yield f"http://127.0.0.1:{port}"
