// The field from above: nodes where they stand, by the shape and colour of their state, with a scale bar and north.
// Nodes without coordinates stand in a row below. Works without tiles; with a tile template, tiles lie under it.
import type { Thing } from '../model';
import { lookOf, stateText } from '../state/catalogue';
import { h, replaceChildren, s, setText } from '../ui/dom';
import { LOOKS, nodeIcon, nodeShape } from '../ui/icons';
import { type Label, placeLabels, shortNames } from './labels';
import { type Place, type Point, type Projection, fit, lengthText, scaleBar } from './project';
import { tilesFor } from './tiles';

const NOWHERE = document.createElement('i');
const MARGIN = 28;
/** Height kept free below for the scale bar. */
const SCALE_ROOM = 24;

export class FieldMap {
    readonly #element: HTMLElement;
    readonly #choose: (name: string) => void;
    #drawn = '';
    /** What pointing at a node tells; ages in it grow. */
    #titles = new Map<string, Element>();
    #tiles = { url: '', attribution: '' };

    constructor(element: HTMLElement, choose: (name: string) => void) {
        this.#element = element;
        this.#choose = choose;
        new ResizeObserver(() => { this.#drawn = ''; }).observe(element);
    }

    setTiles(url: string, attribution: string): void {
        this.#tiles = { url, attribution };
        this.#drawn = '';
    }

    show(things: readonly Thing[], selected: string | null, now: number): void {
        const { clientWidth: width, clientHeight: height } = this.#element;
        if (width === 0) return;
        const key = JSON.stringify([width, height, selected, things.map((t) => [t.name, t.latitude, t.longitude, lookOf(t), t.registeredItself])]);
        for (const thing of things) setText(this.#titles.get(thing.name) ?? NOWHERE, titleOf(thing, now));
        if (key === this.#drawn) return;
        this.#drawn = key;
        const focused = document.activeElement?.getAttribute('data-node');
        const placed = things.filter((t) => !Number.isNaN(t.latitude) && !Number.isNaN(t.longitude));
        const homeless = things.filter((t) => !placed.includes(t));
        replaceChildren(this.#element, placed.length > 0 && this.#draw(placed, selected, now, width, height - (homeless.length ? 30 : 0)),
            homeless.length > 0 && this.#row(homeless, selected), placed.length === 0 && homeless.length > 0 && h('p', { class: 'empty' },
                'No node has coordinates. A site file gives them: see docs/examples/site.yaml.'), things.length === 0 && h('p', { class: 'empty' }, 'No node has been heard of yet.'));
        if (focused) this.#element.querySelector<SVGElement>(`[data-node="${CSS.escape(focused)}"]`)?.focus();
    }

    #draw(things: readonly Thing[], selected: string | null, now: number, width: number, height: number): SVGSVGElement {
        const projection = fit(things as readonly Place[], width, height - SCALE_ROOM, MARGIN);
        const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': 'Map of the field' });
        svg.append(this.#ground(projection, width, height));
        const points = things.map((thing) => projection.toPlane(thing));
        const names = shortNames(things.map((thing) => thing.name));
        const crowded = things.length > 40;
        const labels = placeLabels(points, names, { width, height }, crowded, things.findIndex((t) => t.name === selected));
        things.forEach((thing, i) => svg.append(this.#node(thing, points[i] as Point, thing.name === selected, now, names[i] as string, labels[i] ?? null)));
        svg.append(scale(projection.scale, width, height), north(width));
        return svg;
    }

    /** Tiles where a server of them is configured, else a drawn field. */
    #ground(projection: Projection, width: number, height: number): SVGGElement {
        const tiles = tilesFor(this.#tiles.url, projection.toPlace({ x: 0, y: 0 }), projection.toPlace({ x: width, y: height }), projection.scale);
        if (tiles.length === 0) return contours(width, height);
        const group = s('g', { class: 'tiles', 'aria-hidden': 'true' });
        for (const tile of tiles) {
            const from = projection.toPlane(tile.from);
            const to = projection.toPlane(tile.to);
            group.append(s('image', { href: tile.url, x: from.x, y: from.y, width: to.x - from.x, height: to.y - from.y, preserveAspectRatio: 'none' }));
        }
        group.append(s('text', { x: width - 4, y: height - 4, 'text-anchor': 'end', class: 'attribution' }, this.#tiles.attribution));
        return group;
    }

    #node(thing: Thing, at: Point, selected: boolean, now: number, name: string, label: Label | null): SVGGElement {
        const look = lookOf(thing);
        const title = s('title', {}, titleOf(thing, now));
        this.#titles.set(thing.name, title);
        const node = s('g', {
            class: selected ? 'node selected' : 'node', transform: `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`, tabindex: 0, role: 'button',
            'aria-pressed': selected, 'aria-label': [thing.name, LOOKS.find((l) => l.look === look)?.title, thing.emulated && 'emulated'].filter(Boolean).join(', '), 'data-node': thing.name,
            onclick: () => this.#choose(thing.name),
            onkeydown: (event: KeyboardEvent) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                this.#choose(thing.name);
            },
        }, title, s('circle', { r: 13, class: 'halo' }), nodeShape(look));
        if (label) node.append(s('text', { x: label.x, y: label.y, 'text-anchor': label.anchor }, name));
        return node;
    }

    #row(things: readonly Thing[], selected: string | null): HTMLElement {
        return h('div', { class: 'homeless', title: 'These nodes have no coordinates' }, ...things.map((thing) =>
            h('button', {
                type: 'button', 'aria-pressed': thing.name === selected, 'data-node': thing.name,
                onclick: () => this.#choose(thing.name),
            }, nodeIcon(lookOf(thing)), thing.name)));
    }
}

function titleOf(thing: Thing, now: number): string {
    return [thing.name, stateText(thing, now), thing.emulated && 'emulated', thing.registeredItself && 'registered itself'].filter(Boolean).join('; ');
}

/** Faint lines across the ground: they say "field" and carry no data. */
function contours(width: number, height: number): SVGGElement {
    const group = s('g', { class: 'contours', 'aria-hidden': 'true' });
    for (let i = -1; i < 9; i++) {
        const y = (height / 8) * i;
        group.append(s('path', { d: `M0 ${y + 18} C${width * 0.3} ${y - 22},${width * 0.6} ${y + 52},${width} ${y + 6}` }));
    }
    return group;
}

function scale(pixelsPerMetre: number, width: number, height: number): SVGGElement {
    const bar = scaleBar(pixelsPerMetre, width / 4);
    const y = height - 10;
    return s('g', { class: 'scale', role: 'img', 'aria-label': `Scale bar: ${lengthText(bar.metres)}` },
        s('path', { d: `M12 ${y - 5}V${y}H${(12 + bar.pixels).toFixed(1)}V${y - 5}` }),
        s('text', { x: 12 + bar.pixels / 2, y: y - 7, 'text-anchor': 'middle' }, lengthText(bar.metres)));
}

function north(width: number): SVGGElement {
    return s('g', { class: 'north', transform: `translate(${width - 18} 20)`, role: 'img', 'aria-label': 'North is up' },
        s('path', { d: 'M0 -11 4 3 0 0-4 3Z' }), s('text', { y: 14, 'text-anchor': 'middle' }, 'N'));
}
