"""Bytes are stored whole or not at all, once, by many at the same time."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports import Blob, BlobStore
from storage.blobs import FileBlobStore
from storage.errors import DiskFull, StorageUnavailable


@pytest.fixture
def store(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


def files(store: FileBlobStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("*") if path.is_file())


def address(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_is_a_blob_store(store: FileBlobStore) -> None:
    promised: BlobStore = store
    assert promised.put([b"a", b"", b"bc"]) == Blob(address(b"abc"), 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    store = FileBlobStore(tmp_path_factory.mktemp("blobs"))
    data = b"".join(chunks)
    blob = store.put(chunks)
    assert blob == Blob(address(data), len(data))
    assert store.path(blob.sha256).read_bytes() == data
    with store.open(blob.sha256) as file:
        assert file.read() == data
    assert store.size(blob.sha256) == len(data)
    assert store.verify(blob.sha256)
    assert list(store.all()) == [blob.sha256]


def test_idempotent_and_private(store: FileBlobStore) -> None:
    blob = store.put([b"x" * 100])
    place = store.path(blob.sha256)
    before = place.stat().st_ino
    assert store.put(iter([b"x" * 50, b"x" * 50])) == blob
    assert store.path(blob.sha256).stat().st_ino == before
    assert files(store) == [blob.sha256]
    assert place.relative_to(store.root).parts == (blob.sha256[:2], blob.sha256[2:4], blob.sha256)
    assert place.stat().st_mode & 0o777 == 0o440
    assert store.root.stat().st_mode & 0o077 == 0, "mails are nobody else's business"


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 64])
def test_unknown_address(store: FileBlobStore, name: str) -> None:
    for act in (store.path, store.open, store.size):
        with pytest.raises(KeyError):
            act(name)
    assert not store.verify(name)


def test_source_that_fails_leaves_nothing(store: FileBlobStore) -> None:
    def broken(error: Exception) -> Iterator[bytes]:
        yield b"half"
        raise error

    for error in (ConnectionResetError("server went away"), ValueError("x"), OSError(errno.ENOSPC, "not our disk")):
        with pytest.raises(type(error)) as caught:
            store.put(broken(error))
        assert caught.value is error, "the source's errors are not the disk's"
    assert files(store) == []


def test_full_disk(store: FileBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put([b"before"])

    def full(_handle: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskFull, match="no space"):
            store.put([b"after"])
    assert files(store) == [address(b"before")]
    assert store.put([b"after"]).size == 5


def test_really_full_device() -> None:
    """/dev/full says ENOSPC at every write, as a full disk does."""
    from storage.blobs import _write

    with Path("/dev/full").open("wb", buffering=0) as file, pytest.raises(OSError) as caught:
        _write(file, b"x")
    assert caught.value.errno == errno.ENOSPC


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable):
        FileBlobStore(tmp_path / "file" / "blobs").put([b"x"])


def test_cut_off_file_is_written_anew(store: FileBlobStore) -> None:
    """After a power cut some file systems keep the name and lose the content."""
    blob = store.put([b"content"])
    place = store.path(blob.sha256)
    place.chmod(0o640)
    place.write_bytes(b"")
    assert not store.verify(blob.sha256)
    store.put([b"content"])
    assert store.verify(blob.sha256)


def test_damage_is_seen(store: FileBlobStore) -> None:
    blob = store.put([b"content"])
    place = store.path(blob.sha256)
    place.chmod(0o640)
    place.write_bytes(b"Content")
    assert not store.verify(blob.sha256)


def test_sweep_takes_only_the_dead(store: FileBlobStore) -> None:
    blob = store.put([b"content"])
    old, young = store.root / ".tmp-1-a", store.root / ".tmp-2-b"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    past = time.time() - 7 * 3600
    os.utime(old, (past, past))
    assert store.sweep() == 1
    assert files(store) == sorted([".tmp-2-b", blob.sha256])
    assert list(store.all()) == [blob.sha256], "what is half written is nobody's blob"
    assert FileBlobStore(store.root / "nowhere").sweep() == 0
    assert list(FileBlobStore(store.root / "nowhere").all()) == []


def _put_many(root: Path, rounds: int) -> None:
    store = FileBlobStore(root)
    for number in range(rounds):
        store.put([f"content {number}".encode() * 50])


def test_processes_write_the_same_blobs(store: FileBlobStore) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_put_many, args=(store.root, 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    blobs = list(store.all())
    assert len(blobs) == 40
    assert all(store.verify(blob) for blob in blobs)
    assert files(store) == blobs


def _put_slowly(root: Path, started: Any) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        started.set()
        time.sleep(60)
        yield b"other half"

    FileBlobStore(root).put(chunks())


@pytest.mark.fault
def test_killed_in_the_middle(store: FileBlobStore) -> None:
    context = multiprocessing.get_context("fork")
    started = context.Event()
    worker = context.Process(target=_put_slowly, args=(store.root, started))
    worker.start()
    assert started.wait(20)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(20)
    assert list(store.all()) == []
    assert store.sweep(older_than=0) == 1
    assert files(store) == []
