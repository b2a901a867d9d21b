"""A folder whose programs are watched, and which can lose what they did not sync."""

import power_loss
from places import UNSYNCED


class Disk:
    def __init__(self, root, shadow, names="with-file"):
        self.root = root
        self.shadow = shadow
        self.names = names
        self.losses = []

    def variables(self):
        """For the environment of the programs."""
        return {"LD_PRELOAD": str(UNSYNCED), "UNSYNCED_ROOT": str(self.root), "UNSYNCED_SHADOW": str(self.shadow),
                "UNSYNCED_NAMES": self.names}

    def lose_power(self, rng):
        """As if it failed now, in one of the three ways. The programs are dead."""
        mode = rng.choice(power_loss.MODES)
        changed, names = power_loss.Loss(self.root, self.shadow, mode, rng.random()).strike()
        self.losses.append((mode, changed, names))

    def told(self):
        worth = sum(1 for _, changed, names in self.losses if changed or names)
        return f"{len(self.losses)} losses of power, {worth} of which took something that was not synced"
