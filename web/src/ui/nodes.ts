// The list of nodes: state, newest value, age, battery. Rows are buttons; the filter narrows by name.
import type { Datastream, Thing } from '../model';
import { type Catalogue, IMPORTANT, lookOf, stateText } from '../state/catalogue';
import { age } from '../text/time';
import { depthText, shortValue, unitSign } from '../text/values';
import { h, replaceChildren, setText } from './dom';
import { nodeIcon } from './icons';

/** Rows beyond this are found by the filter. */
const MAX_ROWS = 300;

interface Row {
    element: HTMLTableRowElement;
    look: string;
    state: HTMLElement;
    value: HTMLElement;
    age: HTMLElement;
    battery: HTMLElement;
}

export class NodeList {
    readonly #body = h('tbody');
    readonly #more = h('p', { class: 'muted more', hidden: true });
    #rows = new Map<string, Row>();
    #filter = '';
    #shape = '';

    constructor(element: HTMLElement, filter: HTMLInputElement, readonly catalogue: Catalogue, readonly choose: (name: string) => void) {
        element.append(h('table', {},
            h('thead', {}, h('tr', {}, ...['Node', 'Newest', 'Age', 'Battery'].map((title) => h('th', { scope: 'col' }, title)))),
            this.#body), this.#more);
        filter.addEventListener('input', () => {
            this.#filter = filter.value.trim().toLowerCase();
            this.#shape = '';
            this.show(this.#selected);
        });
    }

    #selected: string | null = null;

    show(selected: string | null): void {
        this.#selected = selected;
        const found = this.catalogue.things.filter((t) => t.name.toLowerCase().includes(this.#filter));
        const things = found.slice(0, MAX_ROWS);
        const shape = things.map((t) => `${t.name}${t.emulated}${t.registeredItself}`).join('\n');
        if (shape !== this.#shape) {
            this.#shape = shape;
            this.#rows = new Map(things.map((t) => [t.name, this.#row(t)]));
            replaceChildren(this.#body, ...[...this.#rows.values()].map((row) => row.element));
            this.#more.hidden = found.length <= MAX_ROWS;
            setText(this.#more, `${found.length - MAX_ROWS} more: narrow the list by the filter.`);
        }
        for (const thing of things) this.#update(thing, this.#rows.get(thing.name) as Row, thing.name === selected);
    }

    #row(thing: Thing): Row {
        const state = h('span', { class: 'state' });
        const tags = [thing.emulated && h('span', { class: 'tag' }, 'emulated'), thing.registeredItself && h('span', { class: 'tag new' }, 'registered itself')];
        const cells = { value: h('td', { class: 'mono' }), age: h('td', { class: 'mono' }), battery: h('td', { class: 'mono' }) };
        const button = h('button', { type: 'button', onclick: () => this.choose(thing.name) }, state, h('span', { class: 'name' }, thing.name));
        const element = h('tr', {}, h('th', { scope: 'row' }, button, ...tags), cells.value, cells.age, cells.battery);
        return { element, look: '', state, ...cells };
    }

    #update(thing: Thing, row: Row, selected: boolean): void {
        row.element.classList.toggle('selected', selected);
        row.element.querySelector('button')?.setAttribute('aria-pressed', String(selected));
        const look = lookOf(thing);
        row.element.title = stateText(thing, this.catalogue.now());
        if (look !== row.look) {
            row.look = look;
            replaceChildren(row.state, nodeIcon(look));
        }
        const newest = this.#headline(thing);
        setText(row.value, newest?.last ? `${shortValue(newest.last.value)} ${unitSign(newest.unit)}`.trim() : '–');
        row.value.title = newest ? [newest.title, depthText(newest.depth)].filter(Boolean).join(' ') : '';
        setText(row.age, age(this.catalogue.now() - thing.lastSeen));
        setText(row.battery, batteryText(thing));
        row.battery.classList.toggle('low', look === 'battery');
    }

    /** The datastream that stands for the node: the first important one that has a value. */
    #headline(thing: Thing): Datastream | undefined {
        const streams = this.catalogue.streamsOf(thing.name);
        return streams.find((d) => IMPORTANT.includes(d.property) && d.last) ?? streams.find((d) => d.last);
    }
}

function batteryText(thing: Thing): string {
    if (!Number.isNaN(thing.batteryPercent)) return `${Math.round(thing.batteryPercent)} %`;
    return Number.isNaN(thing.batteryVolts) ? '–' : `${thing.batteryVolts.toFixed(2)} V`;
}
