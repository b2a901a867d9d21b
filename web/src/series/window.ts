// What is known of one datastream around the view: a coarse stretch over everything it has, a fine one around what
// is shown. Live changes go into the fine one. Pure; series/loader.ts fills it.
import type { Bucket, Reading, Stretch } from '../model';
import type { Span } from '../state/range';
import { isGood } from '../text/values';

/** Live changes kept to be done again on a stretch that was asked for before them and arrives after. */
const REMEMBERED = 200;

export interface Shown {
    readings: Reading[];
    buckets: Bucket[];
    wideBuckets: Bucket[];
    gaps: readonly number[];
    gapLimit: number;
    known: number;
}

export class SeriesWindow {
    coarse: Stretch | null = null;
    #fine: Stretch | null = null;
    #open = false;
    #recent: { span: Span; readings: readonly Reading[] }[] = [];

    get fine(): Stretch | null {
        return this.#fine;
    }

    /** `open`: it was read up to the present, so that live changes continue it. */
    setFine(stretch: Stretch, open: boolean): void {
        this.#fine = stretch;
        this.#open = open;
        for (const change of this.#recent) this.#apply(change.span, change.readings);
    }

    /** The readings in `span` are now exactly these. */
    replace(span: Span, readings: readonly Reading[]): void {
        this.#recent.push({ span, readings });
        if (this.#recent.length > REMEMBERED) this.#recent.shift();
        this.#apply(span, readings);
    }

    /** After a reset nothing of before is to be trusted. */
    forget(): void {
        this.#recent = [];
        if (this.#fine) this.#fine.from = this.#fine.to;
    }

    /**
     * Whether the span can be drawn without a reader seeing a difference: what is there covers it, and columns are
     * not wider than two pixels.
     */
    suffices(span: Span, pixel: number): boolean {
        const fine = this.#fine;
        if (!fine || fine.from > span.from || fine.from >= fine.to) return false;
        if (!this.#open && fine.to < span.to - pixel) return false;
        return fine.column === 0 || fine.column <= 2 * pixel;
    }

    /** Everything to draw in the span, with one neighbour on either side so that lines reach the edges. */
    shown(span: Span): Shown {
        const fine = this.#fine;
        const coarse = this.coarse;
        if (!fine || fine.from >= fine.to || fine.to < span.from || fine.from > span.to) {
            return join(coarse ? [part(coarse, span)] : [], coarse);
        }
        const parts = [part(fine, span)];
        if (coarse && span.from < fine.from) parts.unshift(part(coarse, { from: span.from, to: fine.from }));
        if (coarse && span.to > fine.to) parts.push(part(coarse, { from: fine.to, to: span.to }));
        return join(parts, fine);
    }

    /** What lies before the fine stretch is not its business; what follows it lengthens it. */
    #apply(span: Span, changed: readonly Reading[]): void {
        const fine = this.#fine;
        if (!fine || span.to <= fine.from || (span.from > fine.to && !this.#open)) return;
        const readings = changed.filter((r) => r.time >= fine.from);
        fine.to = Math.max(fine.to, span.to);
        const kept = fine.column === 0 ? readings : readings.filter((r) => !isGood(r.flag));
        const first = lowerBound(fine.readings, timeOf, span.from);
        const last = lowerBound(fine.readings, timeOf, span.to);
        fine.readings.splice(first, last - first, ...kept);
        if (fine.column === 0) return;
        for (const reading of readings) {
            if (isGood(reading.flag)) widen(fine.buckets, fine.column, reading);
            if (reading.flag <= 3) widen(fine.wideBuckets, fine.column, reading);
        }
    }
}

type Part = Pick<Stretch, 'gaps' | 'readings' | 'buckets' | 'wideBuckets'>;

function part(stretch: Stretch, span: Span): Part {
    return {
        gaps: slice(stretch.gaps, (gap) => gap, span),
        readings: slice(stretch.readings, timeOf, span),
        buckets: slice(stretch.buckets, (b) => b.start, span),
        wideBuckets: slice(stretch.wideBuckets, (b) => b.start, span),
    };
}

function join(parts: readonly Part[], from: Stretch | null): Shown {
    return {
        readings: inOrder(parts.flatMap((p) => p.readings)),
        buckets: parts.flatMap((p) => p.buckets),
        wideBuckets: parts.flatMap((p) => p.wideBuckets),
        gaps: parts.flatMap((p) => p.gaps).sort((a, b) => a - b),
        gapLimit: from?.gapLimit ?? Infinity,
        known: from?.known ?? -Infinity,
    };
}

function timeOf(reading: Reading): number {
    return reading.time;
}

/** First index whose time is not below `time`. */
export function lowerBound<T>(rows: readonly T[], timeOf: (row: T) => number, time: number): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (timeOf(rows[middle] as T) < time) low = middle + 1;
        else high = middle;
    }
    return low;
}

/** The rows inside the span and one on either side. */
export function slice<T>(rows: readonly T[], timeOf: (row: T) => number, span: Span): T[] {
    const first = Math.max(0, lowerBound(rows, timeOf, span.from) - 1);
    const last = Math.min(rows.length, lowerBound(rows, timeOf, span.to) + 1);
    return rows.slice(first, last);
}

/** The row nearest in time, and no further than `reach`; null without one. */
export function nearest<T>(rows: readonly T[], timeOf: (row: T) => number, time: number, reach: number): T | null {
    const at = lowerBound(rows, timeOf, time);
    const before = rows[at - 1];
    const after = rows[at];
    const distance = (row: T | undefined): number => (row === undefined ? Infinity : Math.abs(timeOf(row) - time));
    const best = distance(before) <= distance(after) ? before : after;
    return best !== undefined && distance(best) <= reach ? best : null;
}

/** A live reading widens its column's bucket, or opens one. */
function widen(buckets: Bucket[], column: number, reading: Reading): void {
    if (Number.isNaN(reading.value)) return;
    const at = lowerBound(buckets, (b) => b.end, reading.time);
    const near = [buckets[at], buckets[at - 1]].find((b) => b && Math.abs(reading.time - b.start) < column);
    if (!near) {
        const { time, value, raw } = reading;
        buckets.splice(at, 0, { start: time, end: time, min: value, max: value, first: value, last: value, rawMin: raw, rawMax: raw });
        return;
    }
    near.min = Math.min(near.min, reading.value);
    near.max = Math.max(near.max, reading.value);
    near.rawMin = Math.min(near.rawMin, reading.raw);
    near.rawMax = Math.max(near.rawMax, reading.raw);
    if (reading.time >= near.end) {
        near.end = reading.time;
        near.last = reading.value;
    }
}

/** Neighbours of adjoining stretches overlap; each time is kept once, the later source wins. */
function inOrder(rows: Reading[]): Reading[] {
    let rising = true;
    for (let i = 1; i < rows.length && rising; i++) rising = (rows[i - 1] as Reading).time < (rows[i] as Reading).time;
    if (rising) return rows;
    const byTime = new Map<number, Reading>();
    for (const row of rows) byTime.set(row.time, row);
    return [...byTime.values()].sort((a, b) => a.time - b.time);
}
