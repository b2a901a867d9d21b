"""A lab on servers in a backup, and again from it."""

import subprocess

import places
from processes import environment, free_port, start, wait_for


class Lab:
    """The two databases of one lab."""

    def __init__(self, stores, name, folder):
        mongodb, self.postgresql = stores
        self.name = name
        self.folder = folder
        self.postgresql.sql(f"CREATE DATABASE {name}", database="postgres")
        self.places = ["--stream", f"mongodb://127.0.0.1:{mongodb.port}/{name}", "--processed", self.postgresql.url(database=name)]

    def tilth(self, *words):
        done = subprocess.run([places.TILTH, *map(str, words), *self.places], capture_output=True, text=True, timeout=300,
                              check=False, env=environment())
        return done.returncode, done.stdout + done.stderr

    def must(self, *words):
        status, said = self.tilth(*words)
        assert status == 0, said
        return said

    def process(self):
        return start([places.TILTH, "process", "--http", f"127.0.0.1:{free_port()}", *self.places], self.folder / f"{self.name}.log")

    def results(self):
        """By SQL, so that no process of the lab has a part in it."""
        return self.postgresql.sql("SELECT * FROM observation ORDER BY datastream, phenomenon_time", database=self.name)


def import_readings(lab, folder, first, rows):
    file = folder / f"logger{first}.csv"
    file.write_text("when,vwc\n" + "".join(f"2025-05-{1 + n // 24:02} {n % 24:02}:00:00,0.{200 + n}\n"
                                           for n in range(first, first + rows)), encoding="utf-8")
    mapping = folder / "mapping.yaml"
    mapping.write_text('time_columns: ["when"]\ntime_zone: "Z"\nthing: "logger"\ncolumns:\n'
                       '  - {column: "vwc", property: "volumetric_water_content", unit: "m3/m3", depth: 0.05}\n', encoding="utf-8")
    processor = lab.process()
    try:
        lab.must("import", file, "--mapping", mapping)
    finally:
        processor.terminate()
        processor.wait(30)


def test_a_restored_lab_has_its_results_and_is_the_same_lab(stores, tmp_path):
    lab = Lab(stores, f"kept{free_port()}", tmp_path)
    import_readings(lab, tmp_path, 0, 100)
    backup = tmp_path / "backup"
    assert "processed.pgdump" in lab.must("backup", backup)
    import_readings(lab, tmp_path, 100, 50)
    said = lab.must("backup", backup)  # again: what is new
    assert " 1 copied now" in said, said
    again = Lab(stores, f"restored{free_port()}", tmp_path)
    again.must("restore", backup)
    assert again.results() == lab.results()
    assert "no fault was found" in again.must("check")
    import_readings(again, tmp_path, 150, 50)
    assert "no fault was found" in again.must("check")

    other = Lab(stores, f"other{free_port()}", tmp_path)
    import_readings(other, tmp_path, 0, 10)
    status, said = other.tilth("backup", backup)
    assert status == 4 and "is of lab" in said, said
    status, said = other.tilth("restore", backup)
    assert status == 4 and "take an empty place" in said, said


def test_results_ahead_of_an_older_stream_are_refused(stores, tmp_path):
    """Restored in pieces, the results of a later backup beside the stream of an earlier one."""
    lab = Lab(stores, f"ahead{free_port()}", tmp_path)
    import_readings(lab, tmp_path, 0, 100)
    early, late = tmp_path / "early", tmp_path / "late"
    lab.must("backup", early)
    import_readings(lab, tmp_path, 100, 50)
    lab.must("backup", late)
    (late / "processed.pgdump").replace(early / "processed.pgdump")
    mixed = Lab(stores, f"mixed{free_port()}", tmp_path)
    mixed.must("restore", early)
    processor = mixed.process()
    try:
        wait_for("the end of the processor", lambda: processor.poll() is not None, seconds=60)
    finally:
        processor.kill()
        processor.wait()
    assert processor.returncode != 0
    log = (tmp_path / f"{mixed.name}.log").read_text(encoding="utf-8")
    assert "it is an older stream" in log, log
