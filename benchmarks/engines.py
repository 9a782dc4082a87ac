"""Other triple stores, started on loopback for tests and benchmarks: Oxigraph of PyPI, Virtuoso of Debian.

Each function takes a folder for what the engine writes, and gives its address, the path of its queries, and the process.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

USER, PASSWORD = "dba", "secret"
"""Who may write to Virtuoso."""
Running = tuple[str, str, "subprocess.Popen[bytes]"]
INI = """[Database]
DatabaseFile = virtuoso.db
TransactionFile = virtuoso.trx
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
MaxQueryMem = 2G
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
DirsAllowed = .
DefaultHost = localhost:{http}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryExecutionTime = {seconds}
"""


class Missing(RuntimeError):
    """An engine that is not installed."""


def free() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until somebody answers there. Raises RuntimeError where the engine ends, or does not answer."""
    for _ in range(300):
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError as error:
            if getattr(error, "code", None):
                return
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} has ended") from None
            time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer")


def oxigraph(folder: Path) -> Running:
    """Oxigraph, in memory. Raises Missing where it is not installed."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.is_file():
        raise Missing("no oxigraph; it comes with requirements/judges.txt")
    address = f"127.0.0.1:{free()}"
    process = subprocess.Popen([str(program), "serve", "--bind", address], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(f"http://{address}/query", process)
    return f"http://{address}", "/query", process


def virtuoso(folder: Path, buffers: int = 20_000, seconds: int = 60) -> Running:
    """Virtuoso, with a database in the folder. buffers : pages of 8 kB in memory. seconds : for a query. Raises Missing where it is not installed."""
    program = shutil.which("virtuoso-t")
    if not program:
        raise Missing("no Virtuoso; on Debian, install virtuoso-opensource-7-bin")
    http = free()
    text = INI.format(http=http, sql=free(), buffers=buffers, dirty=buffers * 3 // 4, seconds=seconds)
    (folder / "virtuoso.ini").write_text(text)
    words = [program, "+configfile", "virtuoso.ini"]
    subprocess.run([*words, "+wait", "+pwdold", USER, "+pwddba", PASSWORD], cwd=folder, capture_output=True, timeout=120, check=False)
    process = subprocess.Popen([*words, "+foreground"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(f"http://127.0.0.1:{http}/sparql?query=SELECT%20*%20%7B%7D", process)
    return f"http://127.0.0.1:{http}", "/sparql", process
