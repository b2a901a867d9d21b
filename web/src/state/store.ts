// The one place that holds the view. Whoever shows something of it subscribes; the address follows it.
import { fromHash, toHash, type View } from './view';

export type Listener = (view: View, before: View) => void;

export class ViewStore {
    #view: View;
    #listeners: Listener[] = [];
    #pending: number | undefined;

    constructor() {
        this.#view = fromHash(location.hash);
        addEventListener('hashchange', () => {
            if (location.hash !== toHash(this.#view)) this.set(fromHash(location.hash), false);
        });
    }

    get view(): View {
        return this.#view;
    }

    subscribe(listener: Listener): void {
        this.#listeners.push(listener);
    }

    set(change: Partial<View>, writeAddress = true): void {
        const before = this.#view;
        this.#view = { ...before, ...change };
        for (const listener of this.#listeners) listener(this.#view, before);
        if (writeAddress) this.#writeSoon();
    }

    /** Browsers refuse many address changes in a row; a drag makes many. */
    #writeSoon(): void {
        clearTimeout(this.#pending);
        this.#pending = window.setTimeout(() => {
            history.replaceState(null, '', toHash(this.#view));
        }, 150);
    }
}
