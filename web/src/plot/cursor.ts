// What lies under the cursor: the nearest reading or column of each series, and the flagged reading that is pointed at.
import type { Bucket, Reading } from '../model';
import { type SeriesWindow, type Shown, nearest } from '../series/window';
import type { Span } from '../state/range';
import { type Frame, markY } from './paint';
import { markOf } from './marks';

export type Under = { kind: 'reading'; reading: Reading } | { kind: 'bucket'; bucket: Bucket };

/** Within `reach` milliseconds; null where there is nothing, so that a gap reads as a gap. */
export function under(window: SeriesWindow, span: Span, time: number, reach: number, goodOnly: boolean): Under | null {
    const shown = window.shown(span);
    const readings = goodOnly ? shown.readings.filter((r) => r.flag <= 2) : shown.readings;
    const reading = nearest(readings, (r) => r.time, time, reach);
    const bucket = nearest(goodOnly ? shown.buckets : shown.wideBuckets, (b) => (b.start + b.end) / 2, time, reach);
    if (reading && (!bucket || Math.abs(reading.time - time) <= Math.abs((bucket.start + bucket.end) / 2 - time))) {
        return { kind: 'reading', reading };
    }
    return bucket ? { kind: 'bucket', bucket } : null;
}

export function timeUnder(found: Under): number {
    return found.kind === 'reading' ? found.reading.time : (found.bucket.start + found.bucket.end) / 2;
}

/** The flagged reading whose sign is nearest to a point, within `radius` canvas pixels. */
export function flaggedAt(window: SeriesWindow, span: Span, frame: Frame, x: number, y: number, radius: number): { reading: Reading; distance: number } | null {
    let best: { reading: Reading; distance: number } | null = null;
    for (const reading of window.shown(span).readings) {
        if (markOf(reading) === null) continue;
        const distance = Math.hypot(frame.x(reading.time) - x, markY(frame, reading) - y);
        if (distance <= radius && (!best || distance < best.distance)) best = { reading, distance };
    }
    return best;
}

/** The first reading or column after (1) or before (-1) a time, inside the span; with `flagged` only flagged readings. */
export function next(shown: Shown, span: Span, from: number, direction: 1 | -1, flagged: boolean): Under | null {
    const all: Under[] = shown.readings.filter((r) => !flagged || r.flag > 2).map((reading) => ({ kind: 'reading', reading }));
    if (!flagged) all.push(...shown.buckets.map((bucket): Under => ({ kind: 'bucket', bucket })));
    let best: Under | null = null;
    for (const one of all) {
        const time = timeUnder(one);
        if (direction * (time - from) <= 0.5 || time < span.from || time > span.to) continue;
        if (!best || direction * (time - timeUnder(best)) < 0) best = one;
    }
    return best;
}
