// Field notes: those of what is shown, newest first, and a form for another.
import * as api from '../api/client';
import type { FieldNote } from '../model';
import type { Zone } from '../state/view';
import { dateTime, parseDateTime, zoneName } from '../text/time';
import { openDialog } from './dialogs';
import { h, setText } from './dom';

export interface NotesTarget {
    zone: Zone;
    /** What a new note is of, unless somebody says another time. */
    time: number;
    notes: readonly FieldNote[];
    /** Those shown first; a note is of one of them or of the whole site. */
    things: readonly string[];
    /** Shows the plot around a time. */
    goTo(time: number): void;
    onDone(): void;
}

export function openNotesDialog(target: NotesTarget): void {
    const { zone } = target;
    const newest = [...target.notes].reverse();
    const dialog = openDialog('Field notes', h('div', { class: 'dialog-body', tabindex: 0, role: 'region', 'aria-label': 'Field notes' },
        form(target, () => {
            dialog.close();
            target.onDone();
        }),
        newest.length ? h('ul', { class: 'letters' }, ...newest.map((note) => h('li', {},
            h('p', {}, note.text),
            h('p', { class: 'muted' }, h('button', {
                type: 'button', class: 'link-button mono', title: 'Show the plot around this time', onclick: () => {
                    dialog.close();
                    target.goTo(note.time);
                },
            }, `${dateTime(note.time, zone)} ${zoneName(zone, note.time)}`), ` · ${note.thing || 'whole site'} · by ${note.who}`))))
            : h('p', { class: 'muted' }, 'No note yet of what is shown.')));
    dialog.querySelector('textarea')?.focus();
}

function form(target: NotesTarget, done: () => void): HTMLFormElement {
    const { zone } = target;
    const text = h('textarea', { id: 'note-text', required: true, rows: 2, maxlength: 4000, placeholder: 'Battery changed; heavy rain since noon' });
    const when = h('input', { type: 'text', id: 'note-time', required: true, value: dateTime(Math.floor(target.time / 1000) * 1000, zone), autocomplete: 'off' });
    const thing = h('select', { id: 'note-thing' }, ...target.things.map((name) => h('option', { value: name }, name)), h('option', { value: '' }, 'whole site'));
    const error = h('p', { class: 'error', role: 'alert' });
    const send = h('button', { type: 'submit', class: 'primary' }, 'Add note');
    const element = h('form', { class: 'flag-form' }, h('label', { for: 'note-text' }, 'Note'), text,
        h('div', { class: 'pair' }, h('div', {}, h('label', { for: 'note-time' }, `When (${zoneName(zone, target.time)})`), when),
            h('div', {}, h('label', { for: 'note-thing' }, 'Of'), thing)), error, send);
    element.addEventListener('submit', (event) => {
        event.preventDefault();
        const at = parseDateTime(when.value, zone);
        if (at === null) {
            setText(error, 'A time is needed, such as 2026-03-01 06:00:00.');
            return;
        }
        send.disabled = true;
        api.addNote(at, thing.value, text.value.trim()).then(done, (problem: unknown) => {
            send.disabled = false;
            setText(error, problem instanceof Error ? problem.message : String(problem));
        });
    });
    return element;
}
