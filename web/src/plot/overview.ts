// The strip below the panels: all there is of the first series, and the frame of what is shown. Drag the frame, or
// click beside it. What it does, buttons and keys do too, so it is left out for assistive technology.
import type { SeriesWindow } from '../series/window';
import { type Span, pan } from '../state/range';
import type { Palette } from './colours';

export interface OverviewTarget {
    span(): Span;
    move(span: Span): void;
    extent(): Span | null;
    first(): { window: SeriesWindow; colour: string } | null;
    palette(): Palette;
}

export class Overview {
    readonly element = document.createElement('canvas');
    readonly #target: OverviewTarget;

    constructor(target: OverviewTarget) {
        this.#target = target;
        this.element.className = 'overview';
        this.element.setAttribute('aria-hidden', 'true');
        this.element.addEventListener('pointerdown', (event) => this.#grab(event));
    }

    draw(): void {
        const extent = this.#target.extent();
        const { clientWidth, clientHeight } = this.element;
        const ratio = devicePixelRatio;
        this.element.width = clientWidth * ratio;
        this.element.height = clientHeight * ratio;
        const ctx = this.element.getContext('2d');
        if (!ctx || !extent) return;
        ctx.scale(ratio, ratio);
        const x = (time: number): number => ((time - extent.from) / (extent.to - extent.from)) * clientWidth;
        this.#drawSeries(ctx, x, clientHeight);
        this.#drawYears(ctx, x, extent, clientHeight);
        this.#drawFrame(ctx, x, clientWidth, clientHeight);
    }

    #drawSeries(ctx: CanvasRenderingContext2D, x: (time: number) => number, height: number): void {
        const first = this.#target.first();
        const coarse = first?.window.coarse;
        if (!first || !coarse) return;
        const bars: [number, number, number][] = coarse.wideBuckets.map((b) => [(b.start + b.end) / 2, b.min, b.max]);
        for (const r of coarse.readings) if (r.flag <= 3 && !Number.isNaN(r.value)) bars.push([r.time, r.value, r.value]);
        const low = Math.min(...bars.map((b) => b[1]));
        const high = Math.max(...bars.map((b) => b[2]));
        const y = (value: number): number => height - 4 - ((value - low) / (high - low || 1)) * (height - 10);
        ctx.fillStyle = first.colour;
        ctx.globalAlpha = 0.75;
        for (const [time, min, max] of bars) ctx.fillRect(x(time) - 0.6, y(max) - 0.6, 1.2, y(min) - y(max) + 1.2);
        ctx.globalAlpha = 1;
    }

    /** A tick at each turn of the year, or of the month where it is short. */
    #drawYears(ctx: CanvasRenderingContext2D, x: (time: number) => number, extent: Span, height: number): void {
        const palette = this.#target.palette();
        const monthly = extent.to - extent.from < 200 * 86_400_000;
        ctx.font = '10px system-ui, sans-serif';
        const start = new Date(extent.from);
        let year = start.getUTCFullYear();
        let month = monthly ? start.getUTCMonth() + 1 : 12;
        for (let i = 0; i < 200; i++) {
            const time = Date.UTC(year, month, 1);
            if (time > extent.to) break;
            ctx.fillStyle = palette.muted;
            ctx.globalAlpha = 0.5;
            ctx.fillRect(x(time), 0, 1, height);
            ctx.globalAlpha = 1;
            const date = new Date(time).toISOString();
            ctx.fillText(monthly ? date.slice(0, 7) : date.slice(0, 4), x(time) + 3, 10);
            if (monthly) month += 1;
            else year += 1;
        }
    }

    #drawFrame(ctx: CanvasRenderingContext2D, x: (time: number) => number, width: number, height: number): void {
        const palette = this.#target.palette();
        const span = this.#target.span();
        const [left, right] = this.#frame(x(span.from), x(span.to));
        ctx.fillStyle = palette.panel;
        ctx.globalAlpha = 0.55;
        ctx.fillRect(0, 0, left, height);
        ctx.fillRect(right, 0, width - right, height);
        ctx.globalAlpha = 1;
        ctx.strokeStyle = palette.accent;
        ctx.lineWidth = 1.5;
        ctx.strokeRect(left + 0.75, 0.75, Math.max(2, right - left - 1.5), height - 1.5);
    }

    /** Never narrower than can be seen and caught. */
    #frame(left: number, right: number): [number, number] {
        const narrow = Math.max(0, 5 - (right - left)) / 2;
        return [left - narrow, right + narrow];
    }

    #grab(event: PointerEvent): void {
        const extent = this.#target.extent();
        if (!extent) return;
        const scale = (extent.to - extent.from) / this.element.clientWidth;
        const at = extent.from + event.offsetX * scale;
        let span = this.#target.span();
        if (at < span.from - 4 * scale || at > span.to + 4 * scale) {
            span = pan(span, (at - (span.from + span.to) / 2) / (span.to - span.from));
            this.#target.move(span);
        }
        this.element.setPointerCapture(event.pointerId);
        let before = event.clientX;
        const move = (e: PointerEvent): void => {
            const now = this.#target.span();
            this.#target.move(pan(now, ((e.clientX - before) * scale) / (now.to - now.from)));
            before = e.clientX;
        };
        this.element.addEventListener('pointermove', move);
        this.element.addEventListener('pointerup', () => this.element.removeEventListener('pointermove', move), { once: true });
    }
}

