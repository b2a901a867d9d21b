import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretchOf } from '../src/api/columns';
import type { WireRow, WireSeries } from '../src/api/wire';
import type { Flag, Reading, Stretch } from '../src/model';
import { runsOf } from '../src/series/gaps';
import { SeriesWindow, nearest, slice } from '../src/series/window';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const row = (seconds: number, value: number, flag = 'good'): WireRow => [at(seconds), value, flag, flag === 'good' ? [] : ['spike']];
const answer = (rows: WireRow[], source = 'rows'): WireSeries => ({ datastream: { id: '1', name: 'a/b' }, source, gap_seconds: 100, rows });
const reading = (time: number, value: number, flag: Flag = 1): Reading => ({ time, value, raw: NaN, flag, tests: [] });
const stretch = (from: number, to: number, readings: Reading[], column = 0): Stretch =>
    ({ from, to, column, readings, buckets: [], wideBuckets: [], gaps: [], gapLimit: 1e9, known: -Infinity, flaggedTotal: 0, flaggedShown: 0 });

test('few readings a column are shown one by one', () => {
    const s = stretchOf(answer([row(1, 5), row(2, 6), row(12, 7)]), { from: 0, to: 100_000 }, 10);
    assert.equal(s.column, 0);
    assert.deepEqual(s.readings.map((r) => r.value), [5, 6, 7]);
});

test('four good readings in a column stand for more: they become a bucket', () => {
    const rows = [row(1, 5), row(2, 9), row(3, 2), row(9, 6), row(12, 7)];
    const s = stretchOf(answer(rows), { from: 0, to: 100_000 }, 10);
    assert.equal(s.column, 10_000);
    assert.deepEqual(s.buckets.map((b) => [b.start, b.end, b.min, b.max, b.first, b.last]), [[1000, 9000, 2, 9, 5, 6], [12000, 12000, 7, 7, 7, 7]]);
});

test('a flagged reading never goes into a bucket, nor is it lost', () => {
    const rows = [row(1, 5), row(2, 9), row(3, 99, 'fail'), row(4, 2), row(9, 6)];
    const s = stretchOf(answer(rows), { from: 0, to: 100_000 }, 10);
    assert.equal(s.buckets[0]?.max, 9);
    assert.deepEqual(s.readings.map((r) => [r.value, r.flag, r.tests]), [[99, 4, ['spike']]]);
});

test('roll-ups are buckets however few they are', () => {
    assert.equal(stretchOf(answer([row(1, 5)], 'daily'), { from: 0, to: 100_000 }, 10).buckets.length, 1);
});

test('a gap row is no reading and breaks the line', () => {
    const s = stretchOf(answer([row(1, 5), [at(30), null, null, []], row(60, 6)]), { from: 0, to: 100_000 }, 50);
    assert.equal(s.readings.length, 2);
    assert.equal(runsOf(s.readings, (r) => r.time, (r) => r.time, s, true).length, 2);
});

test('a missing value is a reading, not a gap', () => {
    const s = stretchOf(answer([[at(1), null, 'missing', ['sentinel']]]), { from: 0, to: 100_000 }, 50);
    assert.deepEqual(s.readings.map((r) => [Number.isNaN(r.value), r.flag]), [[true, 9]]);
});

test('neighbours too far apart are not joined', () => {
    const rows = [reading(0, 1), reading(10, 1), reading(200, 1)];
    const times = (r: Reading): number => r.time;
    assert.equal(runsOf(rows, times, times, { gaps: [], gapLimit: 100, known: -Infinity }, true).length, 2);
    assert.equal(runsOf(rows, times, times, { gaps: [], gapLimit: 100, known: -Infinity }, false).length, 1);
});

test('a live change replaces exactly its stretch', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(0, 100, [reading(10, 1), reading(20, 2), reading(30, 3)]), false);
    window.replace({ from: 15, to: 25 }, [reading(20, 9, 3), reading(22, 4)]);
    assert.deepEqual(window.shown({ from: 0, to: 100 }).readings.map((r) => [r.time, r.value]), [[10, 1], [20, 9], [22, 4], [30, 3]]);
    window.replace({ from: 20, to: 21 }, []);
    assert.deepEqual(window.shown({ from: 0, to: 100 }).readings.map((r) => r.time), [10, 22, 30]);
});

test('a change that came before the answer to an older question is not lost', () => {
    const window = new SeriesWindow();
    window.replace({ from: 50, to: 51 }, [reading(50, 7)]);
    window.setFine(stretch(0, 100, [reading(10, 1)]), false);
    assert.deepEqual(window.shown({ from: 0, to: 100 }).readings.map((r) => r.time), [10, 50]);
});

test('after a reset remembered changes are forgotten and the view must be read again', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(0, 100, [reading(10, 1)]), false);
    window.replace({ from: 50, to: 51 }, [reading(50, 7)]);
    window.forget();
    assert.equal(window.suffices({ from: 0, to: 90 }, 1), false);
    window.setFine(stretch(0, 100, [reading(10, 1)]), false);
    assert.deepEqual(window.shown({ from: 0, to: 100 }).readings.map((r) => r.time), [10]);
});

test('in a down-sampled stretch a good live reading widens its column, a flagged one stays itself', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(0, 1000, [], 100), false);
    window.replace({ from: 10, to: 11 }, [reading(10, 5)]);
    window.replace({ from: 20, to: 21 }, [reading(20, 8)]);
    window.replace({ from: 30, to: 31 }, [reading(30, 99, 4)]);
    const shown = window.shown({ from: 0, to: 1000 });
    assert.deepEqual(shown.buckets.map((b) => [b.min, b.max, b.last]), [[5, 8, 8]]);
    assert.deepEqual(shown.readings.map((r) => r.value), [99]);
});

test('a zoom asks for finer data, a small pan does not', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(0, 4000, [], 2), false);
    assert.equal(window.suffices({ from: 1000, to: 3000 }, 2), true);
    assert.equal(window.suffices({ from: 1100, to: 3100 }, 2), true);
    assert.equal(window.suffices({ from: 1900, to: 2100 }, 0.2), false, 'columns are ten pixels wide');
    assert.equal(window.suffices({ from: 3000, to: 5000 }, 2), false, 'the end is not there');
    window.setFine(stretch(0, 4000, [], 2), true);
    assert.equal(window.suffices({ from: 3000, to: 5000 }, 2), true, 'live changes bring the end');
});

test('the coarse stretch fills in around the fine one', () => {
    const window = new SeriesWindow();
    window.coarse = stretch(0, 1000, [reading(100, 1), reading(500, 2), reading(900, 3)]);
    window.setFine(stretch(400, 600, [reading(450, 5), reading(550, 6)]), false);
    const times = window.shown({ from: 0, to: 1000 }).readings.map((r) => r.time);
    assert.ok(times.includes(100) && times.includes(450) && times.includes(900));
});

test('slice gives one neighbour on either side', () => {
    const rows = [1, 2, 3, 4, 5, 6];
    assert.deepEqual(slice(rows, (r) => r, { from: 3, to: 4.5 }), [2, 3, 4, 5]);
});

test('nearest keeps to its reach', () => {
    const rows = [0, 10, 20];
    assert.equal(nearest(rows, (r) => r, 13, 5), 10);
    assert.equal(nearest(rows, (r) => r, 15, 4), null);
    assert.equal(nearest([] as number[], (r) => r, 15, 4), null);
});

test('a change that begins before the fine stretch changes what lies inside it', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(100, 200, [reading(110, 1), reading(150, 2)]), false);
    window.replace({ from: 50, to: 120 }, [reading(60, 9), reading(110, 7, 3)]);
    assert.deepEqual(window.shown({ from: 100, to: 200 }).readings.map((r) => [r.time, r.value, r.flag]), [[110, 7, 3], [150, 2, 1]]);
    assert.equal(window.fine?.from, 100);
});

test('a change far behind the fine stretch does not pretend that the time between is known', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(100, 200, [reading(110, 1)]), false);
    window.replace({ from: 900, to: 901 }, [reading(900, 9)]);
    assert.equal(window.fine?.to, 200);
});

test('live changes continue a stretch that was read up to the present', () => {
    const window = new SeriesWindow();
    window.setFine(stretch(100, 200, [reading(110, 1)]), true);
    window.replace({ from: 900, to: 901 }, [reading(900, 9)]);
    assert.deepEqual(window.shown({ from: 100, to: 1000 }).readings.map((r) => r.time), [110, 900]);
});

test('a stretch that leaves out flagged readings is no complete one', () => {
    const s = stretchOf({ ...answer([row(1, 5, 'suspect'), row(9, 6, 'suspect')]), flagged: { total: 9, shown: 2 } }, { from: 0, to: 100_000 }, 10);
    assert.equal(s.column, 10_000);
    assert.deepEqual([s.buckets.length, s.wideBuckets.length, s.readings.length], [0, 1, 2]);
});

test('the limit holds only for what came after the server looked for gaps', () => {
    const rows = [{ time: 0 }, { time: 500 }, { time: 1000 }];
    const times = (row: { time: number }): number => row.time;
    assert.deepEqual(runsOf(rows, times, times, { gaps: [], gapLimit: 100, known: 500 }, true).map((run) => run.length), [2, 1]);
});
