import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, HOUR, MIN_WIDTH, fixed, pan, presetOf, settle, spanOf, zoom } from '../src/state/range';

const NOW = Date.UTC(2026, 10, 24);

test('a follower moves with the present and keeps its width', () => {
    const range = { follow: true, width: DAY } as const;
    const before = spanOf(range, NOW);
    const after = spanOf(range, NOW + 5000);
    assert.equal(before.to - before.from, DAY);
    assert.equal(after.from - before.from, 5000);
    assert.ok(before.to > NOW, 'the newest point does not touch the frame');
});

test('zooming keeps what is under the pointer where it is', () => {
    const span = zoom({ from: 0, to: 1000 * HOUR }, 0.5, 0.25);
    assert.equal(span.from + (span.to - span.from) * 0.25, 250 * HOUR);
    assert.equal(span.to - span.from, 500 * HOUR);
});

test('zooming stops at the narrowest view', () => {
    const span = zoom({ from: 0, to: MIN_WIDTH }, 0.001, 0.5);
    assert.equal(span.to - span.from, MIN_WIDTH);
});

test('panning keeps the width', () => {
    assert.deepEqual(pan({ from: 100, to: 300 }, -0.5), { from: 0, to: 200 });
});

test('two ends may be given in either order', () => {
    assert.deepEqual(fixed(3 * HOUR, HOUR), { follow: false, from: HOUR, to: 3 * HOUR });
});

test('a follower that is zoomed at the present goes on following', () => {
    const range = { follow: true, width: DAY } as const;
    const zoomed = zoom(spanOf(range, NOW), 0.5, 0.98);
    assert.equal(settle(range, zoomed, NOW).follow, true);
});

test('a follower that is moved into the past stops following', () => {
    const range = { follow: true, width: DAY } as const;
    assert.equal(settle(range, pan(spanOf(range, NOW), -0.5), NOW).follow, false);
});

test('a fixed range does not begin to follow by itself', () => {
    const range = fixed(NOW - DAY, NOW);
    assert.equal(settle(range, { from: NOW - DAY, to: NOW }, NOW).follow, false);
});

test('only a follower of just that width is a preset', () => {
    assert.equal(presetOf({ follow: true, width: DAY }), '1d');
    assert.equal(presetOf({ follow: true, width: DAY + 1000 }), null);
    assert.equal(presetOf({ follow: false, from: 0, to: DAY }), null);
});
