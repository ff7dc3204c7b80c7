"""The image, built by buildah over a base of Debian's packages, and containers of it.

`python -m tests.deploy.image` builds it and prints its name. No image registry is needed: the base
is made once by debootstrap and kept in the local image storage. A container here is a process in a
mount namespace of its own, set up as the image's configuration says: read-only root, one volume,
the user of the image. It shares the network of the machine.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openchannels.testing.waiting import wait_until
from tests.deploy.tools import ROOT, run
from tests.harness.waiting import PATIENCE

BUILDAH = ("buildah",)
BASE = "localhost/openchannels-test-base:bookworm"
IMAGE = "localhost/openchannels-test"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
CERTIFICATES = "/etc/ssl/certs"
ENTER = """
mount --bind "$1" "$1"
mount --bind "$2" "$1/data"
mount -o remount,bind,ro "$1"
mount --bind /proc "$1/proc"
mount --rbind /dev "$1/dev"
root=$1; user=$3; folder=$4; shift 4
exec chroot --userspec="$user" "$root" env --chdir="$folder" "$@"
"""


def buildah(*words: str | Path) -> str:
    return run(*BUILDAH, *words).strip()


def build(name: str = IMAGE, *options: str) -> str:
    """Build the image; returns its id."""
    _make_base()
    with tempfile.TemporaryDirectory() as folder:
        pip = Path(folder) / "pip.conf"
        pip.write_text(f"[global]\ncert = {CERTIFICATES}/ca-certificates.crt\n")
        buildah(
            *("bud", "--isolation", "chroot", "--format", "docker"),
            *("--build-arg", f"BASE={BASE}", "--timestamp", "0"),
            *("--secret", f"id=pip.conf,src={pip}", "-v", f"{CERTIFICATES}:{CERTIFICATES}:ro"),
            *options,
            *("--tag", name, ROOT),
        )
    return buildah("inspect", "--type", "image", "--format", "{{.FromImageID}}", name)


def layers(name: str) -> list[str]:
    """Digests of the layers of an image, without compression."""
    inspected = json.loads(buildah("inspect", "--type", "image", name))
    digests: list[str] = inspected["OCIv1"]["rootfs"]["diff_ids"]
    return digests


def _make_base() -> None:
    if BASE in buildah("images", "--format", "{{.Name}}:{{.Tag}}"):
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "base"
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root)
        shutil.rmtree(root / "var" / "cache")
        container = buildah("from", "scratch")
        buildah("copy", "--quiet", container, root, "/")
        buildah("commit", "--quiet", "--rm", container, BASE)


class Image:
    """A built image, mounted for reading."""

    def __init__(self, name: str = IMAGE) -> None:
        inspected = json.loads(buildah("inspect", "--type", "image", name))
        self.config: dict[str, Any] = inspected["Docker"]["config"]
        self._container = buildah("from", "--pull-never", name)
        self.root = Path(buildah("mount", self._container))

    def added_bytes(self) -> int:
        """Size of what the image adds to its base, compressed as a registry stores it."""
        command = f"tar -C {self.root} -c opt/openchannels data | gzip | wc -c"
        return int(run("sh", "-c", command))

    def start(self, volume: Path, *command: str, **settings: str) -> "Container":
        """Start a container; without a command that of the image."""
        words = command or tuple(self.config["Cmd"])
        return Container(self, volume, (*self.config["Entrypoint"], *words), settings)

    def popen(
        self, volume: Path, command: tuple[str, ...], settings: dict[str, str], **options: Any
    ) -> "subprocess.Popen[str]":
        environ = dict(line.split("=", 1) for line in self.config["Env"])
        places = (str(self.root), str(volume), self.config["User"], self.config["WorkingDir"])
        enter = ("unshare", "--mount", "sh", "-ec", ENTER, "sh", *places)
        return subprocess.Popen(
            [*enter, *command], env={**environ, **settings}, text=True, **options
        )

    def remove(self) -> None:
        buildah("rm", self._container)


class Container:
    """A process of an image, with its volume."""

    def __init__(
        self, image: Image, volume: Path, command: tuple[str, ...], settings: dict[str, str]
    ) -> None:
        self._image, self._volume, self._settings = image, volume, settings
        self.log = volume.with_name(f"{volume.name}.log")
        with self.log.open("a") as log:
            self.process = image.popen(volume, command, settings, stdout=log, stderr=log)

    def run(self, *command: str) -> str:
        """Run a command of the image beside the service, as `docker exec` would."""
        with self._image.popen(
            self._volume, command, self._settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            output, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (output, errors, self.log.read_text()[-2000:])
        return output

    def healthy(self) -> bool:
        """Run the image's health check once."""
        kind, *command = self._image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with self._image.popen(
            self._volume, tuple(command), self._settings, stderr=subprocess.DEVNULL
        ) as process:
            return process.wait(PATIENCE) == 0

    def wait_healthy(self) -> None:
        wait_until(self.healthy, PATIENCE, lambda: self.log.read_text()[-3000:])

    def stop(self) -> int:
        """Stop it as a container is stopped; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def new_volume(folder: Path, name: str = "volume") -> Path:
    """A volume as it is made from the image: its owner is the service's user."""
    volume = folder / name
    volume.mkdir(0o700)
    os.chown(volume, 10001, 10001)
    return volume


if __name__ == "__main__":
    print(build())
