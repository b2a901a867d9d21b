// Draws one series into a plot: bands and lines of buckets, lines and points of readings, marks of flagged ones.
// Takes what SeriesWindow.shown() gives and two functions from value to canvas pixel; knows nothing of uPlot.
import type { Bucket, Reading } from '../model';
import { type Gaps, runsOf } from '../series/gaps';
import type { Shown } from '../series/window';
import { isGood } from '../text/values';
import { type Mark, drawMark, isManual, markOf } from './marks';
import type { Palette } from './colours';

export interface Frame {
    left: number;
    top: number;
    width: number;
    height: number;
    /** Canvas pixels a CSS pixel. */
    ratio: number;
    x(time: number): number;
    y(value: number): number;
}

export interface Style {
    colour: string;
    dash: readonly number[];
    goodOnly: boolean;
    /** Sums over an interval, such as rain: bars from zero, not a line. */
    bars: boolean;
    /** Whether a person judged what was measured then. */
    judged(time: number): boolean;
}

export function paintSeries(ctx: CanvasRenderingContext2D, frame: Frame, shown: Shown, style: Style, palette: Palette): void {
    ctx.save();
    ctx.beginPath();
    ctx.rect(frame.left, frame.top, frame.width, frame.height);
    ctx.clip();
    ctx.lineJoin = 'round';
    ctx.lineWidth = 1.5 * frame.ratio;
    ctx.strokeStyle = style.colour;
    ctx.setLineDash(style.dash.map((d) => d * frame.ratio));
    paintBuckets(ctx, frame, shown, style);
    paintReadings(ctx, frame, shown, style);
    ctx.setLineDash([]);
    if (!style.goodOnly) paintMarks(ctx, frame, shown.readings, style, palette);
    ctx.restore();
}

/** A band from least to greatest, and a line through its middle; broken where there is a gap. */
function paintBuckets(ctx: CanvasRenderingContext2D, frame: Frame, shown: Shown, style: Style): void {
    const buckets = style.goodOnly ? shown.buckets : shown.wideBuckets;
    if (style.bars) {
        paintBars(ctx, frame, buckets.map((b) => [(b.start + b.end) / 2, b.max]), style);
        return;
    }
    for (const run of runsOf(buckets, (b) => b.start, (b) => b.end, breaksOf(shown, style), false)) {
        ctx.globalAlpha = 0.3;
        ctx.fillStyle = style.colour;
        ctx.beginPath();
        for (const b of run) ctx.lineTo(frame.x((b.start + b.end) / 2), frame.y(b.max));
        for (const b of [...run].reverse()) ctx.lineTo(frame.x((b.start + b.end) / 2), frame.y(b.min));
        ctx.closePath();
        ctx.fill();
        ctx.globalAlpha = 1;
        ctx.beginPath();
        for (const b of run) ctx.lineTo(frame.x((b.start + b.end) / 2), frame.y((b.min + b.max) / 2));
        ctx.stroke();
        if (run.length === 1) paintDot(ctx, frame, (run[0] as Bucket).start, (run[0] as Bucket).last, style);
    }
}

function paintReadings(ctx: CanvasRenderingContext2D, frame: Frame, shown: Shown, style: Style): void {
    const bucketed = shown.wideBuckets.length > 0;
    const rows = shown.readings.filter((r) => !Number.isNaN(r.value) && (isGood(r.flag) || (r.flag === 3 && !style.goodOnly && !bucketed)));
    if (!rows.length) return;
    if (style.bars) {
        paintBars(ctx, frame, rows.map((r) => [r.time, r.value]), style);
        return;
    }
    const apart = frame.width / frame.ratio / rows.length;
    ctx.globalAlpha = 1;
    for (const run of runsOf(rows, (r) => r.time, (r) => r.time, breaksOf(shown, style), true)) {
        ctx.beginPath();
        for (const r of run) ctx.lineTo(frame.x(r.time), frame.y(r.value));
        ctx.stroke();
        if (apart > 7 || run.length === 1) {
            for (const r of run) paintDot(ctx, frame, r.time, r.value, style);
        }
    }
}

/** Where only good readings are wanted, those left out are gaps: nothing is drawn across them. */
function breaksOf(shown: Shown, style: Style): Gaps {
    if (!style.goodOnly) return shown;
    const left = shown.readings.filter((r) => !isGood(r.flag)).map((r) => r.time);
    return { gaps: [...shown.gaps, ...left].sort((a, b) => a - b), gapLimit: shown.gapLimit, known: shown.known };
}

/** As wide as there is room, and never too thin to be seen. */
function paintBars(ctx: CanvasRenderingContext2D, frame: Frame, bars: readonly [time: number, value: number][], style: Style): void {
    const width = Math.min(10, Math.max(1.5, (0.6 * frame.width) / frame.ratio / bars.length)) * frame.ratio;
    const zero = frame.y(0);
    ctx.globalAlpha = 1;
    ctx.fillStyle = style.colour;
    for (const [time, value] of bars) ctx.fillRect(frame.x(time) - width / 2, Math.min(zero, frame.y(value)), width, Math.abs(zero - frame.y(value)));
}

function paintDot(ctx: CanvasRenderingContext2D, frame: Frame, time: number, value: number, style: Style): void {
    ctx.fillStyle = style.colour;
    ctx.beginPath();
    ctx.arc(frame.x(time), frame.y(value), 2.2 * frame.ratio, 0, 2 * Math.PI);
    ctx.fill();
}

/**
 * One mark for each cell of six pixels and each kind, so that thousands of flagged readings stay readable and fast.
 * Where there are still more than a mark every twelve pixels, they are smaller, and the lines below stay visible.
 */
function paintMarks(ctx: CanvasRenderingContext2D, frame: Frame, readings: readonly Reading[], style: Style, palette: Palette): void {
    const cells = new Map<string, { mark: Mark; x: number; y: number; manual: boolean }>();
    const cell = 6 * frame.ratio;
    for (const reading of readings) {
        const mark = markOf(reading);
        if (mark === null) continue;
        const x = frame.x(reading.time);
        if (x < frame.left - 8 || x > frame.left + frame.width + 8) continue;
        const y = markY(frame, reading);
        cells.set(`${mark}${Math.round(x / cell)},${Math.round(y / cell)}`, { mark, x, y, manual: isManual(reading) || style.judged(reading.time) });
    }
    const crowded = cells.size > frame.width / (12 * frame.ratio);
    const size = (crowded ? 2.2 : 4.2) * frame.ratio;
    for (const { mark, x, y, manual } of cells.values()) drawMark(ctx, mark, x, y, size, palette, manual);
}

/** A missing value stands on the lower edge; one outside the scale is held at the edge. */
export function markY(frame: Frame, reading: Reading): number {
    const inset = 7 * frame.ratio;
    const bottom = frame.top + frame.height - inset;
    if (Number.isNaN(reading.value)) return bottom;
    return Math.min(bottom, Math.max(frame.top + inset, frame.y(reading.value)));
}
