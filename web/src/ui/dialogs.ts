// A modal dialog with a title and a close button; the browser keeps the focus inside and Escape closes it.
import { h } from './dom';
import { icon } from './icons';

export function openDialog(title: string, ...content: (HTMLElement | string)[]): HTMLDialogElement {
    const id = 'dialog-title';
    const dialog = h('dialog', { 'aria-labelledby': id },
        h('header', {}, h('h2', { id }, title),
            h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'))),
        ...content);
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}
