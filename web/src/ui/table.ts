// What the plot shows, as a table: the same readings, or where the plot shows columns, the same columns.
import type { Bucket, Datastream, Reading } from '../model';
import type { Loader } from '../series/loader';
import type { Journal } from '../state/journal';
import type { Span } from '../state/range';
import type { View } from '../state/view';
import { dateTime, zoneName } from '../text/time';
import { depthText, flagName, unitSign, valueText, words } from '../text/values';
import { h, replaceChildren } from './dom';
import { flagIcon } from './icons';

const PAGE = 250;
const NUMBERS = ['Depth', 'Value', 'Raw'];

type Row = { stream: Datastream; time: number } & ({ reading: Reading } | { bucket: Bucket });

export class TableView {
    #page = 0;

    constructor(readonly element: HTMLElement, readonly loader: Loader, readonly journal: Journal) {}

    show(streams: readonly Datastream[], view: View, span: Span): void {
        const rows = rowsOf(streams, this.loader, view, span);
        const pages = Math.max(1, Math.ceil(rows.length / PAGE));
        this.#page = Math.min(this.#page, pages - 1);
        const part = rows.slice(this.#page * PAGE, (this.#page + 1) * PAGE);
        const coarse = rows.some((row) => 'bucket' in row);
        const turn = (by: number): void => {
            this.#page += by;
            this.show(streams, view, span);
            this.element.scrollTop = 0;
        };
        const titles = [`Time (${zoneName(view.zone, span.to)})`, 'Node', 'Property', 'Depth', 'Value', 'Unit', ...(view.raw ? ['Raw'] : []), 'Flag', 'Why'];
        const scrolled = this.element.scrollTop;
        replaceChildren(this.element,
            h('div', { class: 'table-head' },
                h('p', {}, `${rows.length.toLocaleString('en-US')} rows, newest first. `, coarse && 'Each row of a long stretch stands for the readings of one column of the plot: least to greatest. Zoom in, or download, for every reading.'),
                h('div', { class: 'segments' },
                    h('button', { type: 'button', disabled: this.#page === 0, onclick: () => turn(-1) }, 'Newer'),
                    h('span', { class: 'muted' }, `${this.#page + 1} of ${pages}`),
                    h('button', { type: 'button', disabled: this.#page >= pages - 1, onclick: () => turn(1) }, 'Older'))),
            h('table', {}, h('thead', {}, h('tr', {}, ...titles.map((title) => h('th', { scope: 'col', class: NUMBERS.includes(title) ? 'number' : null }, title)))),
                h('tbody', {}, ...part.map((row) => rowElement(row, view, this.journal)))));
        this.element.scrollTop = scrolled;
    }
}

function rowsOf(streams: readonly Datastream[], loader: Loader, view: View, span: Span): Row[] {
    const rows: Row[] = [];
    const inside = (time: number): boolean => time >= span.from && time < span.to;
    for (const stream of streams) {
        const shown = loader.window(stream.name).shown(span);
        for (const reading of shown.readings) {
            if (inside(reading.time) && !(view.goodOnly && reading.flag > 2)) rows.push({ stream, time: reading.time, reading });
        }
        for (const bucket of shown.buckets) if (inside(bucket.start)) rows.push({ stream, time: bucket.start, bucket });
    }
    return rows.sort((a, b) => b.time - a.time);
}

function rowElement(row: Row, view: View, journal: Journal): HTMLElement {
    const { stream } = row;
    const start = [h('td', { class: 'mono' }, dateTime(row.time, view.zone)), h('td', {}, stream.thing), h('td', {}, stream.title),
        h('td', { class: 'number' }, depthText(stream.depth))];
    if ('bucket' in row) {
        const { min, max } = row.bucket;
        const value = min === max ? valueText(min) : `${valueText(min)} … ${valueText(max)}`;
        return h('tr', {}, ...start, h('td', { class: 'number' }, value), h('td', {}, unitSign(stream.unit)), view.raw && h('td', {}, ''),
            h('td', {}, flagIcon(1), 'good'), h('td', {}));
    }
    const { value, raw, flag, tests } = row.reading;
    const judgement = journal.judgementAt(stream.name, row.time);
    const why = [judgement && `${judgement.who}: ${judgement.why}`, tests.map(words).join(', ')].filter(Boolean).join(' · ');
    return h('tr', { class: flag > 2 ? 'flagged' : null }, ...start, h('td', { class: 'number' }, valueText(value)), h('td', {}, unitSign(stream.unit)),
        view.raw && h('td', { class: 'number' }, valueText(raw)), h('td', {}, flagIcon(flag), flagName(flag)), h('td', { class: 'why' }, judgement && h('span', { class: 'tag' }, 'by hand'), why));
}
