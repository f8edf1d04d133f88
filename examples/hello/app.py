"""A small web server to try restarter on: change the greeting, save, load the page again."""

import contextlib
import errno
import http.server
import os
import socketserver

GREETING = "Hello!"


class Page(http.server.BaseHTTPRequestHandler):
    """Answers every address with the greeting."""

    def do_GET(self) -> None:
        """Send the greeting as plain text."""
        body = f"{GREETING}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    """One thread a request; the threads do not outlive the server.

    `http.server.HTTPServer` would look up the name of this host at the start (`socket.getfqdn`),
    which takes seconds on some networks.
    """

    allow_reuse_address = True
    daemon_threads = True


def listen(port: int) -> Server:
    """Open the port, or the next one that is free."""
    for candidate in range(port, port + 100):
        try:
            return Server(("127.0.0.1", candidate), Page)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            print(f"Port {candidate} is taken.", flush=True)
    return Server(("127.0.0.1", 0), Page)


def main() -> None:
    """Serve until Ctrl-C."""
    with listen(int(os.environ.get("PORT", "8000"))) as server:
        host, port = server.socket.getsockname()
        print(f"{GREETING} Listening on http://{host}:{port}/", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
