// The row of controls above the plot: range, following, what a drag does, toggles, plot or table, downloads.
import { type Download, type Format, downloadUrl } from '../api/client';
import { PRESETS, type Range, type Span, fixed, pan, presetOf, zoom } from '../state/range';
import type { Drag, Pane, View } from '../state/view';
import { dateTime, parseDateTime, width, zoneName } from '../text/time';
import { h, replaceChildren, setText } from './dom';
import { icon } from './icons';
import { menu } from './menu';

const FORMATS: readonly [Format, string][] = [['csv', 'CSV'], ['json', 'JSON'], ['parquet', 'Parquet']];

export interface ToolbarTarget {
    view(): View;
    span(): Span;
    now(): number;
    set(change: Partial<View>): void;
    move(span: Span): void;
    showAll(): void;
    drag(): Drag;
    setDrag(drag: Drag): void;
    flagRange(span: Span): void;
    openNotes(): void;
}

export class Toolbar {
    readonly #presets = new Map<string, HTMLButtonElement>();
    readonly #drags = new Map<Drag, HTMLButtonElement>();
    readonly #panes = new Map<Pane, HTMLButtonElement>();
    readonly #follow: HTMLButtonElement;
    readonly #good: HTMLButtonElement;
    readonly #raw: HTMLButtonElement;
    readonly #rangeText = h('span', { class: 'mono' });
    readonly #from = h('input', { type: 'text', id: 'range-from', size: 20, autocomplete: 'off', spellcheck: 'false' });
    readonly #to = h('input', { type: 'text', id: 'range-to', size: 20, autocomplete: 'off', spellcheck: 'false' });
    readonly #rangeError = h('p', { class: 'error', role: 'alert' });
    readonly busy = h('span', { class: 'busy', hidden: true, role: 'status', 'aria-label': 'Loading' });

    constructor(readonly element: HTMLElement, readonly target: ToolbarTarget) {
        this.#follow = this.#button('Live', 'Follow the present (L)', () => this.toggleFollow(), 'follow');
        this.#follow.prepend(h('i', { class: 'pulse', 'aria-hidden': 'true' }));
        this.#good = this.#button('Good only', 'Show only good readings (G)', () => target.set({ goodOnly: !target.view().goodOnly }));
        this.#raw = this.#button('Raw', 'Show beside the values what was sent, before unit and calibration (R)', () => target.set({ raw: !target.view().raw }));
        element.append(
            h('div', { class: 'cluster' }, this.#follow, this.#presetButtons(), this.#steps()),
            h('div', { class: 'cluster' }, this.#rangeMenu(), this.busy),
            h('div', { class: 'cluster grow' }, this.#dragButtons(), this.#good, this.#raw, this.#button('Notes', 'Field notes: read and add (N)', () => target.openNotes()), this.#paneButtons(), this.#downloads()),
        );
        document.addEventListener('keydown', (event) => this.#shortcut(event));
    }

    show(): void {
        const view = this.target.view();
        const span = this.target.span();
        const zone = view.zone;
        const preset = presetOf(view.range);
        for (const [key, button] of this.#presets) button.setAttribute('aria-pressed', String(key === preset));
        for (const [drag, button] of this.#drags) button.setAttribute('aria-checked', String(drag === this.target.drag()));
        for (const [pane, button] of this.#panes) button.setAttribute('aria-checked', String(pane === view.pane));
        this.#follow.setAttribute('aria-pressed', String(view.range.follow));
        this.#good.setAttribute('aria-pressed', String(view.goodOnly));
        this.#raw.setAttribute('aria-pressed', String(view.raw));
        const cut = span.to - span.from > 2 * 3_600_000 ? 16 : 19;
        const end = (time: number): string => dateTime(Math.round(time / 1000) * 1000, zone).slice(0, cut);
        const to = view.range.follow ? this.target.now() : span.to;
        const text = `${end(span.from)} – ${shortEnd(end(span.from), end(to))} ${zoneName(zone, to)}`;
        // On a phone there is no room for the years.
        if (text !== this.#rangeText.textContent) {
            replaceChildren(this.#rangeText, ...text.split(/(\b\d{4}-)/).map((part) => /^\d{4}-$/.test(part) ? h('span', { class: 'year' }, part) : part));
        }
        this.#rangeText.title = width(span.to - span.from);
    }

    toggleFollow(): void {
        const { range } = this.target.view();
        const span = this.target.span();
        const next: Range = range.follow ? fixed(span.from, span.to) : { follow: true, width: span.to - span.from };
        this.target.set({ range: next });
    }

    #presetButtons(): HTMLElement {
        const group = h('div', { class: 'segments', role: 'group', 'aria-label': 'Range' });
        for (const { key, title, width: wide } of PRESETS) {
            const button = this.#button(key, title, () => this.target.set({ range: { follow: true, width: wide } }));
            this.#presets.set(key, button);
            group.append(button);
        }
        group.append(this.#button('all', 'Everything there is (A)', () => this.target.showAll()));
        return group;
    }

    #steps(): HTMLElement {
        const step = (name: 'earlier' | 'later' | 'plus' | 'minus', title: string, to: (span: Span) => Span): HTMLElement =>
            h('button', { type: 'button', class: 'icon-button', title, 'aria-label': title, onclick: () => this.target.move(to(this.target.span())) }, icon(name));
        return h('div', { class: 'segments steps', role: 'group', 'aria-label': 'Move and zoom' },
            step('earlier', 'Earlier (page up)', (s) => pan(s, -0.5)), step('later', 'Later (page down)', (s) => pan(s, 0.5)),
            step('minus', 'Zoom out (−)', (s) => zoom(s, 2, 0.5)), step('plus', 'Zoom in (+)', (s) => zoom(s, 0.5, 0.5)));
    }

    #dragButtons(): HTMLElement {
        const group = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Dragging in the plot' });
        const drags: [Drag, string, string][] = [['zoom', 'Zoom', 'A drag selects what to zoom to'], ['pan', 'Pan', 'A drag moves the plot'],
            ['flag', 'Flag', 'A drag selects what to flag (F opens the dialog for what is shown)']];
        for (const [drag, text, title] of drags) {
            const button = this.#button(text, title, () => this.target.setDrag(drag));
            button.setAttribute('role', 'radio');
            this.#drags.set(drag, button);
            group.append(button);
        }
        return group;
    }

    #paneButtons(): HTMLElement {
        const group = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Plot or table' });
        for (const [pane, text] of [['plot', 'Plot'], ['table', 'Table']] as [Pane, string][]) {
            const button = this.#button(text, `Show as ${pane} (T)`, () => this.target.set({ pane }));
            button.setAttribute('role', 'radio');
            this.#panes.set(pane, button);
            group.append(button);
        }
        return group;
    }

    #rangeMenu(): HTMLElement {
        const apply = h('button', { type: 'submit', class: 'primary' }, 'Show');
        const zone = h('span', { class: 'muted' });
        const form = h('form', { class: 'range-form' },
            h('label', { for: 'range-from' }, 'From'), this.#from, h('label', { for: 'range-to' }, 'To'), this.#to,
            h('p', { class: 'muted' }, 'YYYY-MM-DD hh:mm:ss, ', zone), this.#rangeError, apply);
        const box = menu(this.#rangeText, 'Choose the range', form, () => {
            const span = this.target.span();
            const name = this.target.view().zone;
            this.#from.value = dateTime(Math.round(span.from / 1000) * 1000, name);
            this.#to.value = dateTime(Math.round(span.to / 1000) * 1000, name);
            setText(zone, zoneName(name, span.to));
            setText(this.#rangeError, '');
        });
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            const name = this.target.view().zone;
            const from = parseDateTime(this.#from.value, name);
            const to = parseDateTime(this.#to.value, name);
            if (from === null || to === null || from >= to) {
                setText(this.#rangeError, 'Two times are needed, such as 2026-03-01 06:00, the first before the second.');
                return;
            }
            box.close();
            this.target.set({ range: fixed(from, to) });
        });
        return box.element;
    }

    #downloads(): HTMLElement {
        const list = h('div', { class: 'downloads' });
        const box = menu(h('span', {}, icon('download'), 'Download'), 'Download', list, () => {
            const view = this.target.view();
            const part = (title: string, what: Download, formats = FORMATS): HTMLElement => h('section', {}, h('h3', {}, title),
                ...formats.map(([format, name]) => h('a', {
                    href: downloadUrl(what, view.goodOnly, format), download: `tilth.${format}`, onclick: () => box.close(),
                }, name)));
            replaceChildren(list, part('What is shown', { datastreams: view.series, span: this.target.span() }),
                part('These series, from first to last', { datastreams: view.series, span: null }),
                view.node !== null && part(`Everything of ${view.node}`, { thing: view.node, span: null }),
                part('The whole lab, every node from first to last', { span: null }, FORMATS.filter(([format]) => format !== 'json')),
                h('p', { class: 'muted' }, view.goodOnly ? 'Good readings only, as shown.' : 'Readings of every flag, each with its flag.'));
        });
        return box.element;
    }

    #shortcut(event: KeyboardEvent): void {
        const at = event.target as HTMLElement;
        if (event.ctrlKey || event.metaKey || event.altKey || at.closest('input, textarea, select, dialog')) return;
        const view = this.target.view();
        const actions: Record<string, () => void> = {
            l: () => this.toggleFollow(),
            g: () => this.target.set({ goodOnly: !view.goodOnly }),
            r: () => this.target.set({ raw: !view.raw }),
            a: () => this.target.showAll(),
            t: () => this.target.set({ pane: view.pane === 'plot' ? 'table' : 'plot' }),
            f: () => this.target.flagRange(this.target.span()),
            n: () => this.target.openNotes(),
        };
        const action = actions[event.key.toLowerCase()];
        if (!action) return;
        event.preventDefault();
        action();
    }

    #button(text: string, title: string, onclick: () => void, extra = ''): HTMLButtonElement {
        return h('button', { type: 'button', title, class: extra || null, onclick }, text);
    }
}

/** The second end without the day, where it is the same. */
function shortEnd(from: string, to: string): string {
    return from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to;
}
