// Wires the parts: the view in the middle, the lab's data on one side, what shows it on the other.
import * as api from './api/client';
import { Live } from './api/live';
import { FieldMap } from './map/map';
import type { Datastream, LabInfo, Reading } from './model';
import { Stack } from './plot/stack';
import { Loader } from './series/loader';
import { Catalogue } from './state/catalogue';
import { defaultSeries, sameOf } from './state/choice';
import { type Range, type Span, settle, spanOf } from './state/range';
import { ViewStore } from './state/store';
import type { Drag, View, Zone } from './state/view';
import { zoneName } from './text/time';
import { Chooser } from './ui/chooser';
import { showDeadLetters } from './ui/dead_letters';
import { byId, h, replaceChildren, setText } from './ui/dom';
import { openFlagDialog } from './ui/flag_dialog';
import { LOOKS, nodeIcon } from './ui/icons';
import { NodeList } from './ui/nodes';
import { StatusStrip } from './ui/status';
import { TableView } from './ui/table';
import { applyTheme, isDark, nextTheme } from './ui/theme';
import { Toolbar } from './ui/toolbar';

const CATALOGUE_MS = 10_000;
const STATUS_MS = 2_000;
const RETRY_MS = 1_500;
/** Up to here one stream of events carries every datastream; a larger lab sends only what is shown. */
const LISTEN_TO_ALL = 2_000;

export class App {
    readonly #store = new ViewStore();
    readonly #catalogue = new Catalogue();
    readonly #loader: Loader;
    readonly #live: Live;
    readonly #map: FieldMap;
    readonly #nodes: NodeList;
    readonly #chooser: Chooser;
    readonly #toolbar: Toolbar;
    readonly #stack: Stack;
    readonly #table: TableView;
    readonly #status: StatusStrip;
    #info: LabInfo = { site: '', version: '', tileUrl: '', tileAttribution: '' };
    #configVersion = 0;
    #drag: Drag = 'zoom';
    #mounted = '';
    #refreshing = false;
    #tableDue: number | undefined;

    constructor() {
        this.#status = new StatusStrip(byId('status'), byId('notice'), () => void showDeadLetters(this.#view.zone));
        this.#loader = new Loader(() => this.#arrived(), (busy) => { this.#toolbar.busy.hidden = !busy; },
            (problem) => this.#failed(problem), () => undefined);
        this.#live = new Live({
            observations: (id, span, readings) => this.#observed(id, span, readings),
            changed: (id) => this.#changed(id),
            state: (id, thing, state) => {
                this.#catalogue.setState(this.#catalogue.byId(id), state);
                const known = this.#catalogue.thing(thing);
                if (known && state === 'live') known.state = state;
            },
            reset: () => { this.#loader.invalidate(); void this.#refresh(); },
            connected: (is) => this.#connected(is),
        });
        this.#map = new FieldMap(byId('map'), (name) => this.#chooseNode(name));
        this.#nodes = new NodeList(byId('nodes'), byId<HTMLInputElement>('node-filter'), this.#catalogue, (name) => this.#chooseNode(name));
        this.#chooser = new Chooser(byId('chooser'), this.#catalogue, (series) => this.#store.set({ series }));
        this.#toolbar = new Toolbar(byId('toolbar'), {
            view: () => this.#view,
            span: () => this.#span(),
            now: () => this.#catalogue.now(),
            set: (change) => this.#store.set(change),
            move: (span) => this.#move(span),
            showAll: () => this.#showAll(),
            drag: () => this.#drag,
            setDrag: (drag) => this.#setDrag(drag),
            flagRange: (span) => this.#flagRange(span),
        });
        this.#stack = new Stack(byId('plot-area'), this.#loader, {
            view: () => this.#view,
            span: () => this.#span(),
            move: (span) => this.#move(span),
            extent: () => this.#extent(),
            drag: () => this.#drag,
            flagRange: (span) => this.#flagRange(span),
            announce: (text) => setText(byId('reading'), text),
        });
        this.#table = new TableView(byId('table-area'), this.#loader);
    }

    start(): void {
        this.#bindSettings();
        this.#store.subscribe((view, before) => this.#viewChanged(view, before));
        this.#applyTheme();
        this.#key();
        this.#setDrag(matchMedia('(pointer: coarse)').matches ? 'pan' : 'zoom');
        void this.#begin();
        void this.#keepFresh();
        window.setInterval(() => void this.#askStatus(), STATUS_MS);
        window.setInterval(() => this.#showField(), 1000);
        this.#tick();
    }

    get #view(): View {
        return this.#store.view;
    }

    #span(): Span {
        return spanOf(this.#view.range, this.#catalogue.now());
    }

    // ------------------------------------------------------------ the lab

    async #begin(): Promise<void> {
        try {
            this.#info = await api.info();
            setText(byId('site'), this.#info.site);
            if (this.#info.site) document.title = `${this.#info.site} · Tilth`;
            await this.#readCatalogue();
        } catch {
            this.#status.setConnected(false);
            window.setTimeout(() => void this.#begin(), RETRY_MS);
            return;
        }
        this.#status.setConnected(true);
        this.#configVersion = await api.configVersion().catch(() => 0);
        this.#listen();
        void this.#askStatus();
        this.#firstChoice();
        this.#viewChanged(this.#view, this.#view);
    }

    #listen(): void {
        const names = this.#catalogue.size > LISTEN_TO_ALL ? this.#view.series : null;
        this.#live.open(names, '');
    }

    async #readCatalogue(): Promise<void> {
        const [things, datastreams] = await Promise.all([api.things(), api.datastreams()]);
        this.#catalogue.set(things, datastreams);
    }

    /** The larger the lab, the rarer: asking takes at most a twentieth of the time. */
    async #keepFresh(): Promise<void> {
        const started = performance.now();
        if (this.#catalogue.size || this.#info.version) await this.#refresh();
        const wait = Math.max(CATALOGUE_MS, (performance.now() - started) * 20);
        window.setTimeout(() => void this.#keepFresh(), wait);
    }

    async #refresh(): Promise<void> {
        if (this.#refreshing || document.hidden) return;
        this.#refreshing = true;
        try {
            await this.#readCatalogue();
            this.#configVersion = await api.configVersion().catch(() => 0);
            this.#firstChoice();
            this.#mountIfNeeded();
            this.#showField();
        } catch {
            // The status request says that the server is lost.
        } finally {
            this.#refreshing = false;
        }
    }

    async #askStatus(): Promise<void> {
        if (document.hidden) return;
        try {
            const status = await api.status();
            this.#catalogue.clockOffset = status.now - Date.now();
            this.#status.show(status, this.#info, this.#configVersion);
            this.#status.setConnected(true);
        } catch (problem) {
            if (problem instanceof api.Unreachable) this.#status.setConnected(false);
        }
    }

    #connected(is: boolean): void {
        if (is) void this.#askStatus();
        else void api.status().catch(() => this.#status.setConnected(false));
    }

    #observed(id: string, span: Span, readings: Reading[]): void {
        const stream = this.#catalogue.byId(id);
        if (!stream) {
            void this.#refresh();
            return;
        }
        const newest = readings[readings.length - 1];
        if (newest) this.#catalogue.heard(stream, newest);
        if (this.#loader.replace(stream.name, span, readings)) this.#arrived();
    }

    #changed(id: string): void {
        const stream = this.#catalogue.byId(id);
        if (stream) this.#loader.invalidate([stream.name]);
    }

    #failed(problem: unknown): void {
        if (problem instanceof api.Unreachable) this.#status.setConnected(false);
        else setText(byId('reading'), problem instanceof Error ? problem.message : String(problem));
    }

    // ------------------------------------------------------------ the view

    #viewChanged(view: View, before: View): void {
        if (view.theme !== before.theme) this.#applyTheme();
        if (view.zone !== before.zone) this.#showZone();
        byId('plot-area').hidden = view.pane !== 'plot';
        byId('table-area').hidden = view.pane !== 'table';
        if (view.series !== before.series && this.#catalogue.size > LISTEN_TO_ALL) this.#listen();
        this.#mountIfNeeded();
        this.#request();
        this.#showField();
        this.#toolbar.show();
        this.#chooser.show(view, isDark(view.theme));
        this.#draw();
    }

    /** A view without a node or series (a first visit) gets those of the first node that has some. */
    #firstChoice(): void {
        const view = this.#view;
        const first = view.series.map((name) => this.#catalogue.byName(name)?.thing).find((thing) => thing !== undefined);
        const node = view.node ?? first ?? this.#catalogue.things.find((t) => t.state === 'live')?.name ?? this.#catalogue.things[0]?.name;
        if (node === undefined || (view.node !== null && view.series.length)) return;
        const series = view.series.length ? view.series : defaultSeries(this.#catalogue.streamsOf(node));
        if (node !== view.node || series !== view.series) this.#store.set({ node, series });
    }

    #chooseNode(name: string): void {
        const shown = this.#shownStreams().filter((d) => d.thing === this.#view.node);
        const others = this.#view.series.filter((s) => this.#catalogue.byName(s)?.thing !== this.#view.node);
        const streams = this.#catalogue.streamsOf(name);
        const own = shown.length ? sameOf(shown, streams) : defaultSeries(streams);
        this.#store.set({ node: name, series: [...new Set([...own, ...others])] });
    }

    #shownStreams(): Datastream[] {
        return this.#view.series.map((name) => this.#catalogue.byName(name)).filter((d): d is Datastream => d !== undefined);
    }

    #mountIfNeeded(): void {
        const streams = this.#shownStreams();
        const { raw, theme, zone } = this.#view;
        const key = JSON.stringify([streams.map((d) => [d.name, d.unit, d.title]), raw, isDark(theme), zone]);
        if (key !== this.#mounted) {
            this.#mounted = key;
            this.#stack.mount(streams);
            this.#request();
        } else {
            this.#stack.rebind(streams);
        }
        this.#chooser.show(this.#view, isDark(theme));
    }

    #move(span: Span): void {
        this.#store.set({ range: settle(this.#view.range, span, this.#catalogue.now()) });
    }

    /** First and last time of what is shown; the present is part of it, so that "all" goes on. */
    #extent(): Span | null {
        let from = Infinity;
        for (const stream of this.#shownStreams()) {
            const coarse = this.#loader.window(stream.name).coarse;
            if (coarse) from = Math.min(from, coarse.readings[0]?.time ?? Infinity, coarse.buckets[0]?.start ?? Infinity);
        }
        const now = this.#catalogue.now();
        return from < now ? { from, to: now } : null;
    }

    #showAll(): void {
        const extent = this.#extent();
        if (!extent) return;
        const range: Range = { follow: true, width: (extent.to - extent.from) * 1.04 };
        this.#store.set({ range });
    }

    #setDrag(drag: Drag): void {
        this.#drag = drag;
        byId('plot-area').dataset['drag'] = drag;
        this.#toolbar.show();
    }

    #flagRange(span: Span): void {
        const streams = this.#shownStreams();
        if (!streams.length) return;
        openFlagDialog(streams, span, this.#view.zone, (names) => this.#loader.invalidate(names));
    }

    // ------------------------------------------------------------ showing

    #request(): void {
        const streams = this.#shownStreams();
        if (!streams.length) return;
        this.#loader.want({ names: streams.map((d) => d.name), span: this.#span(), pixels: Math.round(this.#stack.pixels), raw: this.#view.raw });
    }

    #arrived(): void {
        this.#draw();
    }

    #draw(): void {
        if (this.#view.pane === 'plot') {
            this.#stack.redraw();
            return;
        }
        this.#tableDue ??= window.setTimeout(() => {
            this.#tableDue = undefined;
            if (this.#view.pane === 'table') this.#table.show(this.#shownStreams(), this.#view, this.#span());
        }, 150);
    }

    /** The present moves on: as often as a pixel of it passes, between ten times a second and once. */
    #tick(): void {
        const view = this.#view;
        if (view.range.follow && !document.hidden) {
            this.#request();
            this.#draw();
            this.#toolbar.show();
        }
        const pixel = (this.#span().to - this.#span().from) / this.#stack.pixels;
        const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
        window.setTimeout(() => this.#tick(), Math.min(1000, Math.max(calm ? 1000 : 100, pixel)));
    }

    #showField(): void {
        const { things } = this.#catalogue;
        this.#map.show(things, this.#view.node);
        this.#nodes.show(this.#view.node);
        const heard = things.filter((t) => t.state === 'live').length;
        const emulated = things.filter((t) => t.emulated).length;
        const kind = emulated === 0 ? '' : emulated === things.length ? ' · all emulated' : ` · ${emulated} emulated`;
        setText(byId('field-summary'), things.length ? `${heard} of ${things.length} live${kind}` : '');
    }

    #key(): void {
        replaceChildren(byId('map-key'), ...LOOKS.map(({ look, title }) => h('li', {}, nodeIcon(look), title)));
    }

    #bindSettings(): void {
        const button = byId('theme');
        button.addEventListener('click', () => this.#store.set({ theme: nextTheme(this.#view.theme) }));
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#applyTheme());
        for (const zone of ['utc', 'local'] as Zone[]) {
            byId('zone').append(h('button', { type: 'button', 'data-zone': zone, onclick: () => this.#store.set({ zone }) }));
        }
        this.#showZone();
        document.querySelector('[data-skip]')?.addEventListener('click', (event) => {
            event.preventDefault();
            byId('plot-area').focus();
        });
    }

    #showZone(): void {
        for (const button of byId('zone').querySelectorAll('button')) {
            const zone = button.dataset['zone'] as Zone;
            setText(button, zone === 'utc' ? 'UTC' : `Local ${zoneName('local', Date.now()).replace('UTC', '')}`);
            button.setAttribute('aria-pressed', String(zone === this.#view.zone));
        }
    }

    #applyTheme(): void {
        applyTheme(this.#view.theme, byId('theme'));
        this.#mounted = '';
        this.#mountIfNeeded();
        this.#draw();
    }
}
