import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManualFlag } from '../src/model';
import { annotationAt } from '../src/plot/annotations';
import { Journal, standing } from '../src/state/journal';

const flag = (from: number, to: number, more: Partial<ManualFlag> = {}): ManualFlag =>
    ({ datastream: 'a', from, to, flag: 4, withdraw: false, who: 'ada', why: 'pulled out', when: 0, ...more });
const spans = (flags: ManualFlag[]): [number, number, number][] => standing(flags).map((one) => [one.from, one.to, one.flag]);

test('the flag given last holds where flags overlap', () => {
    assert.deepEqual(spans([flag(0, 10), flag(4, 6, { flag: 1 })]), [[0, 4, 4], [4, 6, 1], [6, 10, 4]]);
});

test('a withdrawal takes back what was given before it, not what comes after', () => {
    assert.deepEqual(spans([flag(0, 10), flag(2, 4, { withdraw: true })]), [[0, 2, 4], [4, 10, 4]]);
    assert.deepEqual(spans([flag(0, 10, { withdraw: true }), flag(0, 10)]), [[0, 10, 4]]);
    assert.deepEqual(spans([flag(0, 10), flag(0, 10, { withdraw: true })]), []);
});

test('edges of others do not cut a judgement that holds on', () => {
    assert.deepEqual(spans([flag(4, 6, { flag: 3 }), flag(0, 10)]), [[0, 10, 4]]);
    assert.deepEqual(spans([flag(5, 5)]), []);
});

test('a judgement covers its beginning and not its end', () => {
    const journal = new Journal();
    journal.set([flag(0, 10, { when: 2 }), flag(0, 10, { flag: 1, when: 1 }), flag(0, 10, { datastream: 'b', flag: 3 })], []);
    assert.equal(journal.judgementAt('a', 0)?.flag, 4);
    assert.equal(journal.judgementAt('b', 9)?.flag, 3);
    assert.equal(journal.judgementAt('a', 10), undefined);
    assert.equal(journal.judgementAt('c', 5), undefined);
});

test('notes of the whole site and of the things shown, in time order', () => {
    const journal = new Journal();
    const note = (time: number, thing: string) => ({ time, thing, text: '', who: '' });
    journal.set([], [note(3, ''), note(1, 'n1'), note(2, 'n2')]);
    assert.deepEqual(journal.notesOf(new Set(['n1'])).map((one) => one.time), [1, 3]);
});

test('a note and a bar are found where they are drawn, and not beside', () => {
    const frame = { left: 100, top: 50, width: 200, height: 100, ratio: 2, x: (t: number) => 100 + t, y: (v: number) => v };
    const note = { time: 40, thing: '', text: 'rain', who: 'ada' };
    const judgement = { from: 80, to: 120, flag: 4 as const, who: 'ada', why: '', when: 0 };
    assert.equal(annotationAt(frame, 141, 60, [note], [])?.kind, 'note');
    assert.equal(annotationAt(frame, 141, 120, [note], []), null);
    assert.equal(annotationAt(frame, 200, 52, [note], [[judgement]])?.kind, 'judgement');
    assert.equal(annotationAt(frame, 230, 52, [note], [[judgement]]), null);
    assert.deepEqual(annotationAt(frame, 200, 62, [], [[], [judgement]]), { kind: 'judgement', series: 1, judgement });
});
