// What the dashboard hears of the lab: the catalogue and the status by asking now and then, changes of readings by
// server-sent events. Finds a lost server again by itself.
import * as api from './api/client';
import { Live } from './api/live';
import type { Datastream, LabInfo, LabStatus, Reading } from './model';
import { Catalogue } from './state/catalogue';
import { Journal } from './state/journal';
import type { Span } from './state/range';

const CATALOGUE_MS = 10_000;
const STATUS_MS = 2_000;
const RETRY_MS = 1_500;
/** Up to here one stream of events carries every datastream; a larger lab sends only what is shown. */
const LISTEN_TO_ALL = 2_000;

export interface FeedHandlers {
    /** The lab answered for the first time. */
    begun(info: LabInfo): void;
    /** Things or datastreams were read again. */
    catalogueRead(): void;
    status(status: LabStatus, configVersion: number): void;
    connected(is: boolean): void;
    /** The readings of the datastream in the span are now exactly these. */
    observations(stream: Datastream, span: Span, readings: Reading[]): void;
    /** What is held of these datastreams (all without names) must be read again. */
    stale(names?: readonly string[]): void;
}

export class LabFeed {
    readonly catalogue = new Catalogue();
    readonly journal = new Journal();
    readonly #handlers: FeedHandlers;
    readonly #live: Live;
    #configVersion = 0;
    #refreshing = false;
    #again = false;
    #listening: string | null = null;

    constructor(handlers: FeedHandlers) {
        this.#handlers = handlers;
        this.#live = new Live({
            observations: (id, span, readings) => this.#observed(id, span, readings),
            changed: (id) => {
                const stream = this.catalogue.byId(id);
                if (stream) handlers.stale([stream.name]);
            },
            state: (id, thing, state) => {
                this.catalogue.setState(this.catalogue.byId(id), state);
                const known = this.catalogue.thing(thing);
                if (known && state === 'live') known.state = state;
            },
            reset: () => {
                handlers.stale();
                void this.refresh();
            },
            connected: (is) => void (is ? this.#askStatus() : this.#doubt()),
        });
    }

    /** Tries until the lab answers. */
    async begin(): Promise<void> {
        try {
            const info = await api.info();
            await this.#readCatalogue();
            this.#handlers.connected(true);
            this.#handlers.begun(info);
        } catch {
            this.#handlers.connected(false);
            window.setTimeout(() => void this.begin(), RETRY_MS);
            return;
        }
        void this.#askStatus();
        window.setInterval(() => void this.#askStatus(), STATUS_MS);
        document.addEventListener('visibilitychange', () => void this.refresh());
        void this.#keepFresh();
    }

    /** Hears of changes after `token`, which an answer carried; does nothing where it listens to these already. */
    listen(shown: readonly string[], token: string): void {
        const names = this.catalogue.size > LISTEN_TO_ALL ? shown : null;
        const key = names?.join(',') ?? '';
        if (key === this.#listening) return;
        this.#listening = key;
        this.#live.open(names, token);
    }

    /** Reads the catalogue; once more where something new is heard of meanwhile. */
    async refresh(): Promise<void> {
        this.#again = this.#refreshing;
        if (this.#refreshing || document.hidden) return;
        this.#refreshing = true;
        try {
            do {
                this.#again = false;
                await this.#readCatalogue();
                this.#handlers.catalogueRead();
            } while (this.#again);
        } catch {
            // The status request says that the server is lost.
        } finally {
            this.#refreshing = false;
        }
    }

    /** The larger the lab, the rarer: asking takes at most a twentieth of the time. */
    async #keepFresh(): Promise<void> {
        const started = performance.now();
        await this.refresh();
        const wait = Math.max(CATALOGUE_MS, (performance.now() - started) * 20);
        window.setTimeout(() => void this.#keepFresh(), wait);
    }

    async #readCatalogue(): Promise<void> {
        const [things, datastreams, version, flags, notes] = await Promise.all([
            api.things(), api.datastreams(), api.configVersion().catch(() => 0), api.manualFlags(), api.notes()]);
        this.catalogue.set(things, datastreams);
        this.journal.set(flags, notes);
        this.#configVersion = version;
    }

    async #askStatus(): Promise<void> {
        if (document.hidden) return;
        try {
            const status = await api.status();
            this.catalogue.clockOffset = status.now - Date.now();
            this.#handlers.connected(true);
            this.#handlers.status(status, this.#configVersion);
        } catch (problem) {
            if (problem instanceof api.Unreachable) this.#handlers.connected(false);
        }
    }

    /** A stream of events may break for its own reasons; only a request that fails too means a lost server. */
    async #doubt(): Promise<void> {
        await api.status().catch(() => this.#handlers.connected(false));
    }

    #observed(id: string, span: Span, readings: Reading[]): void {
        const stream = this.catalogue.byId(id);
        if (!stream) {
            void this.refresh();
            return;
        }
        const newest = readings[readings.length - 1];
        if (newest) this.catalogue.heard(stream, newest);
        this.#handlers.observations(stream, span, readings);
    }
}
