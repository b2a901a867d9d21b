// A button that opens a small panel below it; closes by Escape, by a click elsewhere, and gives the focus back.
import { h } from './dom';

export interface Menu {
    element: HTMLElement;
    close(): void;
}

let count = 0;

export function menu(label: HTMLElement, title: string, content: HTMLElement, onOpen: () => void): Menu {
    const id = `menu-${++count}`;
    const panel = h('div', { class: 'menu-panel', id, hidden: true }, content);
    const button = h('button', { type: 'button', title, 'aria-expanded': false, 'aria-controls': id, class: 'menu-button' }, label);
    const element = h('div', { class: 'menu' }, button, panel);
    const set = (open: boolean): void => {
        if (open) onOpen();
        panel.hidden = !open;
        button.setAttribute('aria-expanded', String(open));
        if (open) keepInside(panel);
    };
    button.addEventListener('click', () => set(panel.hidden));
    element.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape' || panel.hidden) return;
        event.stopPropagation();
        set(false);
        button.focus();
    });
    document.addEventListener('pointerdown', (event) => {
        if (!panel.hidden && !element.contains(event.target as Node)) set(false);
    });
    return { element, close: () => set(false) };
}

/** Shifts the panel so that it does not leave the window. */
function keepInside(panel: HTMLElement): void {
    panel.style.translate = '0';
    const box = panel.getBoundingClientRect();
    const right = box.right - (document.documentElement.clientWidth - 8);
    const left = 8 - box.left;
    if (right > 0) panel.style.translate = `${-right}px`;
    else if (left > 0) panel.style.translate = `${left}px`;
}
