// Live updates by server-sent events. The browser reconnects by itself and says where it was (Last-Event-ID); where it
// gives up, this does it again. A server that says nothing for 40 s (it sends a comment every 15) counts as lost only
// when a request fails too; that is ui/status.ts's business.
import type { NodeState, Reading } from '../model';
import type { Span } from '../state/range';
import { parseInstant } from '../text/instant';
import { eventsUrl } from './client';
import { type WireRow, readingOf } from './wire';

export interface LiveHandlers {
    /** The readings of the datastream in the span are now exactly these. */
    observations(datastream: string, span: Span, readings: Reading[]): void;
    /** Something in the span changed; ask again. */
    changed(datastream: string, span: Span): void;
    state(datastream: string, thing: string, state: NodeState): void;
    /** Everything may have changed. */
    reset(): void;
    connected(is: boolean): void;
}

const RETRY_MS = 1500;

export class Live {
    #source: EventSource | null = null;
    #timer: number | undefined;
    #lastId = '';

    constructor(readonly handlers: LiveHandlers) {}

    /** `datastreams` null: all. `after`: a token of an answer that was read before. */
    open(datastreams: readonly string[] | null, after: string): void {
        this.close();
        this.#lastId = after;
        this.#connect(datastreams);
    }

    close(): void {
        clearTimeout(this.#timer);
        this.#source?.close();
        this.#source = null;
    }

    #connect(datastreams: readonly string[] | null): void {
        const source = new EventSource(eventsUrl(datastreams, this.#lastId));
        this.#source = source;
        const on = (name: string, handle: (data: Record<string, unknown>) => void): void =>
            source.addEventListener(name, (event) => {
                const message = event as MessageEvent<string>;
                if (message.lastEventId) this.#lastId = message.lastEventId;
                handle(JSON.parse(message.data) as Record<string, unknown>);
            });
        on('observations', (d) => this.handlers.observations(String(d['datastream']), spanIn(d), (d['rows'] as WireRow[]).map(readingOf)));
        on('changed', (d) => this.handlers.changed(String(d['datastream']), spanIn(d)));
        on('state', (d) => this.handlers.state(String(d['datastream']), String(d['thing']), d['state'] as NodeState));
        on('reset', () => this.handlers.reset());
        source.onopen = () => this.handlers.connected(true);
        source.onerror = () => {
            this.handlers.connected(false);
            if (source.readyState !== EventSource.CLOSED) return;
            clearTimeout(this.#timer);
            this.#timer = window.setTimeout(() => this.#connect(datastreams), RETRY_MS);
        };
    }
}

function spanIn(data: Record<string, unknown>): Span {
    return { from: parseInstant(data['from'] as string), to: parseInstant(data['to'] as string) };
}
