// Builds elements without inline markup or styles, so that a strict Content-Security-Policy holds.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** h('button', { class: 'x', onclick: f, 'aria-pressed': true }, 'text'). False, null and undefined leave out. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]):
    HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function s<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]):
    SVGElementTagNameMap[K] {
    const element = document.createElementNS(SVG, tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

function apply(element: Element, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined) continue;
        if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
        else if (typeof value === 'boolean' && !name.startsWith('aria-')) element.toggleAttribute(name, value);
        else element.setAttribute(name, String(value));
    }
}

function append(element: Element, children: Child[]): void {
    for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
}

export function replaceChildren(element: Element, ...children: Child[]): void {
    element.replaceChildren();
    append(element, children);
}

/** The element with this id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
    const element = document.getElementById(id);
    if (!element) throw new Error(`the page has no #${id}`);
    return element as T;
}

/** Sets text only where it differs, so that nothing flickers and nothing is read out again. */
export function setText(element: Element, text: string): void {
    if (element.textContent !== text) element.textContent = text;
}
