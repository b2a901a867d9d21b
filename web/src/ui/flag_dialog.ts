// A person's judgement of a stretch: which series, from when to when, which flag, and why. Values stay as they are.
import * as api from '../api/client';
import type { Datastream, Flag } from '../model';
import type { Span } from '../state/range';
import type { Zone } from '../state/view';
import { dateTime, parseDateTime, zoneName } from '../text/time';
import { depthText, flagName } from '../text/values';
import { openDialog } from './dialogs';
import { h, setText } from './dom';

const CHOICES: readonly Flag[] = [4, 3, 1];

export function openFlagDialog(streams: readonly Datastream[], span: Span, zone: Zone, onDone: (names: string[]) => void): void {
    const from = h('input', { type: 'text', id: 'flag-from', required: true, value: dateTime(Math.floor(span.from), zone), autocomplete: 'off' });
    const to = h('input', { type: 'text', id: 'flag-to', required: true, value: dateTime(Math.ceil(span.to), zone), autocomplete: 'off' });
    const why = h('textarea', { id: 'flag-why', required: true, rows: 3, maxlength: 2000, placeholder: 'Probe pulled out for sampling' });
    const boxes = streams.map((stream) => ({ stream, box: h('input', { type: 'checkbox', checked: true }) }));
    const radios = [...CHOICES.map((flag) => ({ flag, text: flagName(flag) })), { flag: null, text: 'take back earlier flags' }]
        .map(({ flag, text }, index) => ({ flag, text, radio: h('input', { type: 'radio', name: 'flag', checked: index === 0, value: text }) }));
    const error = h('p', { class: 'error', role: 'alert' });
    const send = h('button', { type: 'submit', class: 'primary' }, 'Flag');
    const form = h('form', { class: 'dialog-body flag-form' },
        h('fieldset', {}, h('legend', {}, 'Series'), ...boxes.map(({ stream, box }) => h('label', {}, box,
            [stream.thing, stream.title, depthText(stream.depth)].filter(Boolean).join(' · ')))),
        h('div', { class: 'pair' }, h('div', {}, h('label', { for: 'flag-from' }, `From (${zoneName(zone, span.from)})`), from),
            h('div', {}, h('label', { for: 'flag-to' }, `To, exclusive (${zoneName(zone, span.to)})`), to)),
        h('fieldset', { class: 'flags' }, h('legend', {}, 'Flag'), ...radios.map(({ radio, text }) => h('label', {}, radio, text))),
        h('label', { for: 'flag-why' }, 'Why'), why, error,
        h('p', { class: 'muted' }, 'Values are not changed. Your judgement, the time and the reason are kept, and can be taken back.'), send);
    const dialog = openDialog('Flag a range', form);
    why.focus();

    form.addEventListener('submit', (event) => {
        event.preventDefault();
        const range = { from: parseDateTime(from.value, zone), to: parseDateTime(to.value, zone) };
        const names = boxes.filter(({ box }) => box.checked).map(({ stream }) => stream.name);
        if (range.from === null || range.to === null || range.from >= range.to) {
            setText(error, 'Two times are needed, such as 2026-03-01 06:00:00, the first before the second.');
            return;
        }
        if (!names.length) {
            setText(error, 'Choose at least one series.');
            return;
        }
        const flag = radios.find(({ radio }) => radio.checked)?.flag ?? null;
        send.disabled = true;
        submit(names, { from: range.from, to: range.to }, flag, why.value.trim()).then(() => {
            dialog.close();
            onDone(names);
        }, (problem: unknown) => {
            send.disabled = false;
            setText(error, problem instanceof Error ? problem.message : String(problem));
        });
    });
}

async function submit(names: readonly string[], span: Span, flag: Flag | null, why: string): Promise<void> {
    for (const name of names) {
        if (flag === null) await api.withdrawManualFlag(name, span, why);
        else await api.addManualFlag(name, span, flag, why);
    }
}
