// The panels one below another, a panel a property, with one axis of time, one cursor and one overview.
import type { Datastream, FieldNote, Judgement, Reading } from '../model';
import type { Loader } from '../series/loader';
import { type Span, pan, zoom } from '../state/range';
import type { Drag, View } from '../state/view';
import { dateTime, zoneName } from '../text/time';
import { depthText, flagName, unitSign, valueText } from '../text/values';
import { h, replaceChildren } from '../ui/dom';
import { seriesSwatch } from '../ui/swatch';
import { type Palette, dashOf, readPalette } from './colours';
import { type Under, flaggedAt, next, timeUnder } from './cursor';
import { addGestures } from './gestures';
import { Overview } from './overview';
import { AXIS_WIDTH, Panel, type PanelContext, type PanelPlace, type PanelSeries } from './panel';
import { markY } from './paint';
import { type Mounted, REACH_PIXELS, Readout } from './readout';
import { Tooltip, judgementCard, noteCard } from './tooltip';

export interface StackTarget {
    view(): View;
    span(): Span;
    move(span: Span): void;
    extent(): Span | null;
    drag(): Drag;
    flagRange(span: Span): void;
    judgements(datastream: string): readonly Judgement[];
    notes(): readonly FieldNote[];
    announce(text: string): void;
}

export class Stack {
    #mounted: Mounted[] = [];
    #palette: Palette;
    #cursorTime: number | null = null;
    #frame: number | undefined;
    readonly #overview: Overview;
    readonly #tooltip: Tooltip;
    readonly #readout = new Readout();

    constructor(readonly element: HTMLElement, readonly loader: Loader, readonly target: StackTarget) {
        this.#palette = readPalette(document.documentElement);
        this.#tooltip = new Tooltip((text) => target.announce(text));
        this.#overview = new Overview({
            span: () => target.span(),
            move: (span) => target.move(span),
            extent: () => target.extent(),
            palette: () => this.#palette,
            first: () => {
                const first = this.#mounted[0];
                const series = first?.panel.series[0];
                return first && series ? { window: series.window, colour: first.panel.colour(series) } : null;
            },
        });
        new ResizeObserver(() => this.#resize()).observe(element);
        element.addEventListener('keydown', (event) => this.#key(event));
        element.addEventListener('pointerleave', () => this.#clearCursor());
    }

    /** Builds the panels anew: when the series, the raw toggle or the theme changed. */
    mount(streams: readonly Datastream[]): void {
        for (const { panel } of this.#mounted) panel.destroy();
        this.#tooltip.hide();
        this.#palette = readPalette(document.documentElement);
        const nodes = [...new Set(streams.map((s) => s.thing))];
        const properties = [...new Set(streams.map((s) => `${s.property} ${s.unit}`))];
        this.element.style.setProperty('--panels', String(properties.length));
        replaceChildren(this.element);
        this.#mounted = [];
        properties.forEach((key, index) => {
            const series = streams.filter((s) => `${s.property} ${s.unit}` === key)
                .sort((a, b) => nodes.indexOf(a.thing) - nodes.indexOf(b.thing) || (a.depth ?? -1) - (b.depth ?? -1))
                .map((stream) => ({ stream, window: this.loader.window(stream.name), nodeIndex: nodes.indexOf(stream.thing) }));
            this.#mountPanel(series, { highest: index === 0, lowest: index === properties.length - 1 }, nodes.length > 1);
        });
        if (this.#mounted.length) this.element.append(this.#overview.element, this.#tooltip.element, this.#readout.timeLabel);
        this.#resize();
    }

    /** The same series as mounted, with newer catalogue entries. */
    rebind(streams: readonly Datastream[]): void {
        const byName = new Map(streams.map((stream) => [stream.name, stream]));
        for (const { panel } of this.#mounted) {
            for (const series of panel.series) {
                series.stream = byName.get(series.stream.name) ?? series.stream;
                series.window = this.loader.window(series.stream.name);
            }
        }
    }

    /** Width of the plotting area in CSS pixels. */
    get pixels(): number {
        const over = this.#mounted[0]?.panel.plot.over;
        return Math.max(100, over?.clientWidth || this.element.clientWidth - AXIS_WIDTH - 10);
    }

    redraw(): void {
        if (this.#frame !== undefined) return;
        this.#frame = requestAnimationFrame(() => {
            this.#frame = undefined;
            for (const { panel } of this.#mounted) panel.redraw();
            this.#overview.draw();
            this.#showValues();
        });
    }

    #mountPanel(series: PanelSeries[], place: PanelPlace, manyNodes: boolean): void {
        const stream = (series[0] as PanelSeries).stream;
        const canvas = h('div', { class: 'panel-canvas' });
        const legend = h('ul', { class: 'legend' });
        const box = h('section', { class: place.lowest ? 'panel lowest' : 'panel', 'aria-label': stream.title },
            h('div', { class: 'panel-head' }, h('h3', {}, stream.title), legend), canvas);
        this.element.append(box);
        const panel = new Panel(canvas, series, place, this.#context());
        const values = series.map((one) => {
            const value = h('span', { class: 'value mono' });
            const name = [manyNodes || one.stream.depth === null ? one.stream.thing : '', depthText(one.stream.depth), one.stream.label]
                .filter(Boolean).join(' ');
            legend.append(h('li', { title: one.stream.name }, seriesSwatch(panel.colour(one), dashOf(one.nodeIndex)), h('span', {}, name), value));
            return value;
        });
        const dots = series.map((one) => {
            const dot = h('i', { class: 'dot', hidden: true });
            dot.style.background = panel.colour(one);
            panel.plot.over.append(dot);
            return dot;
        });
        addGestures(panel.plot.over, {
            span: () => this.target.span(),
            move: (span) => this.target.move(span),
            panning: () => this.target.drag() === 'pan',
        });
        this.#mounted.push({ panel, box, values, dots });
    }

    #context(): PanelContext {
        const target = this.target;
        return {
            span: () => target.span(),
            palette: () => this.#palette,
            zone: () => target.view().zone,
            goodOnly: () => target.view().goodOnly,
            showRaw: () => target.view().raw,
            judgements: (stream) => target.judgements(stream.name),
            notes: () => target.notes(),
            selecting: () => target.drag() !== 'pan',
            onSelect: (from, to) => {
                const span = { from: Math.min(from, to), to: Math.max(from, to) };
                if (target.drag() === 'flag') target.flagRange(span);
                else target.move(span);
            },
            onCursor: (panel, left, top) => this.#pointed(panel, left, top),
        };
    }

    #resize(): void {
        for (const { panel, box } of this.#mounted) {
            const canvas = box.querySelector<HTMLElement>('.panel-canvas');
            if (canvas && canvas.clientWidth > 0) panel.resize(canvas.clientWidth, canvas.clientHeight);
        }
        this.redraw();
    }

    // ------------------------------------------------------------ cursor

    /** uPlot moves the cursor of every panel; the one under the pointer is told apart by its own position. */
    #pointed(panel: Panel, left: number, top: number): void {
        if (left < 0) {
            if (panel.plot.over.matches(':hover')) this.#clearCursor();
            return;
        }
        this.#cursorTime = panel.plot.posToVal(left, 'x');
        this.#showValues();
        if (panel.plot.over.matches(':hover')) this.#showPointed(panel, left, top);
    }

    #clearCursor(): void {
        this.#cursorTime = null;
        this.#tooltip.hide();
        this.#showValues();
    }

    /** A flagged reading, else what somebody wrote. */
    #showPointed(panel: Panel, left: number, top: number): void {
        const { zone, goodOnly } = this.target.view();
        const frame = panel.frame();
        const x = frame.left + left * frame.ratio;
        const y = frame.top + top * frame.ratio;
        let best: { series: PanelSeries; reading: Reading; distance: number } | null = null;
        for (const series of goodOnly ? [] : panel.series) {
            const found = flaggedAt(series.window, this.target.span(), frame, x, y, REACH_PIXELS * frame.ratio);
            if (found && (!best || found.distance < best.distance)) best = { series, ...found };
        }
        const annotation = panel.annotationAt(left, top);
        if (annotation && (!best || annotation.kind === 'note')) {
            const card = annotation.kind === 'note' ? noteCard(annotation.note, zone)
                : judgementCard((panel.series[annotation.series] as PanelSeries).stream, annotation.judgement, zone);
            this.#tooltip.showCard(card, ...this.#place(panel, left, top));
        } else if (best) {
            this.#explain(panel, best.series, best.reading, zone, top);
        } else {
            this.#tooltip.hide();
        }
    }

    #explain(panel: Panel, series: PanelSeries, reading: Reading, zone: View['zone'], top: number): void {
        this.#tooltip.show(series.stream, reading, zone, ...this.#place(panel, panel.plot.valToPos(reading.time, 'x'), top));
    }

    /** A point of a panel in the plot area, and the room there is. */
    #place(panel: Panel, left: number, top: number): [x: number, y: number, bounds: { width: number; height: number }] {
        const area = this.element.getBoundingClientRect();
        const over = panel.plot.over.getBoundingClientRect();
        return [over.left - area.left + left, over.top - area.top + top,
            { width: this.element.clientWidth, height: this.element.clientHeight }];
    }

    #showValues(): void {
        this.#readout.show(this.#mounted, this.#cursorTime, this.target.span(), this.pixels, this.target.view());
    }

    // ------------------------------------------------------------ keyboard

    #key(event: KeyboardEvent): void {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const span = this.target.span();
        const actions: Record<string, () => void> = {
            ArrowRight: () => this.#step(1, event.shiftKey),
            ArrowLeft: () => this.#step(-1, event.shiftKey),
            '+': () => this.target.move(zoom(span, 0.5, this.#anchor())),
            '=': () => this.target.move(zoom(span, 0.5, this.#anchor())),
            '-': () => this.target.move(zoom(span, 2, this.#anchor())),
            PageUp: () => this.target.move(pan(span, -0.5)),
            PageDown: () => this.target.move(pan(span, 0.5)),
            Escape: () => this.#clearCursor(),
        };
        const action = actions[event.key];
        if (!action) return;
        event.preventDefault();
        action();
    }

    #anchor(): number {
        const span = this.target.span();
        return this.#cursorTime === null ? 0.5 : (this.#cursorTime - span.from) / (span.to - span.from);
    }

    /** To the next reading of any series, or with `flagged` to the next flagged one, and says what is there. */
    #step(direction: 1 | -1, flagged: boolean): void {
        const span = this.target.span();
        const from = this.#cursorTime ?? (direction === 1 ? span.from - 1 : span.to + 1);
        const steps = this.#mounted.flatMap((mounted) => mounted.panel.series.flatMap((series) => {
            const found = next(series.window.shown(span), span, from, direction, flagged);
            return found ? [{ mounted, series, found }] : [];
        }));
        const best = steps.sort((a, b) => direction * (timeUnder(a.found) - timeUnder(b.found)))[0];
        if (!best) {
            this.target.announce(flagged ? 'No more flagged readings here' : 'No more readings here');
            return;
        }
        this.#goTo(best.mounted.panel, best.series, best.found);
    }

    #goTo(panel: Panel, series: PanelSeries, found: Under): void {
        this.#cursorTime = timeUnder(found);
        panel.plot.setCursor({ left: panel.plot.valToPos(this.#cursorTime, 'x'), top: 20 });
        this.#showValues();
        this.#say(series.stream, found);
        if (found.kind === 'reading' && found.reading.flag > 2) {
            const frame = panel.frame();
            this.#explain(panel, series, found.reading, this.target.view().zone, (markY(frame, found.reading) - frame.top) / frame.ratio);
        } else {
            this.#tooltip.hide();
        }
    }

    #say(stream: Datastream, found: Under): void {
        const zone = this.target.view().zone;
        const value = found.kind === 'reading' ? `${valueText(found.reading.value)} ${unitSign(stream.unit)}, ${flagName(found.reading.flag)}`
            : `${valueText(found.bucket.min)} to ${valueText(found.bucket.max)} ${unitSign(stream.unit)}`;
        this.target.announce(`${stream.thing} ${stream.title} ${depthText(stream.depth)}: ${value}, ${dateTime(timeUnder(found), zone)} ${zoneName(zone, timeUnder(found))}`);
    }
}
