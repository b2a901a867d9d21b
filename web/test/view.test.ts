import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY } from '../src/state/range';
import { DEFAULT_VIEW, type View, fromHash, toHash } from '../src/state/view';

const FULL: View = {
    range: { follow: false, from: Date.UTC(2025, 4, 1, 6, 0, 2, 250), to: Date.UTC(2025, 4, 2) },
    series: ['node-01/soil_temperature@0.05m', 'plot, "7"/vwc@0.2m#b'],
    node: 'plot, "7"',
    goodOnly: true,
    raw: true,
    zone: 'local',
    theme: 'dark',
    pane: 'table',
};

test('the address restores the whole view', () => {
    assert.deepEqual(fromHash(toHash(FULL)), FULL);
});

test('the address of a follower restores its width, preset or not', () => {
    for (const width of [DAY, 12_345_000]) {
        const view: View = { ...DEFAULT_VIEW, range: { follow: true, width } };
        assert.deepEqual(fromHash(toHash(view)), view);
    }
});

test('names stay readable in the address', () => {
    assert.match(toHash(FULL), /series=node-01\/soil_temperature@0\.05m,/);
});

test('what makes no sense gets its default', () => {
    assert.deepEqual(fromHash('#from=yesterday&to=2025-01-01&zone=mars&theme=&series=&%E0%A4%A=1'), DEFAULT_VIEW);
});

test('a range whose ends are swapped is none', () => {
    assert.deepEqual(fromHash('#from=2025-02-01T00:00:00Z&to=2025-01-01T00:00:00Z').range, DEFAULT_VIEW.range);
});

test('a broken escape does not throw', () => {
    assert.deepEqual(fromHash('#series=%E0%A4%A').series, []);
});
