// UTC or the browser's own zone; the second button says which offset that is now.
import type { Zone } from '../state/view';
import { zoneName } from '../text/time';
import { h, setText } from './dom';

export class ZoneSwitch {
    readonly #buttons: [Zone, HTMLButtonElement][];

    constructor(element: HTMLElement, choose: (zone: Zone) => void) {
        this.#buttons = (['utc', 'local'] as Zone[]).map((zone) => [zone, h('button', { type: 'button', onclick: () => choose(zone) })]);
        element.append(...this.#buttons.map(([, button]) => button));
    }

    show(chosen: Zone): void {
        for (const [zone, button] of this.#buttons) {
            setText(button, zone === 'utc' ? 'UTC' : `Local ${zoneName('local', Date.now()).replace('UTC', '')}`);
            button.setAttribute('aria-pressed', String(zone === chosen));
        }
    }
}
