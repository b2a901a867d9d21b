// The list of what could not be understood, newest first, with the reason and the record as it came.
import * as api from '../api/client';
import type { DeadLetter } from '../model';
import type { Zone } from '../state/view';
import { dateTime, zoneName } from '../text/time';
import { countText, words } from '../text/values';
import { openDialog } from './dialogs';
import { h, replaceChildren } from './dom';

const LIMIT = 200;

export async function showDeadLetters(zone: Zone): Promise<void> {
    const body = h('div', { class: 'dialog-body', tabindex: 0, role: 'region', 'aria-label': 'List of dead letters' }, 'Loading…');
    openDialog('Dead letters', h('p', { class: 'muted' },
        'Messages and rows that could not be understood. They are kept as they came; a new configuration, or tilth dead retry, reads them again.'), body);
    try {
        const { total, letters } = await api.deadLetters(LIMIT);
        if (total === 0) {
            replaceChildren(body, 'There is none.');
            return;
        }
        replaceChildren(body, total > letters.length && h('p', {}, `The newest ${letters.length} of ${countText(total)}.`),
            h('ul', { class: 'letters' }, ...letters.map((letter) => item(letter, zone))));
    } catch (problem) {
        replaceChildren(body, problem instanceof Error ? problem.message : String(problem));
    }
}

function item(letter: DeadLetter, zone: Zone): HTMLElement {
    const record = h('pre', {}, 'Loading…');
    const details = h('details', {}, h('summary', {}, 'as received'), record);
    details.addEventListener('toggle', () => {
        api.rawRecord(letter.writer, letter.sequence).then(
            (raw) => record.replaceChildren(raw.text ?? `base64 ${raw.payload_base64}`),
            (problem: unknown) => record.replaceChildren(problem instanceof Error ? problem.message : String(problem)));
    }, { once: true });
    return h('li', {}, h('p', {}, h('b', {}, letter.reason)),
        h('p', { class: 'muted' }, `${dateTime(letter.receivedAt, zone)} ${zoneName(zone, letter.receivedAt)} · ${words(letter.code)} · topic ${letter.topic || '(empty)'}${
            letter.device ? ` · ${letter.device}` : ''}`), details);
}
