// From the rows of a down-sampled answer to a stretch: which readings are complete, which stand for a column.
// The server keeps of each column of the plot the first, last, least and greatest good reading (M4), so a column
// with four of them may have had more, and is drawn as a bucket.
import type { Bucket, Reading, Stretch } from '../model';
import type { Span } from '../state/range';
import { parseInstant } from '../text/instant';
import { isGood } from '../text/values';
import { type WireSeries, isGap, readingOf } from './wire';

/** `columns` is max_points / 4 of the request. */
export function stretchOf(series: WireSeries, span: Span, columns: number): Stretch {
    const readings: Reading[] = [];
    const gaps: number[] = [];
    for (const row of series.rows) {
        if (isGap(row)) gaps.push(parseInstant(row[0]));
        else readings.push(readingOf(row));
    }
    const stretch: Stretch = {
        from: span.from, to: span.to, column: 0, readings, buckets: [], wideBuckets: [], gaps,
        gapLimit: series.gap_seconds === null ? Infinity : series.gap_seconds * 1000,
        known: readings[readings.length - 1]?.time ?? -Infinity,
        flaggedTotal: series.flagged?.total ?? 0,
        flaggedShown: series.flagged?.shown ?? 0,
    };
    const width = (span.to - span.from) / columns;
    const rolledUp = series.source === 'hourly' || series.source === 'daily';
    const allFlagged = stretch.flaggedShown === stretch.flaggedTotal;
    if (!rolledUp && allFlagged && mostInAColumn(readings, span.from, width) < 4) return stretch;
    stretch.column = width;
    stretch.buckets = bucketsOf(readings.filter((r) => isGood(r.flag)), span.from, width);
    stretch.wideBuckets = bucketsOf(readings.filter((r) => r.flag <= 3), span.from, width);
    stretch.readings = readings.filter((r) => !isGood(r.flag));
    return stretch;
}

function mostInAColumn(readings: readonly Reading[], from: number, width: number): number {
    let most = 0;
    let count = 0;
    let column = -1;
    for (const reading of readings) {
        if (!isGood(reading.flag)) continue;
        const at = Math.floor((reading.time - from) / width);
        count = at === column ? count + 1 : 1;
        column = at;
        if (count > most) most = count;
    }
    return most;
}

function bucketsOf(readings: readonly Reading[], from: number, width: number): Bucket[] {
    const buckets: Bucket[] = [];
    let column = NaN;
    for (const { time, value, raw } of readings) {
        if (Number.isNaN(value)) continue;
        const at = Math.floor((time - from) / width);
        const open = buckets[buckets.length - 1];
        if (open && at === column) {
            open.end = time;
            open.last = value;
            if (value < open.min) open.min = value;
            if (value > open.max) open.max = value;
            open.rawMin = Math.min(open.rawMin, raw);
            open.rawMax = Math.max(open.rawMax, raw);
        } else {
            buckets.push({ start: time, end: time, min: value, max: value, first: value, last: value, rawMin: raw, rawMax: raw });
            column = at;
        }
    }
    return buckets;
}
