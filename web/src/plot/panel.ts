// One panel: every chosen series of one property, over the common axis of time. uPlot gives scales, axes, cursor and
// selection; the series are drawn by paint.ts, since each has times of its own.
import uPlot from 'uplot';
import type { Bucket, Datastream, FieldNote, Judgement, Reading } from '../model';
import type { SeriesWindow } from '../series/window';
import type { Span } from '../state/range';
import type { Zone } from '../state/view';
import { localZone } from '../text/time';
import { isGood, unitTitle } from '../text/values';
import { type Annotation, annotationAt, paintBands, paintNotes } from './annotations';
import { type Palette, dashOf, depthColour } from './colours';
import { Extent, barExtent, niceExtent } from './extent';
import { type Frame, paintSeries } from './paint';

export const SYNC_KEY = 'tilth';

export interface PanelSeries {
    stream: Datastream;
    window: SeriesWindow;
    /** Position of its node among those shown: chooses the stroke. */
    nodeIndex: number;
}

export interface PanelContext {
    span(): Span;
    palette(): Palette;
    zone(): Zone;
    goodOnly(): boolean;
    showRaw(): boolean;
    /** What people wrote: of a datastream, and of what is shown. */
    judgements(stream: Datastream): readonly Judgement[];
    notes(): readonly FieldNote[];
    onCursor(panel: Panel, left: number, top: number): void;
    onSelect(from: number, to: number): void;
    selecting(): boolean;
}

/** Where a panel stands: the highest has the heads of the notes, the lowest the axis of time. */
export interface PanelPlace {
    highest: boolean;
    lowest: boolean;
}

export const AXIS_WIDTH = 58;

export class Panel {
    readonly plot: uPlot;
    readonly series: PanelSeries[];
    readonly unit: string;
    readonly #context: PanelContext;
    readonly #highest: boolean;

    constructor(target: HTMLElement, series: PanelSeries[], place: PanelPlace, context: PanelContext) {
        this.series = series;
        this.unit = series[0]?.stream.unit ?? '';
        this.#context = context;
        this.#highest = place.highest;
        this.plot = new uPlot(this.#options(target, place.lowest), [[0, 1], [null, null], [null, null]], target);
    }

    redraw(): void {
        const span = this.#context.span();
        this.plot.batch(() => {
            this.plot.setScale('x', { min: span.from, max: span.to });
        });
    }

    resize(width: number, height: number): void {
        if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
    }

    destroy(): void {
        this.plot.destroy();
    }

    colour(series: PanelSeries): string {
        return depthColour(series.stream.depth, this.#context.palette().dark);
    }

    /** From value to canvas pixel; `scale` is "y", or "raw" for what was sent. */
    frame(scale: 'y' | 'raw' = 'y'): Frame {
        const u = this.plot;
        const { left, top, width, height } = u.bbox;
        return {
            left, top, width, height,
            ratio: uPlot.pxRatio,
            x: (time) => u.valToPos(time, 'x', true),
            y: (value) => u.valToPos(value, scale, true),
        };
    }

    /** The note or judgement at a point of the plotting area, CSS pixels. */
    annotationAt(left: number, top: number): Annotation | null {
        const frame = this.frame();
        return annotationAt(frame, frame.left + left * frame.ratio, frame.top + top * frame.ratio,
            this.#highest ? this.#context.notes() : [], this.series.map((s) => this.#context.judgements(s.stream)));
    }

    #options(target: HTMLElement, lowest: boolean): uPlot.Options {
        const context = this.#context;
        const axis = (): Pick<uPlot.Axis, 'stroke' | 'font' | 'labelFont' | 'grid' | 'ticks'> => ({
            stroke: () => context.palette().muted,
            font: '11px system-ui, sans-serif',
            labelFont: '11px system-ui, sans-serif',
            grid: { stroke: () => context.palette().grid, width: 1 },
            ticks: { stroke: () => context.palette().grid, width: 1, size: 4 },
        });
        return {
            width: Math.max(200, target.clientWidth),
            height: Math.max(80, target.clientHeight),
            ms: 1,
            pxAlign: 0,
            padding: [8, 18, lowest ? 0 : 6, 0],
            legend: { show: false },
            tzDate: (ms) => (context.zone() === 'utc' ? uPlot.tzDate(new Date(ms), 'Etc/UTC') : uPlot.tzDate(new Date(ms), localZone())),
            series: [{}, { scale: 'y', show: true, paths: () => null, points: { show: false } },
                     { scale: 'raw', show: true, paths: () => null, points: { show: false } }],
            scales: {
                x: { time: true, auto: false, range: () => { const s = context.span(); return [s.from, s.to]; } },
                y: { auto: true, range: () => this.#extent((r) => r.value, (b) => [b.min, b.max]) },
                raw: { auto: true, range: () => this.#extent((r) => r.raw, (b) => [b.rawMin, b.rawMax]) },
            },
            axes: [
                { ...axis(), scale: 'x', show: true, size: lowest ? 34 : 4, space: 64, gap: 4,
                  ...(lowest ? { values: timeTicks() } : { values: (_, splits) => splits.map(() => '') }) },
                { ...axis(), scale: 'y', size: AXIS_WIDTH, gap: 5, space: 28, label: unitTitle(this.unit), labelSize: 16, labelGap: 0,
                  values: tickTexts },
                { ...axis(), scale: 'raw', side: 1, size: context.showRaw() ? 52 : 0, show: context.showRaw(), space: 28,
                  grid: { show: false }, label: 'raw, as sent', labelSize: 16, values: tickTexts },
            ],
            cursor: {
                sync: { key: SYNC_KEY, setSeries: false, scales: ['x', null] },
                points: { show: false },
                y: false,
                drag: { x: true, y: false, setScale: false, uni: 10, dist: 5 },
                bind: { dblclick: () => null },
            },
            hooks: {
                draw: [() => this.#draw()],
                setCursor: [(u) => context.onCursor(this, u.cursor.left ?? -1, u.cursor.top ?? -1)],
                setSelect: [(u) => this.#selected(u)],
            },
        };
    }

    #selected(u: uPlot): void {
        const { left, width } = u.select;
        if (width < 4 || !this.#context.selecting()) return;
        const from = u.posToVal(left, 'x');
        const to = u.posToVal(left + width, 'x');
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        this.#context.onSelect(from, to);
    }

    #draw(): void {
        const span = this.#context.span();
        const palette = this.#context.palette();
        const ctx = this.plot.ctx;
        this.#clip(() => this.series.forEach((series, row) =>
            paintBands(ctx, this.frame(), this.#context.judgements(series.stream), row, palette)));
        if (this.#context.showRaw()) this.#drawRaw(span);
        for (const series of this.series) {
            const judgements = this.#context.judgements(series.stream);
            paintSeries(ctx, this.frame(), series.window.shown(span), {
                colour: this.colour(series),
                dash: dashOf(series.nodeIndex),
                goodOnly: this.#context.goodOnly(),
                bars: isSum(series.stream),
                judged: (time) => judgements.some((one) => one.from <= time && time < one.to),
            }, palette);
        }
        this.#clip(() => paintNotes(ctx, this.frame(), this.#context.notes(), this.#highest, palette));
    }

    /** Keeps the state of the canvas, and the drawing inside the plotting area. */
    #clip(draw: () => void): void {
        const { left, top, width, height } = this.plot.bbox;
        const ctx = this.plot.ctx;
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, top, width, height);
        ctx.clip();
        draw();
        ctx.restore();
    }

    /** What was sent, on a scale of its own: thin and dotted, so that it is not taken for the value. */
    #drawRaw(span: Span): void {
        const frame = this.frame('raw');
        const ctx = this.plot.ctx;
        this.#clip(() => this.series.forEach((series) => {
            ctx.fillStyle = this.colour(series);
            ctx.globalAlpha = 0.7;
            const size = 1.6 * frame.ratio;
            const shown = series.window.shown(span);
            for (const b of shown.wideBuckets) {
                const top = frame.y(b.rawMax);
                ctx.fillRect(frame.x((b.start + b.end) / 2) - size / 2, top - size / 2, size, frame.y(b.rawMin) - top + size);
            }
            for (const r of shown.readings) {
                if (!Number.isNaN(r.raw)) ctx.fillRect(frame.x(r.time) - size / 2, frame.y(r.raw) - size / 2, size, size);
            }
        }));
    }

    /**
     * The y scale fits what is good or suspect; a failed value may widen it up to three times, and what lies further out is
     * drawn at the edge, so that one wild value does not flatten a year.
     */
    #extent(valueOf: (r: Reading) => number, boundsOf: (b: Bucket) => [number, number]): [number, number] {
        const good = new Extent();
        const all = new Extent();
        const span = this.#context.span();
        for (const series of this.series) {
            if (isSum(series.stream)) good.add(0);
            const shown = series.window.shown(span);
            const goodOnly = this.#context.goodOnly();
            for (const bucket of goodOnly ? shown.buckets : shown.wideBuckets) {
                const bounds = boundsOf(bucket);
                if (bucket.end >= span.from && bucket.start <= span.to) bounds.forEach((b) => good.add(b));
            }
            for (const r of shown.readings) {
                if (r.time < span.from || r.time > span.to || (goodOnly && !isGood(r.flag))) continue;
                (isGood(r.flag) || r.flag === 3 ? good : all).add(valueOf(r));
            }
        }
        const fit = this.series.some((series) => isSum(series.stream)) ? barExtent : niceExtent;
        return fit(good, this.#context.goodOnly() ? good : all);
    }
}

/** Whether a reading is a sum over the time since the one before it. */
function isSum(stream: Datastream): boolean {
    return stream.property === 'precipitation';
}

/** As many decimals as tell neighbours apart, the same for all. */
function tickTexts(_: uPlot, splits: number[], _axis: number, _space: number, step: number): string[] {
    let decimals = 0;
    while (decimals < 8 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals += 1;
    return splits.map((value) => value.toFixed(decimals).replace(/^-(0\.?0*)$/, '$1').replace('-', '−'));
}

/** Clock above, date below where it changes; 24 hours; ISO order. */
function timeTicks(): uPlot.Axis.Values {
    const sec = 1000;
    const min = 60 * sec;
    const hour = 60 * min;
    const day = 24 * hour;
    const year = 365 * day;
    return [
        [year, '{YYYY}', null, null, null, null, null, null, 1],
        [28 * day, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
        [day, '{MMM} {D}', '\n{YYYY}', null, null, null, null, null, 1],
        [hour, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MMM} {D}', null, null, null, 1],
        [min, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MMM} {D}', null, null, null, 1],
        [sec, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{MMM} {D}', null, null, null, 1],
        [1, '{ss}.{fff}', '\n{YYYY}-{MM}-{DD} {HH}:{mm}', null, null, null, '\n{HH}:{mm}', null, 1],
    ];
}
