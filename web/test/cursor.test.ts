import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barExtent, niceExtent } from '../src/plot/extent';
import type { Bucket, Flag, Reading } from '../src/model';
import { next, timeUnder, under } from '../src/plot/cursor';
import { type Frame, markY } from '../src/plot/paint';
import { SeriesWindow, type Shown } from '../src/series/window';

const reading = (time: number, value: number, flag: Flag = 1): Reading => ({ time, value, raw: NaN, flag, tests: [] });
const bucket = (start: number, end: number): Bucket => ({ start, end, min: 1, max: 2, first: 1, last: 2, rawMin: NaN, rawMax: NaN });
const shown = (readings: Reading[], buckets: Bucket[] = []): Shown => ({ readings, buckets, wideBuckets: buckets, gaps: [], gapLimit: Infinity, known: -Infinity });
const SPAN = { from: 0, to: 1000 };
const frame: Frame = { left: 0, top: 0, width: 100, height: 100, ratio: 1, x: (t) => t, y: (v) => 100 - v };

test('the keys go from reading to reading, in both directions', () => {
    const rows = shown([reading(100, 1), reading(200, 2), reading(300, 3)]);
    const right = next(rows, SPAN, 100, 1, false);
    assert.equal(right && timeUnder(right), 200);
    const left = next(rows, SPAN, 300, -1, false);
    assert.equal(left && timeUnder(left), 200);
    assert.equal(next(rows, SPAN, 300, 1, false), null);
});

test('with shift they go to flagged readings alone, and not out of the view', () => {
    const rows = shown([reading(100, 1), reading(200, 2, 4), reading(1300, 3, 3)], [bucket(110, 120)]);
    const found = next(rows, SPAN, 0, 1, true);
    assert.equal(found && timeUnder(found), 200);
    assert.equal(next(rows, SPAN, 200, 1, true), null);
});

test('columns are stepped through as well', () => {
    const found = next(shown([], [bucket(100, 140)]), SPAN, 0, 1, false);
    assert.equal(found?.kind, 'bucket');
    assert.equal(found && timeUnder(found), 120);
});

test('under the cursor is the nearest, and nothing where there is a gap', () => {
    const window = new SeriesWindow();
    window.setFine({ from: 0, to: 1000, column: 0, readings: [reading(100, 1), reading(500, 99, 4)], buckets: [], wideBuckets: [], gaps: [], gapLimit: 1e9, known: -Infinity,
        flaggedTotal: 1, flaggedShown: 1 }, false);
    assert.equal(under(window, SPAN, 110, 20, false)?.kind, 'reading');
    assert.equal(under(window, SPAN, 300, 20, false), null);
    assert.equal(under(window, SPAN, 500, 20, true), null, 'good only');
});

test('a mark outside the scale is held at the edge, a missing value at the foot', () => {
    assert.equal(markY(frame, reading(0, 50)), 50);
    assert.equal(markY(frame, reading(0, 9999)), 7);
    assert.equal(markY(frame, reading(0, NaN)), 93);
});

test('a series of zeros has a scale that can be read, and bars stand on zero', () => {
    assert.deepEqual(niceExtent({ min: 0, max: 0 }, { min: Infinity, max: -Infinity }), [-1, 1]);
    assert.deepEqual(barExtent({ min: 0, max: 0 }, { min: Infinity, max: -Infinity }), [0, 1]);
    assert.equal(barExtent({ min: 0, max: 12 }, { min: Infinity, max: -Infinity })[0], 0);
});
