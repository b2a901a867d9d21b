"""Takes from a folder what was not synced, as if the machine had lost power when its programs were killed.

    power_loss.py ROOT SHADOW [--mode drop|torn|reordered] [--seed S]

ROOT and SHADOW are those of `preload/unsynced.cpp`, which kept in SHADOW what was synced. The programs must be dead.
Afterwards ROOT holds what a disk would, and SHADOW agrees with it, so that the next run can go on.

drop       nothing that was not synced is left
torn       of each file a prefix of the 512-byte sectors that differ has reached the disk, in order of place
reordered  of each file a random half of the 4 KB blocks that differ has reached the disk, in no order

In torn and reordered a length or name that was not synced is old or new, by chance. Blocks of a grown file that did not
reach the disk read as zero.
"""

import argparse
import os
import pathlib
import random
import shutil

SECTOR = 512
BLOCK = 4096
MODES = ("drop", "torn", "reordered")


def names(folder):
    return {link.name: os.readlink(link) for link in folder.iterdir()}


def pieces_that_differ(old, new, size):
    """Where pieces of `size` differ; what is behind the end of one reads as zero."""
    length = max(len(old), len(new))
    old, new = old.ljust(length, b"\0"), new.ljust(length, b"\0")
    return [at for at in range(0, length, size) if old[at:at + size] != new[at:at + size]]


def after_loss(old, new, mode, rng):
    """What the disk holds of a file with content `old` at its last sync and `new` at the loss."""
    if mode == "drop" or old == new:
        return old
    size = SECTOR if mode == "torn" else BLOCK
    differing = pieces_that_differ(old, new, size)
    if mode == "torn":
        kept = differing[:rng.randint(0, len(differing))]
    else:
        kept = [at for at in differing if rng.random() < 0.5]
    content = bytearray(old.ljust(max(len(old), len(new)), b"\0"))
    for at in kept:
        content[at:at + size] = new[at:at + size].ljust(min(size, len(content) - at), b"\0")
    length = rng.choice((len(old), len(new)))
    if len(new) > len(old) and kept:
        length = max(length, min(kept[-1] + size, len(new)))
    return bytes(content[:length])


class Loss:
    def __init__(self, root, shadow, mode="drop", seed=0):
        self.root = pathlib.Path(root)
        self.shadow = pathlib.Path(shadow)
        self.mode = mode
        self.rng = random.Random(seed)
        self.now = names(self.shadow / "now")
        self.synced = names(self.shadow / "synced")

    def path(self, name):
        return self.root / name.replace("%2F", "/")

    def image(self, file):
        return (self.shadow / "image" / file).read_bytes()

    def content_now(self, file):
        """Of a file that still has a name; of another its last synced content is all that is known."""
        for name, other in self.now.items():
            if other == file and self.path(name).exists():
                return self.path(name).read_bytes()
        return self.image(file)

    def surviving_names(self):
        """Name: file, as the disk has them."""
        survivors = {}
        for name in sorted(self.now.keys() | self.synced.keys()):
            old, new = self.synced.get(name), self.now.get(name)
            file = old if self.mode == "drop" else self.rng.choice((old, new))
            if file is not None:
                survivors[name] = file
        return survivors

    def strike(self):
        """Returns how many bytes and names were taken back, which says how much the loss was worth."""
        survivors = self.surviving_names()
        current = {file: self.content_now(file) for file in sorted(set(survivors.values()))}
        contents = {file: after_loss(self.image(file), new, self.mode, self.rng) for file, new in current.items()}
        changed = sum(len(pieces_that_differ(contents[file], new, SECTOR)) * SECTOR for file, new in current.items())
        lost_names = len(set(self.now.items()) - set(survivors.items()))
        for name in self.now:
            self.path(name).unlink(missing_ok=True)
        for name, file in survivors.items():
            self.path(name).parent.mkdir(parents=True, exist_ok=True)
            self.path(name).write_bytes(contents[file])
        self.agree(survivors, contents)
        return changed, lost_names

    def agree(self, survivors, contents):
        """The next run starts with everything on the disk."""
        for folder in ("now", "synced", "image"):
            shutil.rmtree(self.shadow / folder)
            (self.shadow / folder).mkdir()
        for number, (name, file) in enumerate(survivors.items()):
            fresh = f"{os.getpid()}-{self.rng.randrange(10**9)}-{number}"
            (self.shadow / "image" / fresh).write_bytes(contents[file])
            for folder in ("now", "synced"):
                (self.shadow / folder / name).symlink_to(fresh)


def main():
    parser = argparse.ArgumentParser(description="Takes from a folder what was not synced.")
    parser.add_argument("root")
    parser.add_argument("shadow")
    parser.add_argument("--mode", choices=MODES, default="drop")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    changed, lost_names = Loss(options.root, options.shadow, options.mode, options.seed).strike()
    print(f"{changed} bytes and {lost_names} names were not synced")


if __name__ == "__main__":
    main()
