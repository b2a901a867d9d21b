// The values in the heads of the panels, the dots on the lines and the time below, all for one position of the cursor.
import type { Bucket } from '../model';
import type { Span } from '../state/range';
import type { View } from '../state/view';
import { dateTime, zoneName } from '../text/time';
import { unitSign, valueText } from '../text/values';
import { h, replaceChildren, setText } from '../ui/dom';
import { flagIcon } from '../ui/icons';
import { type Under, timeUnder, under } from './cursor';
import type { Panel, PanelSeries } from './panel';

/** A panel on the page, with the elements that show values of its series, in their order. */
export interface Mounted {
    panel: Panel;
    box: HTMLElement;
    values: HTMLElement[];
    dots: HTMLElement[];
}

/** How far from the pointer something is still under it. */
export const REACH_PIXELS = 14;

export class Readout {
    readonly timeLabel = h('div', { class: 'time-label mono', hidden: true });

    /** Without a time, the newest values. */
    show(mounted: readonly Mounted[], time: number | null, span: Span, pixels: number, view: View): void {
        const reach = ((span.to - span.from) / pixels) * REACH_PIXELS;
        for (const { panel, values, dots } of mounted) {
            panel.series.forEach((series, index) => {
                const found = time === null ? null : under(series.window, span, time, reach, view.goodOnly);
                showValue(values[index] as HTMLElement, series, found, time === null);
                placeDot(dots[index] as HTMLElement, panel, found);
            });
        }
        this.timeLabel.hidden = time === null;
        const first = mounted[0];
        if (time === null || !first) return;
        // No finer than a pixel is wide.
        const step = (span.to - span.from) / pixels >= 1000 ? 1000 : 1;
        setText(this.timeLabel, `${dateTime(Math.round(time / step) * step, view.zone)} ${zoneName(view.zone, time)}`);
        const x = first.panel.plot.over.offsetLeft + first.panel.plot.valToPos(time, 'x');
        const half = this.timeLabel.offsetWidth / 2;
        const room = (this.timeLabel.parentElement?.clientWidth ?? 0) - 2 * half;
        this.timeLabel.style.transform = `translateX(${Math.min(Math.max(x - half, 0), room)}px)`;
    }
}

function showValue(element: HTMLElement, series: PanelSeries, found: Under | null, newest: boolean): void {
    const unit = unitSign(series.stream.unit);
    const reading = newest ? series.stream.last : found?.kind === 'reading' ? found.reading : null;
    let text = '–';
    if (reading) text = `${valueText(reading.value)} ${unit}`;
    else if (found?.kind === 'bucket') text = `${rangeText(found.bucket)} ${unit}`;
    element.classList.toggle('newest', newest);
    const flag = reading && reading.flag > 2 ? reading.flag : null;
    if (element.dataset['shows'] === `${text}${flag}`) return;
    element.dataset['shows'] = `${text}${flag}`;
    replaceChildren(element, flag && flagIcon(flag), text);
}

function rangeText({ min, max }: Bucket): string {
    const [least, most] = [valueText(min), valueText(max)];
    return least === most ? least : `${least} … ${most}`;
}

function placeDot(dot: HTMLElement, panel: Panel, found: Under | null): void {
    const value = found?.kind === 'reading' ? found.reading.value : found ? (found.bucket.min + found.bucket.max) / 2 : NaN;
    dot.hidden = found === null || Number.isNaN(value);
    if (dot.hidden || !found) return;
    dot.style.transform = `translate(${panel.plot.valToPos(timeUnder(found), 'x')}px, ${panel.plot.valToPos(value, 'y')}px)`;
}
