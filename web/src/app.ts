// Wires the parts: the view in the middle, the lab's data on one side, what shows it on the other.
import * as api from './api/client';
import { LabFeed } from './lab_feed';
import { FieldMap } from './map/map';
import type { Datastream, FieldNote, LabInfo } from './model';
import { Stack } from './plot/stack';
import { Loader } from './series/loader';
import type { Catalogue } from './state/catalogue';
import { defaultSeries, sameOf } from './state/choice';
import { type Range, type Span, settle, spanOf } from './state/range';
import { ViewStore } from './state/store';
import type { Drag, View } from './state/view';
import { Chooser } from './ui/chooser';
import { showDeadLetters } from './ui/dead_letters';
import { byId, h, replaceChildren, setText } from './ui/dom';
import { openFlagDialog } from './ui/flag_dialog';
import { LOOKS, nodeIcon } from './ui/icons';
import { NodeList } from './ui/nodes';
import { openNotesDialog } from './ui/notes_dialog';
import { StatusStrip } from './ui/status';
import { TableView } from './ui/table';
import { applyTheme, isDark, nextTheme } from './ui/theme';
import { Toolbar } from './ui/toolbar';
import { ZoneSwitch } from './ui/zone';

const TABLE_MS = 150;

export class App {
    readonly #store = new ViewStore();
    readonly #feed: LabFeed;
    readonly #catalogue: Catalogue;
    readonly #loader: Loader;
    readonly #map: FieldMap;
    readonly #nodes: NodeList;
    readonly #chooser: Chooser;
    readonly #toolbar: Toolbar;
    readonly #stack: Stack;
    readonly #table: TableView;
    readonly #status: StatusStrip;
    readonly #zone: ZoneSwitch;
    #drag: Drag = 'zoom';
    #mounted = '';
    #tableDue: number | undefined;

    constructor() {
        this.#status = new StatusStrip(byId('status'), byId('notice'), () => void showDeadLetters(this.#view.zone));
        this.#loader = new Loader(() => this.#draw(), (busy) => { this.#toolbar.busy.hidden = !busy; },
            (problem) => this.#failed(problem), (token) => this.#feed.listen(this.#view.series, token));
        this.#feed = new LabFeed({
            begun: (info) => this.#begun(info),
            catalogueRead: () => this.#catalogueRead(),
            status: (status, configVersion) => this.#status.show(status, configVersion),
            connected: (is) => this.#status.setConnected(is),
            observations: (stream, span, readings) => {
                if (this.#loader.replace(stream.name, span, readings)) this.#draw();
            },
            stale: (names) => this.#loader.invalidate(names),
        });
        this.#catalogue = this.#feed.catalogue;
        this.#zone = new ZoneSwitch(byId('zone'), (zone) => this.#store.set({ zone }));
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
            openNotes: () => this.#openNotes(),
        });
        this.#stack = new Stack(byId('plot-area'), this.#loader, {
            view: () => this.#view,
            span: () => this.#span(),
            move: (span) => this.#move(span),
            extent: () => this.#extent(),
            drag: () => this.#drag,
            flagRange: (span) => this.#flagRange(span),
            judgements: (datastream) => this.#feed.journal.judgementsOf(datastream),
            notes: () => this.#notes(),
            announce: (text) => setText(byId('reading'), text),
        });
        this.#table = new TableView(byId('table-area'), this.#loader, this.#feed.journal);
    }

    start(): void {
        this.#bindPage();
        this.#store.subscribe((view, before) => this.#viewChanged(view, before));
        this.#zone.show(this.#view.zone);
        this.#applyTheme();
        this.#setDrag(matchMedia('(pointer: coarse)').matches ? 'pan' : 'zoom');
        void this.#feed.begin();
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

    #begun(info: LabInfo): void {
        document.body.dataset['begun'] = '';
        setText(byId('site'), info.site);
        if (info.site) document.title = `${info.site} · Tilth`;
        this.#status.setVersion(info.version);
        this.#map.setTiles(info.tileUrl, info.tileAttribution);
        this.#catalogueRead();
        this.#viewChanged(this.#view, this.#view);
    }

    #catalogueRead(): void {
        this.#firstChoice();
        this.#mountIfNeeded();
        this.#showField();
        this.#draw();
        if (this.#shownStreams().length === 0) this.#feed.listen([], '');
    }

    #failed(problem: unknown): void {
        if (problem instanceof api.Unreachable) this.#status.setConnected(false);
        else setText(byId('reading'), problem instanceof Error ? problem.message : String(problem));
    }

    // ------------------------------------------------------------ the view

    #viewChanged(view: View, before: View): void {
        if (view.theme !== before.theme) this.#applyTheme();
        this.#zone.show(view.zone);
        byId('plot-area').hidden = view.pane !== 'plot';
        byId('table-area').hidden = view.pane !== 'table';
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
            if (coarse) from = Math.min(from, coarse.readings[0]?.time ?? Infinity, coarse.wideBuckets[0]?.start ?? Infinity);
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
        openFlagDialog(streams, span, this.#view.zone, (names) => {
            this.#loader.invalidate(names);
            void this.#feed.refresh();
        });
    }

    #shownThings(): Set<string> {
        return new Set(this.#shownStreams().map((d) => d.thing));
    }

    #notes(): FieldNote[] {
        return this.#feed.journal.notesOf(this.#shownThings());
    }

    #openNotes(): void {
        const span = this.#span();
        const half = (span.to - span.from) / 2;
        openNotesDialog({
            zone: this.#view.zone, time: this.#view.range.follow ? this.#catalogue.now() : span.from + half, notes: this.#notes(), things: [...this.#shownThings()],
            goTo: (time) => this.#move({ from: time - half, to: time + half }),
            onDone: () => void this.#feed.refresh(),
        });
    }

    // ------------------------------------------------------------ showing

    #request(): void {
        const streams = this.#shownStreams();
        if (!streams.length) return;
        this.#loader.want({ names: streams.map((d) => d.name), span: this.#span(), pixels: Math.round(this.#stack.pixels), raw: this.#view.raw, now: this.#catalogue.now() });
    }

    #draw(): void {
        if (this.#view.pane === 'plot') {
            this.#stack.redraw();
            return;
        }
        this.#tableDue ??= window.setTimeout(() => {
            this.#tableDue = undefined;
            if (this.#view.pane === 'table') this.#table.show(this.#shownStreams(), this.#view, this.#span());
        }, TABLE_MS);
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
        if (!('begun' in document.body.dataset)) return;
        const { things } = this.#catalogue;
        this.#map.show(things, this.#view.node, this.#catalogue.now());
        this.#nodes.show(this.#view.node);
        const heard = things.filter((t) => t.state === 'live').length;
        const emulated = things.filter((t) => t.emulated).length;
        const kind = emulated === 0 ? '' : emulated === things.length ? ' · all emulated' : ` · ${emulated} emulated`;
        setText(byId('field-summary'), things.length ? `${heard} of ${things.length} live${kind}` : '');
    }

    #bindPage(): void {
        replaceChildren(byId('map-key'), ...LOOKS.map(({ look, title }) => h('li', {}, nodeIcon(look), title)));
        byId('theme').addEventListener('click', () => this.#store.set({ theme: nextTheme(this.#view.theme) }));
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#applyTheme());
        document.querySelector('[data-skip]')?.addEventListener('click', (event) => {
            event.preventDefault();
            byId('plot-area').focus();
        });
    }

    #applyTheme(): void {
        applyTheme(this.#view.theme, byId('theme'));
        this.#mounted = '';
        this.#mountIfNeeded();
        this.#draw();
    }
}
