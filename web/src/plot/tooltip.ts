// The card beside a flagged reading: what it is, and why it has its flag, in the server's words.
import * as api from '../api/client';
import type { Datastream, Explanation, FieldNote, Flag, Judgement, Reading } from '../model';
import type { Zone } from '../state/view';
import { dateTime, zoneName } from '../text/time';
import { depthText, flagName, unitSign, valueText, words } from '../text/values';
import { h, replaceChildren } from '../ui/dom';
import { flagIcon } from '../ui/icons';

const MAX_KEPT = 500;

/** A card with what somebody wrote. */
export interface Card {
    key: string;
    content: HTMLElement[];
    said: string;
}

export class Tooltip {
    readonly element = h('div', { class: 'tooltip', role: 'tooltip', hidden: true });
    #explanations = new Map<string, Explanation>();
    #key = '';
    #asking: AbortController | null = null;
    #timer: number | undefined;
    #place: () => void = () => undefined;

    constructor(readonly announce: (text: string) => void) {}

    /** At a point of the plot area, in its CSS pixels; kept inside `bounds`. */
    show(stream: Datastream, reading: Reading, zone: Zone, x: number, y: number, bounds: { width: number; height: number }): void {
        const key = `${stream.name} ${reading.time} ${reading.flag}`;
        if (key !== this.#key) {
            this.#key = key;
            this.#fill(stream, reading, zone);
            this.#ask(key, stream, reading, zone);
        }
        this.element.hidden = false;
        this.#place = () => this.#put(x, y, bounds);
        this.#place();
    }

    showCard(card: Card, x: number, y: number, bounds: { width: number; height: number }): void {
        if (card.key !== this.#key) {
            clearTimeout(this.#timer);
            this.#asking?.abort();
            this.#key = card.key;
            replaceChildren(this.element, ...card.content);
            this.announce(card.said);
        }
        this.element.hidden = false;
        this.#put(x, y, bounds);
    }

    #put(x: number, y: number, bounds: { width: number; height: number }): void {
        const { offsetWidth, offsetHeight } = this.element;
        const left = x + 14 + offsetWidth > bounds.width ? x - 14 - offsetWidth : x + 14;
        const top = Math.min(Math.max(4, y - offsetHeight / 2), bounds.height - offsetHeight - 4);
        this.element.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
    }

    hide(): void {
        if (this.element.hidden) return;
        this.element.hidden = true;
        this.#key = '';
        clearTimeout(this.#timer);
        this.#asking?.abort();
    }

    #ask(key: string, stream: Datastream, reading: Reading, zone: Zone): void {
        clearTimeout(this.#timer);
        this.#asking?.abort();
        if (this.#explanations.has(key)) return;
        const abort = new AbortController();
        this.#asking = abort;
        this.#timer = window.setTimeout(() => {
            api.explanation(stream.name, reading.time, abort.signal).then((explanation) => {
                if (this.#explanations.size > MAX_KEPT) this.#explanations.clear();
                this.#explanations.set(key, explanation);
                if (this.#key !== key) return;
                this.#fill(stream, reading, zone);
                this.#place();
            }, () => undefined);
        }, 80);
    }

    #fill(stream: Datastream, reading: Reading, zone: Zone): void {
        const explanation = this.#explanations.get(this.#key);
        const lines = explanation ? reasonLines(explanation) : reading.tests.map((test) => line(reading.flag, words(test), ''));
        replaceChildren(this.element,
            h('p', { class: 'tooltip-head' }, flagIcon(reading.flag), h('strong', {}, flagName(reading.flag)),
              h('span', {}, `${valueText(reading.value)} ${unitSign(stream.unit)}`)),
            h('p', { class: 'muted' }, [stream.thing, stream.title, depthText(stream.depth)].filter(Boolean).join(' · ')),
            h('p', { class: 'muted mono' }, when(reading.time, zone)),
            h('ul', { class: 'reasons' }, ...lines),
            explanation?.provisional ? h('p', { class: 'muted' }, 'Provisional: a later reading may change it.') : null,
            explanation && explanation.notEvaluated.length
                ? h('p', { class: 'muted' }, `Could not be evaluated: ${explanation.notEvaluated.map(words).join(', ')}.`) : null,
        );
        if (explanation) {
            const why = [...explanation.reasons.map((r) => r.text), explanation.manual?.why].filter(Boolean).join('; ');
            this.announce(`${flagName(reading.flag)}: ${why}`);
        }
    }
}

function when(time: number, zone: Zone): string {
    return `${dateTime(time, zone)} ${zoneName(zone, time)}`;
}

export function noteCard(note: FieldNote, zone: Zone): Card {
    const of = note.thing || 'whole site';
    return {
        key: `note ${note.time} ${note.thing} ${note.text}`,
        content: [h('p', { class: 'tooltip-head' }, h('strong', {}, 'Field note'), h('span', {}, of)), h('p', {}, note.text),
            h('p', { class: 'muted mono' }, `${when(note.time, zone)} · ${note.who}`)],
        said: `Field note of ${of}: ${note.text}`,
    };
}

export function judgementCard(stream: Datastream, judgement: Judgement, zone: Zone): Card {
    return {
        key: `judgement ${stream.name} ${judgement.from} ${judgement.when}`,
        content: [h('p', { class: 'tooltip-head' }, flagIcon(judgement.flag), h('strong', {}, flagName(judgement.flag)), h('span', {}, `by ${judgement.who}`)),
            h('p', {}, judgement.why), h('p', { class: 'muted' }, [stream.thing, stream.title, depthText(stream.depth)].filter(Boolean).join(' · ')),
            h('p', { class: 'muted mono' }, `${dateTime(judgement.from, zone)} – ${when(judgement.to, zone)}`)],
        said: `${flagName(judgement.flag)} by ${judgement.who}: ${judgement.why}`,
    };
}

function reasonLines(explanation: Explanation): HTMLLIElement[] {
    const lines = explanation.reasons.map((r) => line(r.flag, words(r.test), r.text));
    const manual = explanation.manual;
    if (manual) lines.unshift(line(manual.flag, `flagged by ${manual.who}`, manual.why));
    return lines;
}

function line(flag: Flag, test: string, text: string): HTMLLIElement {
    return h('li', {}, flagIcon(flag), h('div', {}, h('b', {}, test), text ? h('span', {}, text) : null));
}
